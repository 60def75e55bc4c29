package io.millrace.kit;

import java.time.Duration;

/**
 * A moment on the monotonic clock by which something must have happened.
 *
 * @param clock what it is measured with
 * @param atNanos the moment, in the clock's nanoseconds
 */
public record Deadline(MonotonicClock clock, long atNanos) {
    public boolean hasPassed() {
        return leftNanos() <= 0;
    }

    /** The time until it, never negative. */
    public Duration left() {
        return Duration.ofNanos(Math.max(0, leftNanos()));
    }

    private long leftNanos() {
        return atNanos - clock.nanos();
    }
}
