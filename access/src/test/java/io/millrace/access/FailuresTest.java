package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.testkit.TestClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Guesses become slow, and nobody else with them. */
class FailuresTest {
    private static final Duration NONE = Duration.ZERO;

    private final TestClock clock = new TestClock(Instant.EPOCH);
    private final Failures failures =
            new Failures(
                    new Failures.Rule(2, Duration.ofSeconds(5)),
                    new Failures.Rule(6, Duration.ofSeconds(3)),
                    clock.monotonic());

    private Duration begin(String name) {
        return failures.begin(name, "10.0.0.1");
    }

    private static Duration seconds(long seconds) {
        return Duration.ofSeconds(seconds);
    }

    @Test
    void eachFailureBeyondTheFreeOnesIsFollowedByAPauseOfTwiceTheLength() {
        assertEquals(NONE, begin("a"));
        assertEquals(NONE, begin("a"));
        for (int pause : List.of(1, 2, 4, 5, 5)) {
            assertEquals(seconds(pause), begin("a"));
            assertEquals(seconds(pause), begin("a"), "who asks meanwhile waits no longer");
            clock.advance(seconds(pause).minusNanos(1));
            assertEquals(seconds(1), begin("a"));
            clock.advance(Duration.ofNanos(1));
            if (pause < 4) {
                assertEquals(NONE, begin("a"));
            } else {
                clock.advance(seconds(3)); // the address's own pause is over, too
                assertEquals(NONE, begin("a"));
            }
        }
    }

    @Test
    void noAddressKeepsAnotherWaitingAndNoNameAnother() {
        begin("a");
        begin("a");
        assertEquals(seconds(1), begin("a"));
        assertEquals(NONE, failures.begin("a", "10.0.0.2"));
        assertEquals(NONE, begin("b"));
    }

    @Test
    void whoTriesOneNameAfterTheOtherIsSlowedDownAsAnAddress() {
        for (int i = 0; i < 6; i++) {
            assertEquals(NONE, begin("n" + i));
        }
        assertEquals(seconds(1), begin("n6"));
        for (int i = 0; i < 5; i++) {
            assertEquals(seconds(1), begin("n6"), "nothing is counted by name");
        }
        clock.advance(seconds(1));
        assertEquals(NONE, begin("n6"));
        assertEquals(seconds(2), begin("n7"));
        clock.advance(seconds(2));
        assertEquals(NONE, begin("n7"));
        assertEquals(seconds(3), begin("n8"), "and no longer");
        assertEquals(NONE, failures.begin("n8", "10.0.0.2"));
    }

    @Test
    void aSuccessIsForgottenWithTheNamesFailuresAndNotTheAddresss() {
        begin("a");
        begin("a");
        clock.advance(seconds(1));
        assertEquals(NONE, begin("a"));
        failures.succeeded("a", "10.0.0.1");
        for (int i = 0; i < 100; i++) {
            assertEquals(NONE, begin("right"));
            failures.succeeded("right", "10.0.0.1");
        }
        for (int i = 0; i < 4; i++) {
            assertEquals(NONE, begin("n" + i), "two of six are gone");
        }
        assertEquals(seconds(1), begin("n4"));
        failures.succeeded("never begun", "10.0.0.9");
        assertEquals(NONE, failures.begin("a", "10.0.0.9"));
    }

    private String limited(Supplier<String> attempt) {
        return failures.limited("a", "10.0.0.1", attempt, "wrong"::equals, Duration::toString);
    }

    @Test
    void anAttemptCountsWhenItIsAGuessAndNotWhenTheServerFails() {
        for (int i = 0; i < 20; i++) {
            assertEquals("right", limited(() -> "right"));
            IllegalStateException away =
                    assertThrows(
                            IllegalStateException.class,
                            () ->
                                    limited(
                                            () -> {
                                                throw new IllegalStateException("away");
                                            }));
            assertEquals("away", away.getMessage());
        }
        assertEquals("wrong", limited(() -> "wrong"));
        assertEquals("wrong", limited(() -> "wrong"));
        assertEquals("PT1S", limited(() -> "not asked"));
        for (int i = 0; i < 4; i++) {
            assertEquals(NONE, begin("n" + i), "the address has two of six");
        }
        assertEquals(seconds(1), begin("n4"));
    }

    @Test
    void aServersFailureTakesNoGuessBack() {
        assertEquals("wrong", limited(() -> "wrong"));
        assertThrows(
                IllegalStateException.class,
                () ->
                        limited(
                                () -> {
                                    throw new IllegalStateException("away");
                                }));
        assertEquals("wrong", limited(() -> "wrong"));
        assertEquals("PT1S", limited(() -> "not asked"));
    }

    @Test
    void halfAnHourWithoutAFailureForgetsAll() {
        for (int i = 0; i < 4; i++) {
            begin("a");
            clock.advance(seconds(5));
        }
        clock.advance(Duration.ofMinutes(30).minusSeconds(5).minusNanos(1));
        assertEquals(NONE, begin("a"));
        assertEquals(seconds(5), begin("a"), "the fifth");
        clock.advance(Duration.ofMinutes(30));
        assertEquals(NONE, begin("a"));
        assertEquals(NONE, begin("a"));
        assertEquals(seconds(1), begin("a"));
    }

    @Test
    void manyAtOnceGetNoFurtherThanOneAfterTheOther() {
        AtomicInteger through = new AtomicInteger();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 200; i++) {
                threads.execute(
                        () -> {
                            if (begin("a").isZero()) {
                                through.incrementAndGet();
                            }
                        });
            }
        }
        assertEquals(2, through.get());
    }

    @Test
    void anIpv6NetworkIsOneAddress() {
        failures.begin("a", "2001:db8::1");
        failures.begin("a", "2001:db8:0:0:ffff::2");
        assertEquals(seconds(1), failures.begin("a", "2001:db8::3"));
        assertEquals(NONE, failures.begin("a", "2001:db8:0:1::1"));
        failures.begin("a", "::ffff:10.0.0.5");
        failures.begin("a", "10.0.0.5");
        assertEquals(seconds(1), failures.begin("a", "10.0.0.5"));
        assertTrue(failures.begin("a", "no address").isZero());
    }
}
