package io.millrace.live.record;

/**
 * Where a stream's numbers stand; outlives the stream itself, so that no number comes twice.
 *
 * @param reservedMsn no number from here on was ever given out
 * @param nextMsn the next number, known only after a clean stop; -1 while the stream runs
 * @param discontinuityNumber of the last segment given out (after an unclean stop: at least)
 */
public record Checkpoint(long reservedMsn, long nextMsn, long discontinuityNumber) {
    /** A stream that never was live. */
    public static final Checkpoint NEW = new Checkpoint(0, 0, 0);
}
