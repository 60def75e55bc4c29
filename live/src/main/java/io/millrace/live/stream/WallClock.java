package io.millrace.live.stream;

/**
 * Ties media time to wall-clock time for EXT-X-PROGRAM-DATE-TIME.
 *
 * <p>A frame never arrives before it was made, so that the least (arrival − media time) seen is the
 * best guess of the media's start. The first two seconds may move the guess freely; later it moves
 * by at most 500 ppm, so that neighbouring segments stay consistent while a drifting encoder clock
 * is followed. Not thread-safe.
 */
final class WallClock {
    private static final double SLEW = 500e-6;
    private static final long FREE_MICROS = 2_000_000;

    private long anchorMicros = Long.MIN_VALUE;
    private long firstMicros;
    private long leastMicros = Long.MAX_VALUE;

    /** Media of this time (µs) arrived at this wall-clock time (µs since the epoch). */
    void arrived(long mediaMicros, long wallMicros) {
        long offset = wallMicros - mediaMicros;
        if (anchorMicros == Long.MIN_VALUE) {
            anchorMicros = offset;
            firstMicros = mediaMicros;
        }
        leastMicros = Math.min(leastMicros, offset);
        if (mediaMicros - firstMicros < FREE_MICROS && offset < anchorMicros) {
            anchorMicros = offset;
        }
    }

    /** The wall-clock time (µs) of media of this time (µs). */
    long at(long mediaMicros) {
        return mediaMicros + anchorMicros;
    }

    /** Follows a drift; called once a segment with the segment's duration. */
    void slew(long durationMicros) {
        if (leastMicros != Long.MAX_VALUE) {
            long bound = (long) (durationMicros * SLEW);
            anchorMicros += Math.clamp(leastMicros - anchorMicros, -bound, bound);
            leastMicros = Long.MAX_VALUE;
        }
    }

    /** Forgets everything: after a jump. */
    void reset() {
        anchorMicros = Long.MIN_VALUE;
        leastMicros = Long.MAX_VALUE;
    }
}
