package io.millrace.live.record;

/**
 * A session's record: one push and its reconnects within the grace.
 *
 * @param bucket where its objects are, kept here because the stream may move
 * @param prefix before {@code {stream}/…}
 * @param endedMillis -1 while it runs
 * @param firstMsn -1 before the first segment landed
 * @param segments that landed in the store
 * @param longestMicros the longest segment
 * @param peakBitsPerSecond over segments, for BANDWIDTH
 * @param targetSeconds EXT-X-TARGETDURATION of its playlists; 0 before its first segment, and in
 *     the records of earlier versions
 */
public record SessionRow(
        String stream,
        String id,
        String bucket,
        String prefix,
        long startedMillis,
        long endedMillis,
        long firstMsn,
        long lastMsn,
        long segments,
        long durationMicros,
        long longestMicros,
        long bytes,
        long peakBitsPerSecond,
        MediaDescription media,
        int targetSeconds) {
    /** The one rendition that there is: what the publisher sent. */
    public static final String RENDITION = "source";

    public boolean ended() {
        return endedMillis >= 0;
    }

    /** The key of a segment's object. */
    public String segmentKey(long msn) {
        return directory() + RENDITION + "/" + SegmentRow.fileName(msn);
    }

    /** The key of the VOD playlist's object; its URIs are relative to it. */
    public String playlistKey() {
        return directory() + id + ".m3u8";
    }

    private String directory() {
        return prefix + stream + "/";
    }

    /** The record with one more segment in the store. */
    public SessionRow landed(SegmentRow row) {
        long bits =
                row.durationMicros() <= 0 ? 0 : row.sizeBytes() * 8_000_000L / row.durationMicros();
        // A sliver at the end of a push says nothing about the peak.
        long peak = row.durationMicros() < 400_000 && peakBitsPerSecond > 0 ? 0 : bits;
        return new SessionRow(
                stream,
                id,
                bucket,
                prefix,
                startedMillis,
                endedMillis,
                firstMsn < 0 ? row.msn() : Math.min(firstMsn, row.msn()),
                Math.max(lastMsn, row.msn()),
                segments + 1,
                durationMicros + row.durationMicros(),
                Math.max(longestMicros, row.durationMicros()),
                bytes + row.sizeBytes(),
                Math.max(peakBitsPerSecond, peak),
                media,
                targetSeconds);
    }

    public SessionRow with(MediaDescription description) {
        return new SessionRow(
                stream,
                id,
                bucket,
                prefix,
                startedMillis,
                endedMillis,
                firstMsn,
                lastMsn,
                segments,
                durationMicros,
                longestMicros,
                bytes,
                peakBitsPerSecond,
                description,
                targetSeconds);
    }

    /** The record with its playlists' target duration settled. */
    public SessionRow withTarget(int seconds) {
        return new SessionRow(
                stream,
                id,
                bucket,
                prefix,
                startedMillis,
                endedMillis,
                firstMsn,
                lastMsn,
                segments,
                durationMicros,
                longestMicros,
                bytes,
                peakBitsPerSecond,
                media,
                seconds);
    }

    public SessionRow endedAt(long millis) {
        return new SessionRow(
                stream,
                id,
                bucket,
                prefix,
                startedMillis,
                millis,
                firstMsn,
                lastMsn,
                segments,
                durationMicros,
                longestMicros,
                bytes,
                peakBitsPerSecond,
                media,
                targetSeconds);
    }
}
