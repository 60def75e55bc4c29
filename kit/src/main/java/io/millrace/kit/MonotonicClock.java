package io.millrace.kit;

import java.time.Duration;

/**
 * The time that passes, as {@link System#nanoTime} counts it: never set, never stepped, the same
 * pace for everybody in the process. Durations, time-outs, freshness, graces and leases are
 * measured with it; wall time ({@link Clocks#wall}) is for records, signatures and people.
 *
 * <p>Readings have an arbitrary origin (they may be negative) and mean nothing in another process:
 * never write one to disk, compare two of them only by their difference. Thread-safe.
 */
@FunctionalInterface
public interface MonotonicClock {
    /** Nanoseconds since an arbitrary origin. */
    long nanos();

    /** The one of this process. */
    static MonotonicClock system() {
        return System::nanoTime;
    }

    /** How long ago a reading was taken. */
    default Duration elapsed(long sinceNanos) {
        return Duration.ofNanos(nanos() - sinceNanos);
    }

    /** Whether at least this much time has passed since a reading. */
    default boolean hasElapsed(long sinceNanos, Duration time) {
        return nanos() - sinceNanos >= time.toNanos();
    }

    /** The moment that is so far from now. */
    default Deadline deadline(Duration in) {
        return new Deadline(this, nanos() + in.toNanos());
    }
}
