package io.millrace.live.record;

import io.millrace.work.outgoing.Event;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What others are told of a stream: that a session started, or that it ended, which is when the
 * publisher stayed away for the grace.
 *
 * @param session its id within the stream
 * @param bucket where the recording is
 * @param playlist the key of the recording's playlist
 * @param ended null of a session that starts
 * @param segments that were in the store when it ended
 */
record StreamEvent(
        String stream,
        String session,
        String bucket,
        String playlist,
        String started,
        @Nullable String ended,
        long segments,
        double seconds,
        long bytes) {
    static Event of(SessionRow row) {
        StreamEvent data =
                new StreamEvent(
                        row.stream(),
                        row.id(),
                        row.bucket(),
                        row.playlistKey(),
                        Instant.ofEpochMilli(row.startedMillis()).toString(),
                        row.ended() ? Instant.ofEpochMilli(row.endedMillis()).toString() : null,
                        row.segments(),
                        row.durationMicros() / 1e6,
                        row.bytes());
        String type = row.ended() ? "io.millrace.stream.ended" : "io.millrace.stream.started";
        return new Event(type, "streams/" + row.stream(), data);
    }
}
