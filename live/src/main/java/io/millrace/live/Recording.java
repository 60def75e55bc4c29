package io.millrace.live;

import io.millrace.live.record.SessionRow;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One session's recording.
 *
 * @param session the id in its playback path, a UTC time such as {@code 20260131T235959Z}
 * @param endedAt null while the session runs
 * @param playbackPath the VOD's master playlist, {@code /_live/{stream}/{session}/index.m3u8}
 * @param bucket where the objects are
 * @param playlistKey the key of the VOD playlist object that stands beside the segments
 */
public record Recording(
        String stream,
        String session,
        Instant startedAt,
        @Nullable Instant endedAt,
        Duration duration,
        long segments,
        long bytes,
        String playbackPath,
        String bucket,
        String playlistKey) {
    static Recording of(SessionRow s) {
        return new Recording(
                s.stream(),
                s.id(),
                Instant.ofEpochMilli(s.startedMillis()),
                s.ended() ? Instant.ofEpochMilli(s.endedMillis()) : null,
                Duration.ofNanos(s.durationMicros() * 1_000),
                s.segments(),
                s.bytes(),
                "/_live/" + s.stream() + "/" + s.id() + "/index.m3u8",
                s.bucket(),
                s.playlistKey());
    }
}
