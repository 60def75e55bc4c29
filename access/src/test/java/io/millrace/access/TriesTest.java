package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.testkit.TestClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How often somebody may try in a window of time. */
class TriesTest {
    private final TestClock clock = new TestClock(Parts.NOON);
    private final Tries tries = new Tries(2, Duration.ofMinutes(5), clock.monotonic());

    @Test
    void theThirdTryOfTwoWaitsForTheRestOfTheWindow() {
        clock.advance(Duration.ofSeconds(7));
        assertEquals(Duration.ZERO, tries.count("a"));
        clock.advance(Duration.ofSeconds(10));
        assertEquals(Duration.ZERO, tries.count("a"));
        assertEquals(Duration.ofSeconds(291), tries.count("a"));
        assertEquals(Duration.ZERO, tries.count("b"), "each name by itself");
        clock.advance(Duration.ofSeconds(290).minusNanos(1));
        assertEquals(Duration.ofSeconds(1).plusNanos(1), tries.count("a"));
        clock.advance(Duration.ofNanos(1));
        assertEquals(Duration.ZERO, tries.count("a"), "a new window");
        assertEquals(Duration.ZERO, tries.count("a"));
        assertEquals(Duration.ofSeconds(301), tries.count("a"));
    }

    @Test
    void whoIsForgottenBeginsAnew() {
        tries.count("a");
        tries.count("a");
        tries.forget("a");
        assertEquals(Duration.ZERO, tries.count("a"));
    }
}
