package io.millrace.media.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.media.process.RefusedException;
import io.millrace.testkit.TestClock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class BadPicturesTest {
    private final TestClock clock = new TestClock(Instant.EPOCH);
    private final BadPictures bad = new BadPictures(2, Duration.ofMinutes(60), clock.monotonic());

    private static RefusedException refusal(String text) {
        return new RefusedException(400, "ImageTooLarge", text);
    }

    @Test
    void aPictureIsRememberedForItsTimeAndNoLonger() {
        bad.remember("a", refusal("Too large."));
        clock.advance(Duration.ofMinutes(59));
        RefusedException again = bad.find("a").orElseThrow();
        assertEquals("400 ImageTooLarge", again.status() + " " + again.code());
        assertTrue(again.text().startsWith("Too large. It failed before"), again.text());
        assertTrue(bad.find("another").isEmpty());
        clock.advance(Duration.ofMinutes(1));
        assertTrue(bad.find("a").isEmpty());
        assertEquals(0, bad.size());
    }

    @Test
    void theLongestUnusedMakesRoom() {
        bad.remember("a", refusal("a"));
        bad.remember("b", refusal("b"));
        assertTrue(bad.find("a").isPresent());
        bad.remember("c", refusal("c"));
        assertEquals(2, bad.size());
        assertTrue(bad.find("a").isPresent());
        assertTrue(bad.find("b").isEmpty());
        assertTrue(bad.find("c").isPresent());
    }
}
