package io.millrace.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ForwardTimeTest {
    private static final Instant NOON = Instant.parse("2026-06-01T12:00:00Z");
    private static final Duration TEN_MINUTES = Duration.ofMinutes(10);

    private Instant wall = NOON;
    private long nanos = -5;
    private final Clocks clocks = new Clocks(() -> wall, () -> nanos);

    private void pass(Duration time) {
        wall = wall.plus(time);
        nanos += time.toNanos();
    }

    @Test
    void itRunsWithTheWallClockThatNobodySets() {
        pass(Duration.ofSeconds(7));
        assertEquals(NOON.plusSeconds(7), clocks.forward().instant());
    }

    @Test
    void aWallClockSetBackRevivesNothingAndTimeGoesOn() {
        Instant expires = clocks.forward().instant();
        wall = wall.minus(TEN_MINUTES);
        assertEquals(expires, clocks.forward().instant());
        pass(Duration.ofSeconds(3));
        assertEquals(expires.plusSeconds(3), clocks.forward().instant());
    }

    @Test
    void timeThatPassedUnseenBeforeAStepBackCountsToo() {
        pass(Duration.ofMinutes(1));
        wall = wall.minus(TEN_MINUTES);
        assertEquals(NOON.plusSeconds(60), clocks.forward().instant());
    }

    @Test
    void aWallClockSetForwardsIsFollowedAtOnce() {
        wall = wall.plus(TEN_MINUTES);
        assertEquals(NOON.plus(TEN_MINUTES), clocks.forward().instant());
    }

    @Test
    void aDeadlinePassesByTimeThatPassesAlone() {
        Deadline deadline = clocks.monotonic().deadline(Duration.ofSeconds(10));
        wall = wall.plus(TEN_MINUTES);
        assertFalse(deadline.hasPassed());
        pass(Duration.ofSeconds(4));
        assertEquals(Duration.ofSeconds(6), deadline.left());
        pass(Duration.ofSeconds(6));
        assertTrue(deadline.hasPassed());
        assertEquals(Duration.ZERO, deadline.left());
    }

    @Test
    void readingsAreComparedByTheirDifferenceAlsoWhereTheyOverflow() {
        nanos = Long.MAX_VALUE - 1;
        long since = clocks.monotonic().nanos();
        Deadline deadline = clocks.monotonic().deadline(Duration.ofNanos(5));
        nanos += 5;
        assertEquals(Duration.ofNanos(5), clocks.monotonic().elapsed(since));
        assertTrue(deadline.hasPassed());
    }
}
