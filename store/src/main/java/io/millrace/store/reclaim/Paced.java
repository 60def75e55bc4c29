package io.millrace.store.reclaim;

import io.millrace.kit.MonotonicClock;
import io.millrace.work.LeasedTask;
import io.millrace.work.Tenure;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Passes at their interval, and one at each look while the disk is short. One thread's. */
final class Paced implements LeasedTask.Work {
    /** How often it is looked whether the disk is short, between the passes. */
    private static final Duration LOOK = Duration.ofSeconds(3);

    private final Duration interval;
    private final MonotonicClock clock;
    private final BooleanSupplier isShort;
    private final LeasedTask.Work pass;
    private long lastNanos;

    /** The first pass comes when an interval from now is over. */
    Paced(Duration interval, MonotonicClock clock, BooleanSupplier isShort, LeasedTask.Work pass) {
        this.interval = interval;
        this.clock = clock;
        this.isShort = isShort;
        this.pass = pass;
        this.lastNanos = clock.nanos();
    }

    /** How often this wants to be run. */
    Duration look() {
        return interval.compareTo(LOOK) < 0 ? interval : LOOK;
    }

    @Override
    public void run(Tenure tenure) throws InterruptedException {
        boolean due = interval.compareTo(LOOK) <= 0 || clock.hasElapsed(lastNanos, interval);
        if (due || isShort.getAsBoolean()) {
            lastNanos = clock.nanos();
            pass.run(tenure);
        }
    }
}
