package io.millrace.live.record;

/**
 * A finished segment on its way to the store.
 *
 * @param bytes the first {@code row.sizeBytes()} of it are the segment; nobody writes to it again
 */
@SuppressWarnings("ArrayRecordComponent")
public record Segment(Session session, SegmentRow row, byte[] bytes) {
    String key() {
        return session.row().segmentKey(row.msn());
    }
}
