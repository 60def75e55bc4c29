package io.millrace.live.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.formats.hls.MediaPlaylist;
import io.millrace.live.record.SegmentRow;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Which segments a live playlist shows, and what it counts. */
class WindowTest {
    private static final long SECOND = 1_000_000;

    private static SegmentRow row(long msn, long micros) {
        return new SegmentRow(
                msn, micros, 1_700_000_000_000L + msn * 1_000, false, 0, 1_000, 1, true);
    }

    private static SegmentRow broken(long msn, long number) {
        return new SegmentRow(msn, 10 * SECOND, 0, true, number, 1_000);
    }

    private static List<Long> numbers(List<SegmentRow> rows) {
        return rows.stream().map(SegmentRow::msn).toList();
    }

    @Test
    void sixSegmentsStayHoweverLong() {
        Window window = new Window();
        for (long msn = 0; msn < 6; msn++) {
            assertEquals(List.of(), window.add(row(msn, 10 * SECOND)));
        }
        assertEquals(List.of(0L), numbers(window.add(row(6, 10 * SECOND))));
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L, 6L), numbers(window.rows()));
    }

    @Test
    void halfAMinuteStaysHoweverManySegments() {
        Window window = new Window();
        List<Long> gone = new ArrayList<>();
        for (long msn = 0; msn < 40; msn++) {
            gone.addAll(numbers(window.add(row(msn, SECOND))));
        }
        assertEquals(LongStream.range(0, 10).boxed().toList(), gone);
        assertEquals(30, window.rows().size());
        List<SegmentRow> left = window.add(row(40, 20 * SECOND)); // one long one lets many go
        assertEquals(LongStream.range(10, 30).boxed().toList(), numbers(left));
    }

    @Test
    void noMoreThanTwoHundredStayHoweverShort() {
        Window window = new Window();
        for (long msn = 0; msn < 300; msn++) {
            window.add(row(msn, 1_000));
        }
        assertEquals(200, window.rows().size());
        assertEquals(299, window.rows().getLast().msn());
    }

    @Test
    void anEmptyWindowHasAnEmptyPlaylist() {
        Window window = new Window();
        assertTrue(window.isEmpty());
        assertNull(window.last());
        MediaPlaylist playlist = window.playlist(4, true);
        assertEquals(new MediaPlaylist(3, 4, 0, 0, null, true, List.of(), true), playlist);
    }

    @Test
    void clearingForgetsLengthToo() {
        Window window = new Window();
        for (long msn = 0; msn < 6; msn++) {
            window.add(row(msn, 20 * SECOND));
        }
        window.clear();
        assertTrue(window.isEmpty());
        for (long msn = 6; msn < 36; msn++) {
            assertEquals(List.of(), window.add(row(msn, SECOND)));
        }
        assertEquals(1, window.add(row(36, SECOND)).size());
        assertFalse(window.isEmpty());
        assertEquals(36, window.last().msn());
    }

    @Test
    void thePlaylistShowsEachSegmentAsItIs() {
        Window window = new Window();
        window.add(row(41, 2_040_000));
        window.add(new SegmentRow(42, 3_600_000, 1_700_000_043_000L, true, 9, 7, 1, true));
        MediaPlaylist playlist = window.playlist(4, false);
        assertEquals(41, playlist.mediaSequence());
        assertEquals(4, playlist.targetDurationSeconds());
        assertFalse(playlist.ended());
        assertTrue(playlist.independentSegments());
        assertEquals(
                List.of(
                        new MediaPlaylist.Segment("0000000041.ts", 2.04, false, row(41, 0).start()),
                        new MediaPlaylist.Segment(
                                "0000000042.ts",
                                3.6,
                                true,
                                java.time.Instant.ofEpochMilli(1_700_000_043_000L))),
                playlist.segments());
    }

    @Test
    void onceASegmentWasNotIndependentThePlaylistSaysItNoMore() {
        Window window = new Window();
        window.add(row(0, 10 * SECOND));
        assertTrue(window.playlist(10, false).independentSegments());
        window.add(new SegmentRow(1, 10 * SECOND, 0, false, 0, 1_000, 1, false));
        for (long msn = 2; msn < 40; msn++) {
            window.add(row(msn, 10 * SECOND));
            assertFalse(window.playlist(10, false).independentSegments());
        }
        window.clear();
        window.add(row(40, 10 * SECOND));
        assertTrue(window.playlist(10, false).independentSegments());
    }

    /**
     * RFC 8216, 6.2.2: the number counts the tags that have left; one that stands here counts
     * itself.
     */
    @Test
    void theDiscontinuitySequenceCountsTheTagsThatHaveGone() {
        Window window = new Window();
        window.add(broken(0, 5));
        assertEquals(4, window.playlist(4, false).discontinuitySequence());
        for (long msn = 1; msn < 6; msn++) {
            window.add(new SegmentRow(msn, 10 * SECOND, 0, false, 5, 1_000));
        }
        assertEquals(4, window.playlist(4, false).discontinuitySequence());
        window.add(new SegmentRow(6, 10 * SECOND, 0, false, 5, 1_000));
        assertEquals(5, window.playlist(4, false).discontinuitySequence());
    }
}
