package io.millrace.live.stream;

import io.millrace.formats.hls.MediaPlaylist;
import io.millrace.live.record.SegmentRow;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sliding window that a live playlist shows: the newest half minute, at least six segments.
 * Over a session it is one playlist in RFC 8216's sense (6.2.1): its target duration stays, its
 * media sequence rises, and once a segment was not independent it says no more that all are. Not
 * thread-safe; the text that it makes is immutable.
 */
final class Window {
    private static final long KEEP_MICROS = 30_000_000;
    private static final int KEEP_SEGMENTS = 6;

    /** However short they are. */
    private static final int MOST_SEGMENTS = 200;

    private final Deque<SegmentRow> rows = new ArrayDeque<>();
    private long micros;
    private boolean independent = true;

    /** Puts a segment at the end; answers the old ones that left at the front. */
    List<SegmentRow> add(SegmentRow row) {
        List<SegmentRow> gone = new ArrayList<>(1);
        rows.addLast(row);
        micros += row.durationMicros();
        independent &= row.independent();
        while (rows.size() > KEEP_SEGMENTS
                && (micros - rows.getFirst().durationMicros() >= KEEP_MICROS
                        || rows.size() > MOST_SEGMENTS)) {
            SegmentRow first = rows.removeFirst();
            micros -= first.durationMicros();
            gone.add(first);
        }
        return gone;
    }

    /** For a new session. */
    void clear() {
        rows.clear();
        micros = 0;
        independent = true;
    }

    List<SegmentRow> rows() {
        return List.copyOf(rows);
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    /** Whether each segment of the session so far begins with an IDR picture. */
    boolean independent() {
        return independent;
    }

    @Nullable SegmentRow last() {
        return rows.peekLast();
    }

    /** The longest segment in it, microseconds. */
    long longestMicros() {
        return rows.stream().mapToLong(SegmentRow::durationMicros).max().orElse(0);
    }

    /** The playlist as it is now. */
    MediaPlaylist playlist(int targetSeconds, boolean ended) {
        List<MediaPlaylist.Segment> segments = new ArrayList<>(rows.size());
        for (SegmentRow row : rows) {
            segments.add(
                    new MediaPlaylist.Segment(
                            row.fileName(),
                            row.durationSeconds(),
                            row.discontinuity(),
                            row.start()));
        }
        SegmentRow first = rows.peekFirst();
        // The tag before the first segment counts by itself (RFC 8216, 6.2.1).
        long discontinuities =
                first == null ? 0 : first.discontinuityNumber() - (first.discontinuity() ? 1 : 0);
        return new MediaPlaylist(
                3,
                targetSeconds,
                first == null ? 0 : first.msn(),
                discontinuities,
                null,
                independent,
                segments,
                ended);
    }
}
