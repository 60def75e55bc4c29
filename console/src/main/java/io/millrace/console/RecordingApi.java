package io.millrace.console;

import io.millrace.live.Live;
import io.millrace.live.Recording;
import io.millrace.live.Recordings;
import io.millrace.live.StreamInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What streams left behind: listed, removed, and how long it is kept. */
final class RecordingApi {
    private static final int DEFAULT_LIMIT = 50;
    private static final int MAX_LIMIT = 500;

    private final Gate gate;
    private final WriteRight writeRight;
    private final Live live;

    RecordingApi(Gate gate, WriteRight writeRight, Live live) {
        this.gate = gate;
        this.writeRight = writeRight;
        this.live = live;
    }

    void register(Router router) {
        router.get("/api/streams/{stream}/recordings", this::list)
                .delete("/api/streams/{stream}/recordings/{session}", this::remove)
                .put("/api/streams/{stream}/retention", this::keep);
    }

    /**
     * @param ended null while it runs
     * @param seconds of media
     */
    private record RecordingJson(
            String session,
            Instant started,
            @Nullable Instant ended,
            double seconds,
            long segments,
            long bytes) {
        static RecordingJson of(Recording r) {
            return new RecordingJson(
                    r.session(),
                    r.startedAt(),
                    r.endedAt(),
                    r.duration().toMillis() / 1e3,
                    r.segments(),
                    r.bytes());
        }
    }

    /**
     * @param next what to pass as {@code before} for the next page; null on the last one
     * @param keepHours how long a recording stays after its end; null: until it is removed
     */
    private record RecordingList(
            List<RecordingJson> recordings, @Nullable String next, @Nullable Long keepHours) {}

    private record Retention(@Nullable Long hours) {}

    private void list(Call call) {
        StreamInfo stream = stream(call, "live:Get");
        int limit = limit(call);
        List<Recording> found =
                live.recordings().list(stream.name(), call.parameter("before", ""), limit + 1);
        List<Recording> page = found.subList(0, Math.min(limit, found.size()));
        call.json(
                new RecordingList(
                        page.stream().map(RecordingJson::of).toList(),
                        found.size() > limit ? page.getLast().session() : null,
                        live.recordings()
                                .keeps(stream.name())
                                .map(Duration::toHours)
                                .orElse(null)));
    }

    private static int limit(Call call) {
        try {
            int limit = Integer.parseInt(call.parameter("limit", Integer.toString(DEFAULT_LIMIT)));
            if (limit >= 1 && limit <= MAX_LIMIT) {
                return limit;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw ApiError.invalid("'limit' is a number from 1 to " + MAX_LIMIT + ".", "Change it.");
    }

    private void remove(Call call) {
        StreamInfo stream = stream(call, "live:DeleteRecording");
        String session = call.variable("session");
        switch (live.recordings()
                .remove(
                        stream.name(),
                        session,
                        (bucket, key) ->
                                gate.allowed(call, "oss:DeleteObject", bucket + "/" + key))) {
            case Recordings.Removal.Removed r -> call.done();
            case Recordings.Removal.NotFound n ->
                    throw ApiError.notFound(
                            "The stream " + stream.name() + " has no recording " + session + ".",
                            "It may have been removed; see the list.");
            case Recordings.Removal.Running(String reason) ->
                    throw new ApiError(409, "Running", reason, "Try again then.");
            case Recordings.Removal.Denied(String bucket, String key) ->
                    throw new ApiError(
                            403,
                            "Forbidden",
                            "You may not delete " + bucket + "/" + key + ", which is part of it.",
                            "An administrator can attach a policy that allows oss:DeleteObject"
                                    + " on the recording's objects.");
        }
    }

    private void keep(Call call) {
        StreamInfo stream = stream(call, "live:PutRetention");
        writeRight.requireDeletion(call, stream.bucket(), stream.prefix() + stream.name() + "/");
        Long hours = call.body(Retention.class).hours();
        long longest = Recordings.LONGEST.toHours();
        if (hours != null && (hours < Recordings.SHORTEST.toHours() || hours > longest)) {
            throw ApiError.invalid(
                    "Recordings are kept from 1 to " + longest + " hours.",
                    "Choose a time between, or none to keep them until they are removed.");
        }
        if (!live.recordings()
                .keep(stream.name(), Optional.ofNullable(hours).map(Duration::ofHours))) {
            throw noStream(stream.name());
        }
        call.done();
    }

    private StreamInfo stream(Call call, String action) {
        String name = call.variable("stream");
        gate.require(call, action, "_live/" + name);
        return live.streams().get(name).orElseThrow(() -> noStream(name));
    }

    private static ApiError noStream(String name) {
        return ApiError.notFound("There is no stream " + name + ".", "See the list.");
    }
}
