package io.millrace.live;

import java.time.Duration;
import java.time.Instant;

/**
 * A stream as it is set up.
 *
 * @param name 1 to 64 of {@code a-z A-Z 0-9 - _ .}, not beginning with {@code _} or {@code .}
 * @param bucket where the recording goes
 * @param prefix put before {@code {stream}/…}; empty or ending in {@code /}
 * @param streamKey the publisher's secret; part of the ingest URL
 * @param segmentTarget the length that segments aim at, 1 to 100 s
 */
public record StreamInfo(
        String name,
        String bucket,
        String prefix,
        String streamKey,
        Duration segmentTarget,
        Instant createdAt) {

    /** What OBS calls the stream key and ffmpeg appends to {@code rtmp://host:1935/live/}. */
    public String publishName() {
        return name + "?key=" + streamKey;
    }

    /** Everything but the key. */
    @Override
    public String toString() {
        return "StreamInfo[" + name + " → " + bucket + "/" + prefix + "]";
    }
}
