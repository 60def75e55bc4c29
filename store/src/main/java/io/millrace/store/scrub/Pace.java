package io.millrace.store.scrub;

import io.millrace.kit.MonotonicClock;
import io.millrace.work.Tenure;
import java.time.Duration;

/**
 * Keeps a pass to its rate, and leaves the disk to others: a read that took long, because others
 * read too, is followed by a pause at least as long. Not thread-safe.
 */
final class Pace {
    private final MonotonicClock clock;
    private final long bytesPerSecond;
    private long beganNanos;

    /**
     * @param bytesPerSecond 0: as fast as it goes
     */
    Pace(MonotonicClock clock, long bytesPerSecond) {
        this.clock = clock;
        this.bytesPerSecond = bytesPerSecond;
    }

    /** A read begins. */
    void begin() {
        beganNanos = clock.nanos();
    }

    /** It ended: waits for what the rate asks for; answers whether the work goes on. */
    boolean end(long bytes, Tenure tenure) throws InterruptedException {
        if (bytesPerSecond == 0) {
            return tenure.goesOn();
        }
        return tenure.await(pause(bytes));
    }

    /** How long the disk is others' after a read of so many bytes. */
    Duration pause(long bytes) {
        long took = clock.nanos() - beganNanos;
        long due = (long) (bytes * 1e9 / bytesPerSecond);
        return Duration.ofNanos(Math.max(took, due - took));
    }
}
