package io.millrace.live.stream;

import io.millrace.formats.mpegts.TsMuxer;

/**
 * Makes a publisher's timestamps fit for a transport stream.
 *
 * <p>RTMP counts milliseconds in 32 bits on one clock for audio and video. Out come 90 kHz ticks
 * that begin at {@link #BASE_TICKS} and rise strictly within each track. The 32-bit wrap is
 * unfolded. A step back of more than a second or forward of more than ten is a jump: the new times
 * are moved so that they go on where the old ones stood, and the caller marks a discontinuity.
 * Smaller steps back are raised to just above the last time. After a jump, stragglers with the old
 * times are refused. Not thread-safe.
 */
final class Timeline {
    /** The first DTS, so that PCR and reordered PTS stay above zero. */
    static final long BASE_TICKS = 2L * TsMuxer.TICKS;

    private static final long TICKS_PER_MILLISECOND = TsMuxer.TICKS / 1_000;
    private static final long BACKWARD_JUMP_MILLISECONDS = 1_000;
    private static final long FORWARD_JUMP_MILLISECONDS = 10_000;
    private static final long AFTER_JUMP_MILLISECONDS = 40;
    private static final long MAX_COMPOSITION_MILLISECONDS = 10_000;

    /** The tracks that have a clock of their own for monotony. */
    enum Track {
        VIDEO(0),
        AUDIO(1);

        private final int index;

        Track(int index) {
            this.index = index;
        }
    }

    /** What became of a timestamp. */
    enum Verdict {
        FINE,
        /** The clock jumped: mark a discontinuity. */
        JUMPED,
        /** A straggler from before a jump: drop it. */
        STALE
    }

    private final long[] lastTicks = {Long.MIN_VALUE, Long.MIN_VALUE};
    private boolean started;
    private long lastRaw;
    private long offset;
    private long sinceJump = Long.MAX_VALUE;
    private long dts;
    private long pts;

    /** Takes a timestamp of 32 bits and the composition offset; read the result by the getters. */
    Verdict stamp(Track track, long timestamp, int composition) {
        int step = (int) (timestamp - lastRaw);
        long raw = started ? lastRaw + step : timestamp & 0xffffffffL;
        Verdict verdict = Verdict.FINE;
        if (!started) {
            started = true;
            offset = BASE_TICKS / TICKS_PER_MILLISECOND - raw;
        } else if (step < -BACKWARD_JUMP_MILLISECONDS || step > FORWARD_JUMP_MILLISECONDS) {
            if (sinceJump < 100) {
                sinceJump++;
                return Verdict.STALE;
            }
            long last = Math.max(lastTicks[0], lastTicks[1]) / TICKS_PER_MILLISECOND;
            offset = last + AFTER_JUMP_MILLISECONDS - raw;
            sinceJump = 0;
            verdict = Verdict.JUMPED;
        } else if (sinceJump != Long.MAX_VALUE) {
            sinceJump++;
        }
        lastRaw = raw;
        int t = track.index;
        dts = Math.max((raw + offset) * TICKS_PER_MILLISECOND, lastTicks[t] + 1);
        lastTicks[t] = dts;
        long shift = Math.clamp(composition, 0, MAX_COMPOSITION_MILLISECONDS);
        pts = dts + shift * TICKS_PER_MILLISECOND;
        return verdict;
    }

    /** Decoding time of the last stamp, ticks, not wrapped to 33 bits. */
    long dts() {
        return dts;
    }

    /** Presentation time of the last stamp. */
    long pts() {
        return pts;
    }
}
