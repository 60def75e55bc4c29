package io.millrace.kit;

import java.time.Instant;
import java.time.InstantSource;

/**
 * Wall time that never goes back in the life of a process: the later of the wall clock and the
 * latest time given before plus what has passed since on the monotonic clock.
 *
 * <p>A wall clock that is set back therefore revives nothing that had expired, and nothing lives
 * longer than it was given. One that jumps ahead ends things early; that is the safe side, and a
 * restart forgets it. Both in ADR 100.
 */
final class ForwardTime implements InstantSource {
    private final InstantSource wall;
    private final MonotonicClock monotonic;
    private Instant last;
    private long lastNanos;

    ForwardTime(InstantSource wall, MonotonicClock monotonic) {
        this.wall = wall;
        this.monotonic = monotonic;
        // Wall time first, here and below: what passes between the two is then never counted twice.
        this.last = wall.instant();
        this.lastNanos = monotonic.nanos();
    }

    @Override
    public synchronized Instant instant() {
        Instant said = wall.instant();
        long nanos = monotonic.nanos();
        Instant passed = last.plusNanos(nanos - lastNanos);
        last = said.isAfter(passed) ? said : passed;
        lastNanos = nanos;
        return last;
    }
}
