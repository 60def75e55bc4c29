package io.millrace.console;

import io.millrace.live.Live;
import io.millrace.live.StreamInfo;
import io.millrace.live.StreamStatus;
import io.millrace.live.Streams;
import io.millrace.live.Trouble;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Live streams: set up, watch over, and the lines that publish to them. */
final class StreamApi {
    private final ConsoleOptions options;
    private final Gate gate;
    private final WriteRight writeRight;
    private final Live live;

    StreamApi(ConsoleOptions options, Gate gate, WriteRight writeRight, Live live) {
        this.options = options;
        this.gate = gate;
        this.writeRight = writeRight;
        this.live = live;
    }

    void register(Router router) {
        router.get("/api/streams", this::list)
                .post("/api/streams", this::create)
                .get("/api/streams/{stream}", this::get)
                .delete("/api/streams/{stream}", this::delete)
                .post("/api/streams/{stream}/key", this::rotate);
    }

    private record Publish(String url, String obsServer, String obsKey, String ffmpeg) {}

    private record StreamJson(
            String name,
            String bucket,
            String prefix,
            Instant created,
            boolean live,
            String state,
            @Nullable Instant since,
            long bitrate,
            String video,
            String audio,
            int width,
            int height,
            double fps,
            long segments,
            long unsent,
            long dropped,
            String note,
            List<Trouble> troubles,
            @Nullable Publish publish) {}

    private record Create(
            @Nullable String name, @Nullable String bucket, @Nullable String prefix) {}

    private void list(Call call) {
        gate.require(call, "live:List", "*");
        call.json(
                Map.of(
                        "streams",
                        live.streams().list().stream()
                                .flatMap(s -> shown(s, null).stream())
                                .toList(),
                        "strangers",
                        live.streams().strangers()));
    }

    private void create(Call call) {
        Create given = call.body(Create.class);
        String name = given.name() == null ? "" : given.name();
        gate.require(call, "live:Create", "_live/" + name);
        String bucket = given.bucket() == null ? "" : given.bucket();
        String prefix = given.prefix() == null ? "" : given.prefix().strip();
        if (!prefix.isEmpty() && !prefix.endsWith("/")) {
            prefix += "/";
        }
        writeRight.require(call, bucket, prefix);
        switch (live.streams().create(name, bucket, prefix)) {
            case Streams.CreateOutcome.Created(StreamInfo s) ->
                    call.json(201, json(s, publish(call, s)));
            case Streams.CreateOutcome.Exists e ->
                    throw ApiError.taken(
                            "There is a stream " + name + " already.", "Choose another name.");
            case Streams.CreateOutcome.NoSuchBucket n ->
                    throw ApiError.invalid(
                            "There is no bucket " + bucket + ".", "Make the bucket first.");
            case Streams.CreateOutcome.Invalid(String reason) ->
                    throw ApiError.invalid(reason, "Change it and try again.");
        }
    }

    private StreamInfo find(Call call) {
        String name = call.variable("stream");
        return live.streams()
                .get(name)
                .orElseThrow(
                        () ->
                                ApiError.notFound(
                                        "There is no stream " + name + ".", "See the list."));
    }

    /** The publisher's key is told only to those who may change it anyway. */
    private void get(Call call) {
        String resource = "_live/" + call.variable("stream");
        gate.require(call, "live:Get", resource);
        StreamInfo stream = find(call);
        boolean owner = gate.allowed(call, "live:RotateKey", resource);
        call.json(json(stream, owner ? publish(call, stream) : null));
    }

    private void delete(Call call) {
        gate.require(call, "live:Delete", "_live/" + call.variable("stream"));
        live.streams().delete(find(call).name());
        call.done();
    }

    private void rotate(Call call) {
        gate.require(call, "live:RotateKey", "_live/" + call.variable("stream"));
        String name = find(call).name();
        StreamInfo stream =
                live.streams()
                        .rotateKey(name)
                        .orElseThrow(
                                () ->
                                        ApiError.notFound(
                                                "There is no stream " + name + ".",
                                                "It was deleted meanwhile."));
        call.json(json(stream, publish(call, stream)));
    }

    private Publish publish(Call call, StreamInfo s) {
        String server = Console.doors(options, call.exchange()).rtmp();
        String url = server + "/" + s.publishName();
        return new Publish(
                url,
                server,
                s.publishName(),
                "ffmpeg -re -i video.mp4 -c:v libx264 -preset veryfast -g 60 -c:a aac -f flv \""
                        + url
                        + "\"");
    }

    private StreamJson json(StreamInfo s, @Nullable Publish publish) {
        return shown(s, publish)
                .orElseThrow(
                        () ->
                                ApiError.notFound(
                                        "There is no stream " + s.name() + ".",
                                        "It was deleted meanwhile."));
    }

    /** Empty when it was deleted meanwhile. */
    private Optional<StreamJson> shown(StreamInfo s, @Nullable Publish publish) {
        return live.streams().status(s.name()).map(status -> json(s, status, publish));
    }

    private static StreamJson json(StreamInfo s, StreamStatus status, @Nullable Publish publish) {
        return new StreamJson(
                s.name(),
                s.bucket(),
                s.prefix(),
                s.createdAt(),
                status.state() == StreamStatus.State.LIVE,
                status.state().name(),
                status.since(),
                status.bitrateBitsPerSecond(),
                text(status.videoCodec()),
                text(status.audioCodec()),
                status.width(),
                status.height(),
                status.framesPerSecond(),
                status.segments(),
                status.unsentSegments(),
                status.droppedAccessUnits(),
                text(status.lastProblem()),
                status.troubles(),
                publish);
    }

    private static String text(@Nullable String value) {
        return value == null ? "" : value;
    }
}
