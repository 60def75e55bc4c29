package io.millrace.live.stream;

import io.millrace.formats.mpegts.TsMuxer;

/**
 * Makes a publisher's timestamps fit for a transport stream.
 *
 * <p>RTMP counts milliseconds in 32 bits. Out come 90 kHz ticks that begin at {@link #BASE_TICKS}
 * and rise strictly within each track. Each track is judged by its own last time, since pictures
 * and sound may come seconds apart; as long as nothing jumps both share one offset, so that they
 * stay in step. The 32-bit wrap is unfolded. A step back of more than a second or forward of more
 * than ten is one of three:
 *
 * <ul>
 *   <li>a track that was silent while the other one went on: its time is the other's, and holds;
 *   <li>a track that follows the other one over its jump: it takes the other's offset;
 *   <li>a jump: the new times are moved so that they go on where the old ones stood, and the caller
 *       marks a discontinuity.
 * </ul>
 *
 * Smaller steps back are raised to just above the last time. A clock that stands still goes on by
 * the length of its access units. No access unit is refused. Not thread-safe.
 */
final class Timeline {
    /**
     * The first DTS: PCR, reordered PTS and a track that comes up to {@link #SKEW_MILLISECONDS}
     * late stay above zero.
     */
    static final long BASE_TICKS = 12L * TsMuxer.TICKS;

    /** How far pictures and sound may be apart. */
    static final long SKEW_MILLISECONDS = 10_000;

    private static final long TICKS_PER_MILLISECOND = TsMuxer.TICKS / 1_000;
    private static final long BACKWARD_JUMP_MILLISECONDS = 1_000;
    private static final long FORWARD_JUMP_MILLISECONDS = 10_000;
    private static final long AFTER_JUMP_MILLISECONDS = 40;
    private static final long MAX_COMPOSITION_MILLISECONDS = 10_000;

    /** What has a clock of its own. */
    enum Track {
        VIDEO,
        AUDIO
    }

    /** What became of a timestamp. */
    enum Verdict {
        FINE,
        /** The clock jumped: mark a discontinuity. */
        JUMPED
    }

    /** One track's. */
    private static final class Clock {
        boolean started;
        long lastRaw;
        long lastTicks = Long.MIN_VALUE;

        /** Added to raw milliseconds. */
        long offset;

        long lastMilliseconds() {
            return lastTicks / TICKS_PER_MILLISECOND;
        }
    }

    private final Clock video = new Clock();
    private final Clock audio = new Clock();
    private long dts;
    private long pts;

    /**
     * Takes a timestamp of 32 bits; read the result by the getters.
     *
     * @param composition the offset of the presentation, milliseconds
     * @param length of the access unit, ticks; 0 when it is not known
     */
    Verdict stamp(Track track, long timestamp, int composition, long length) {
        Clock own = track == Track.VIDEO ? video : audio;
        Clock other = track == Track.VIDEO ? audio : video;
        Clock near = own.started ? own : other;
        long raw =
                near.started
                        ? near.lastRaw + (int) (timestamp - near.lastRaw)
                        : timestamp & 0xffffffffL;
        Verdict verdict = Verdict.FINE;
        if (own.started && raw == own.lastRaw) {
            dts = own.lastTicks + Math.max(1, length);
        } else {
            verdict = own.started ? step(own, other, raw) : start(own, other, raw);
            dts = Math.max((raw + own.offset) * TICKS_PER_MILLISECOND, own.lastTicks + 1);
        }
        own.started = true;
        own.lastRaw = raw;
        own.lastTicks = dts;
        long shift = Math.clamp(composition, 0, MAX_COMPOSITION_MILLISECONDS);
        pts = dts + shift * TICKS_PER_MILLISECOND;
        return verdict;
    }

    private static Verdict start(Clock own, Clock other, long raw) {
        if (!other.started) {
            own.offset = BASE_TICKS / TICKS_PER_MILLISECOND - raw;
        } else if (together(raw + other.offset, other)) {
            own.offset = other.offset;
        } else {
            own.offset = other.lastMilliseconds() - raw; // its clock has nothing to do with that
        }
        return Verdict.FINE;
    }

    private Verdict step(Clock own, Clock other, long raw) {
        long last = own.lastMilliseconds();
        if (continues(raw + own.offset, last)
                || raw + own.offset > last && together(raw + own.offset, other)) {
            return Verdict.FINE;
        }
        if (other.started && continues(raw + other.offset, last)) {
            own.offset = other.offset;
            return own == video ? Verdict.JUMPED : Verdict.FINE;
        }
        long latest = other.started ? Math.max(last, other.lastMilliseconds()) : last;
        own.offset = latest + AFTER_JUMP_MILLISECONDS - raw;
        return Verdict.JUMPED;
    }

    private static boolean continues(long milliseconds, long last) {
        long step = milliseconds - last;
        return step >= -BACKWARD_JUMP_MILLISECONDS && step <= FORWARD_JUMP_MILLISECONDS;
    }

    private static boolean together(long milliseconds, Clock other) {
        return other.started
                && Math.abs(milliseconds - other.lastMilliseconds()) <= SKEW_MILLISECONDS;
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
