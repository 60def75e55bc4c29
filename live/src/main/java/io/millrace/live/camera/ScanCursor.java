package io.millrace.live.camera;

import io.millrace.formats.mpegts.TsListener;
import io.millrace.formats.mpegts.TsProgram;
import io.millrace.formats.mpegts.TsScanner;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * From where the scan of an object goes on after anything: its open group of pictures.
 *
 * @param offset the first byte of the open group; before the first keyframe, of what was not
 *     scanned
 * @param countedBytes the index holds every byte up to here, from the first keyframe on
 * @param startMillis when the open group was recorded, {@link MediaClock#NONE} before the first
 *     keyframe
 * @param discontinuity whether the open group begins with one
 * @param runOffset where the {@link SegmentRun} begins that was being filled, -1 for none
 * @param tables the PAT and PMT in force at {@code offset}, 376 bytes; empty when none were seen
 */
@SuppressWarnings("ArrayRecordComponent")
record ScanCursor(
        long offset,
        long countedBytes,
        long startMillis,
        boolean discontinuity,
        long runOffset,
        byte[] tables) {
    private static final int FIXED_BYTES = 4 * Long.BYTES + 1 + Short.BYTES;

    static final ScanCursor START = new ScanCursor(0, 0, MediaClock.NONE, false, -1, new byte[0]);

    int encodedBytes() {
        return FIXED_BYTES + tables.length;
    }

    void encode(ByteBuffer out) {
        out.putLong(offset)
                .putLong(countedBytes)
                .putLong(startMillis)
                .put((byte) (discontinuity ? 1 : 0))
                .putLong(runOffset)
                .putShort((short) tables.length)
                .put(tables);
    }

    static ScanCursor decode(ByteBuffer in) {
        long offset = in.getLong();
        long counted = in.getLong();
        long start = in.getLong();
        boolean discontinuity = in.get() != 0;
        long run = in.getLong();
        byte[] tables = new byte[in.getShort()];
        in.get(tables);
        return new ScanCursor(offset, counted, start, discontinuity, run, tables);
    }

    /** A scanner that begins here. */
    TsScanner scanner(TsListener listener) {
        return new TsScanner(offset, program(), listener);
    }

    private @Nullable TsProgram program() {
        TsScanner reader = new TsScanner(Deaf.INSTANCE);
        reader.feed(tables, 0, tables.length);
        return reader.program();
    }

    private enum Deaf implements TsListener {
        INSTANCE;

        @Override
        public void program(TsProgram program) {}

        @Override
        public void keyframe(io.millrace.formats.mpegts.TsKeyframe keyframe) {}

        @Override
        public void codec(io.millrace.formats.mpegts.TsCodec codec) {}

        @Override
        public void damage(long offset, Damage kind, long amount) {}
    }
}
