package io.millrace.live.stream;

import io.millrace.live.record.SegmentRow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/** What a restart finds of a window. */
final class Restored {
    private Restored() {}

    /**
     * The segments, stored or spooled, that stand without a hole before {@code nextMsn}; none when
     * a number is missing there (an unclean stop), since a playlist can't skip numbers.
     */
    static List<SegmentRow> contiguousTail(
            List<SegmentRow> stored, List<SegmentRow> spooled, long nextMsn) {
        TreeMap<Long, SegmentRow> all = new TreeMap<>(Comparator.reverseOrder());
        stored.forEach(row -> all.put(row.msn(), row));
        spooled.forEach(row -> all.put(row.msn(), row));
        List<SegmentRow> tail = new ArrayList<>();
        long expected = nextMsn - 1;
        for (SegmentRow row : all.values()) {
            if (row.msn() != expected) {
                break;
            }
            tail.addFirst(row);
            expected--;
        }
        return tail;
    }
}
