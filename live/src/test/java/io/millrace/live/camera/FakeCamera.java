package io.millrace.live.camera;

import io.millrace.formats.mpegts.TsBuffer;
import io.millrace.formats.mpegts.TsMuxer;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/** The transport stream of a camera that encodes nothing: access units of the right shape. */
final class FakeCamera {
    static final int FRAMES_A_GROUP = 5;
    private static final int FRAME_TICKS = TsMuxer.TICKS / FRAMES_A_GROUP;
    private static final int FRAME_BYTES = 400;
    private static final byte[] IDR = {0, 0, 0, 1, 9, 16, 0, 0, 0, 1, 0x65};
    private static final byte[] SLICE = {0, 0, 0, 1, 9, 48, 0, 0, 0, 1, 0x41};

    private final TsMuxer muxer = new TsMuxer(true, false);
    private long ticks;

    FakeCamera(long firstTicks) {
        ticks = firstTicks;
    }

    /** Goes on at another media time, as after a restart. */
    void jumpTo(long toTicks) {
        ticks = toTicks;
    }

    /** A second that begins with tables and a keyframe. */
    byte[] second() {
        TsBuffer out = new TsBuffer(8 << 10);
        muxer.tables(out);
        for (int i = 0; i < FRAMES_A_GROUP; i++) {
            byte[] unit = Arrays.copyOf(i == 0 ? IDR : SLICE, FRAME_BYTES);
            Arrays.fill(unit, IDR.length, unit.length, (byte) 0x55);
            muxer.video(out, unit, unit.length, ticks, ticks, i == 0);
            ticks += FRAME_TICKS;
        }
        return Arrays.copyOf(out.bytes(), out.length());
    }

    byte[] seconds(int count) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            out.writeBytes(second());
        }
        return out.toByteArray();
    }
}
