package io.millrace.kit;

import java.time.Instant;
import java.time.InstantSource;

/**
 * The ways a node reads time; the server makes one and hands it down, tests make one that they
 * move. Thread-safe.
 */
public final class Clocks {
    private final InstantSource wall;
    private final MonotonicClock monotonic;
    private final ForwardTime forward;
    private final InstantSource steady;

    /**
     * @param wall may be set and stepped at any time
     * @param monotonic may not
     */
    public Clocks(InstantSource wall, MonotonicClock monotonic) {
        this.wall = wall;
        this.monotonic = monotonic;
        this.forward = new ForwardTime(wall, monotonic);
        Instant start = wall.instant();
        long startNanos = monotonic.nanos();
        this.steady = () -> start.plusNanos(monotonic.nanos() - startNanos);
    }

    /** The machine's clocks. */
    public static Clocks system() {
        return new Clocks(InstantSource.system(), MonotonicClock.system());
    }

    /** What the machine says the time is: for records, signatures and people. */
    public InstantSource wall() {
        return wall;
    }

    /** The time that passes: for durations, time-outs, freshness, graces and leases. */
    public MonotonicClock monotonic() {
        return monotonic;
    }

    /**
     * The time that passes, told as wall time: what the wall clock said at the start and what has
     * passed since. Never set, never stepped; for ages, freshness and windows whose moments people
     * see or a later run reads.
     */
    public InstantSource steady() {
        return steady;
    }

    /** Wall time that never goes back: gives and judges the expiry of tokens and sessions. */
    public InstantSource forward() {
        return forward;
    }
}
