package io.millrace.kit;

import java.time.InstantSource;

/**
 * The three ways a node reads time; the server makes one and hands it down, tests make one that
 * they move. Thread-safe.
 */
public final class Clocks {
    private final InstantSource wall;
    private final MonotonicClock monotonic;
    private final ForwardTime forward;

    /**
     * @param wall may be set and stepped at any time
     * @param monotonic may not
     */
    public Clocks(InstantSource wall, MonotonicClock monotonic) {
        this.wall = wall;
        this.monotonic = monotonic;
        this.forward = new ForwardTime(wall, monotonic);
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

    /** Wall time that never goes back: gives and judges the expiry of tokens and sessions. */
    public InstantSource forward() {
        return forward;
    }
}
