package io.millrace.live.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.live.record.SegmentRow;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** After a restart a playlist goes on only with numbers that follow each other. */
class RestoredTest {
    private static List<SegmentRow> rows(long... numbers) {
        return LongStream.of(numbers)
                .mapToObj(msn -> new SegmentRow(msn, 1, 2, false, 3, 4))
                .toList();
    }

    private static List<Long> tail(List<SegmentRow> stored, List<SegmentRow> spooled, long next) {
        return Restored.contiguousTail(stored, spooled, next).stream()
                .map(SegmentRow::msn)
                .toList();
    }

    @Test
    void storedAndSpooledAreOneRow() {
        assertEquals(List.of(4L, 5L, 6L, 7L), tail(rows(4, 5, 6), rows(7), 8));
        assertEquals(List.of(4L, 5L, 6L, 7L), tail(rows(7, 5), rows(6, 4), 8));
    }

    @Test
    void aHoleEndsTheTail() {
        assertEquals(List.of(6L, 7L), tail(rows(3, 4, 6), rows(7), 8));
    }

    @Test
    void withoutTheLastNumberThereIsNone() {
        assertEquals(List.of(), tail(rows(4, 5, 6), rows(), 8));
        assertEquals(List.of(), tail(rows(), rows(), 8));
        assertEquals(List.of(), tail(rows(8), rows(), 8));
    }
}
