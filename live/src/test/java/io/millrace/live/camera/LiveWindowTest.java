package io.millrace.live.camera;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class LiveWindowTest {
    private final LiveWindow window = new LiveWindow();

    private static CameraSegment second(long incarnation, int number) {
        return new CameraSegment(
                incarnation, number * 1_000L, 1_000, 90_000, number * 1_000L, false);
    }

    private List<Long> numbers() {
        return window.shown().stream().map(LiveWindow.Line::msn).toList();
    }

    @Test
    void linesOfADeletedObjectLeaveNoGapInTheNumbers() {
        window.add(second(1, 0));
        window.add(second(2, 0));
        window.add(second(2, 1));
        window.add(second(3, 0));
        window.add(second(3, 1));
        window.forget(2);
        assertEquals(List.of(3L, 4L), numbers());
        assertEquals(2, window.discontinuitySequence());
        window.add(second(3, 2));
        assertEquals(List.of(3L, 4L, 5L), numbers());
    }

    @Test
    void whatFollowsWhenAllWasDeletedIsADiscontinuityWithTheNextNumber() {
        window.add(second(1, 0));
        window.add(second(1, 1));
        window.forget(1);
        assertTrue(window.shown().isEmpty());
        window.add(second(2, 0));
        assertEquals(List.of(2L), numbers());
        assertEquals(1, window.discontinuitySequence());
    }

    @Test
    void aSegmentThatIsAddedAgainIsShownOnce() {
        window.add(second(1, 0));
        window.add(second(1, 1));
        window.add(second(1, 0));
        window.add(second(1, 1));
        assertEquals(List.of(0L, 1L), numbers());
    }

    @Test
    void theRestOfAGroupThatWasShownOpenIsALineOfItsOwn() {
        window.add(new CameraSegment(1, 0, 400, 36_000, 0, false));
        window.add(second(1, 0));
        LiveWindow.Line rest = window.shown().getLast();
        assertTrue(rest.continuation());
        assertEquals(new CameraSegment(1, 400, 600, 54_000, 400, false), rest.segment());
    }

    @Test
    void aSkippedStretchOfTheSameObjectIsADiscontinuity() {
        window.add(second(1, 0));
        window.add(second(1, 5));
        assertTrue(window.shown().getLast().discontinuity());
    }

    @Test
    void itIsReadBackAsItWasWritten() {
        for (int i = 0; i < 60; i++) {
            window.add(second(1 + i / 20, i));
        }
        window.heard(3, 77);
        LiveWindow again = LiveWindow.decode(window.encode());
        assertArrayEquals(window.encode(), again.encode());
        assertEquals(window.shown(), again.shown());
        assertEquals(window.discontinuitySequence(), again.discontinuitySequence());
        assertEquals(3, again.leader());
        assertEquals(77, again.lastAppendMillis());
    }

    /** Each object is one line, so a line's discontinuity number is its own (RFC 8216, 6.2.2). */
    @Test
    void theDiscontinuityNumberOfALineIsTheSameInEveryPlaylist() {
        for (int i = 0; i < 100; i++) {
            window.add(second(1 + i, 0));
            assertEquals(numbers().getFirst(), window.discontinuitySequence());
        }
        assertEquals(76, window.discontinuitySequence());
    }
}
