package io.millrace.formats.mpegts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the muxer's packets say of time, read bit by bit as ISO/IEC 13818-1 lays them out. */
class TsMuxerTest {
    private static final long WRAP = 1L << 33;
    private static final int VIDEO_PID = 0x100;
    private static final int AUDIO_PID = 0x101;

    /** The first packet of an access unit: ticks of 90 kHz. */
    private record Times(int pid, long pcr, long pts, long dts) {}

    private static final long NONE = -1;

    private static List<Times> read(TsBuffer out) {
        List<Times> units = new ArrayList<>();
        byte[] b = out.bytes();
        for (int at = 0; at < out.length(); at += TsMuxer.PACKET) {
            assertEquals(0x47, b[at]);
            int pid = (b[at + 1] & 0x1f) << 8 | b[at + 2] & 0xff;
            boolean begins = (b[at + 1] & 0x40) != 0;
            boolean adapted = (b[at + 3] & 0x20) != 0;
            int payload = at + 4 + (adapted ? 1 + (b[at + 4] & 0xff) : 0);
            if (begins && (pid == VIDEO_PID || pid == AUDIO_PID)) {
                boolean clocked = adapted && b[at + 4] != 0 && (b[at + 5] & 0x10) != 0;
                long pcr = clocked ? pcr(b, at + 6) : NONE;
                long pts = stamp(b, payload + 9);
                long dts = (b[payload + 7] & 0x40) != 0 ? stamp(b, payload + 14) : pts;
                units.add(new Times(pid, pcr, pts, dts));
            }
        }
        return units;
    }

    private static long pcr(byte[] b, int at) {
        long base = 0;
        for (int i = 0; i < 4; i++) {
            base = base << 8 | b[at + i] & 0xff;
        }
        return base << 1 | (b[at + 4] & 0x80) >> 7;
    }

    private static long stamp(byte[] b, int at) {
        long high = (b[at] & 0x0e) >> 1;
        long middle = (b[at + 1] & 0xff) << 7 | (b[at + 2] & 0xff) >> 1;
        long low = (b[at + 3] & 0xff) << 7 | (b[at + 4] & 0xff) >> 1;
        return high << 30 | middle << 15 | low;
    }

    /** With B-frames the PTS jumps ahead and back; a clock that followed it would run backwards. */
    @Test
    void theClockGoesWithTheDecodingTimesOfReorderedPictures() {
        TsMuxer muxer = new TsMuxer(true, true);
        TsBuffer out = new TsBuffer(16 * TsMuxer.PACKET);
        long[] pts = {97_200, 108_000, 100_800, 104_400, 118_800};
        for (int i = 0; i < pts.length; i++) {
            muxer.video(out, new byte[400], 400, pts[i], 90_000 + i * 3_600, i == 0);
        }
        muxer.audio(out, new byte[100], 100, 93_000);
        List<Times> units = read(out);
        long before = NONE;
        for (int i = 0; i < pts.length; i++) {
            long dts = 90_000 + i * 3_600;
            assertEquals(new Times(VIDEO_PID, dts - TsMuxer.PCR_LEAD, pts[i], dts), units.get(i));
            assertTrue(units.get(i).pcr() > before, "the clock goes forward");
            before = units.get(i).pcr();
        }
        assertEquals(new Times(AUDIO_PID, NONE, 93_000, 93_000), units.getLast());
    }

    @Test
    void withoutVideoTheClockRidesOnAudio() {
        TsMuxer muxer = new TsMuxer(false, true);
        TsBuffer out = new TsBuffer(4 * TsMuxer.PACKET);
        muxer.audio(out, new byte[300], 300, 180_001);
        long pcr = 180_001 - TsMuxer.PCR_LEAD;
        assertEquals(List.of(new Times(AUDIO_PID, pcr, 180_001, 180_001)), read(out));
    }

    @Test
    void everyTimeWrapsAt33Bits() {
        TsMuxer muxer = new TsMuxer(true, false);
        TsBuffer out = new TsBuffer(8 * TsMuxer.PACKET);
        long dts = 3 * WRAP + 10;
        muxer.video(out, new byte[50], 50, dts + 7_200, dts, true);
        muxer.video(out, new byte[50], 50, dts + 50_000, dts + 50_000, false);
        assertEquals(
                List.of(
                        new Times(VIDEO_PID, WRAP + 10 - TsMuxer.PCR_LEAD, 7_210, 10),
                        new Times(VIDEO_PID, 50_010 - TsMuxer.PCR_LEAD, 50_010, 50_010)),
                read(out));
    }
}
