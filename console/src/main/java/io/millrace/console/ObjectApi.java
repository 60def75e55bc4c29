package io.millrace.console;

import io.millrace.media.Media;
import io.millrace.media.Probe;
import io.millrace.media.ProbeOutcome;
import io.millrace.store.Store;
import io.millrace.store.objects.ListObjects;
import io.millrace.store.objects.Listing;
import io.millrace.store.objects.ObjectInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Objects: browse, look at one with what its probe found, delete. */
final class ObjectApi {
    private static final Duration LINK = Duration.ofHours(1);

    private final ConsoleOptions options;
    private final Gate gate;
    private final Store store;
    private final Media media;
    private final Proofs proofs;

    ObjectApi(ConsoleOptions options, Gate gate, Store store, Media media, Proofs proofs) {
        this.options = options;
        this.gate = gate;
        this.store = store;
        this.media = media;
        this.proofs = proofs;
    }

    void register(Router router) {
        router.get("/api/buckets/{bucket}/objects", this::list)
                .get("/api/buckets/{bucket}/object", this::get)
                .delete("/api/buckets/{bucket}/object", this::delete);
    }

    private record Row(String key, long sizeBytes, Instant lastModified, String etag, String type) {
        static Row of(ObjectInfo o) {
            return new Row(o.key(), o.sizeBytes(), o.lastModified(), o.etag(), o.type().name());
        }
    }

    private record Page(List<Row> entries, List<String> prefixes, @Nullable String next) {}

    private record Urls(String edge, Instant expires) {}

    private record Detail(
            String key,
            long sizeBytes,
            Instant lastModified,
            String etag,
            String type,
            String contentType,
            String crc64,
            boolean sealed,
            Map<String, String> headers,
            Map<String, String> metadata,
            @Nullable ProbeJson probe,
            Urls urls) {}

    private record ProbeJson(
            String state,
            String kind,
            String format,
            @Nullable Integer width,
            @Nullable Integer height,
            @Nullable Double durationSeconds,
            Map<String, String> details,
            @Nullable String message) {}

    private void list(Call call) {
        String bucket = call.variable("bucket");
        gate.require(call, "oss:ListObjects", bucket);
        Listing page =
                store.objects()
                        .list(
                                new ListObjects(
                                        bucket,
                                        call.parameter("prefix", ""),
                                        call.parameter("delimiter", "/"),
                                        call.parameter("after", ""),
                                        call.number("limit", 100, 1, 1000)));
        call.json(
                new Page(
                        page.entries().stream().map(Row::of).toList(),
                        page.commonPrefixes(),
                        page.truncated() ? page.next() : null));
    }

    private void get(Call call) {
        String bucket = call.variable("bucket");
        String key = call.parameter("key");
        gate.require(call, "oss:GetObject", bucket + "/" + key);
        ObjectInfo o = find(bucket, key);
        String path = Proofs.objectPath(bucket, key);
        Proofs.Proof proof = proofs.of(path, LINK);
        String edge = Console.doors(options, call.exchange()).edge();
        String type = o.contentType();
        call.json(
                new Detail(
                        o.key(),
                        o.sizeBytes(),
                        o.lastModified(),
                        o.etag(),
                        o.type().name(),
                        type == null ? "application/octet-stream" : type,
                        o.crc64Text(),
                        o.sealedTime() != null,
                        o.headers(),
                        o.userMetadata(),
                        media.probe(bucket, key).map(p -> json(p, o)).orElse(null),
                        new Urls(edge + path + "?auth_key=" + proof.authKey(), proof.expires())));
    }

    private ObjectInfo find(String bucket, String key) {
        return find(store, bucket, key);
    }

    static ObjectInfo find(Store store, String bucket, String key) {
        return store.objects()
                .head(bucket, key)
                .orElseThrow(
                        () ->
                                ApiError.notFound(
                                        "There is no object " + key + " in " + bucket + ".",
                                        "It may have been deleted."));
    }

    private static ProbeJson json(Probe probe, ObjectInfo now) {
        String note =
                probe.etag().equals(now.etag()) || now.sizeBytes() == probe.sizeBytes()
                        ? null
                        : "The object has changed since; the probe will look again.";
        Map<String, String> details = new LinkedHashMap<>();
        return switch (probe.outcome()) {
            case ProbeOutcome.Image i -> {
                if (i.frames() > 1) {
                    details.put("Frames", Integer.toString(i.frames()));
                }
                if (i.orientation() != 1) {
                    details.put("Orientation", Integer.toString(i.orientation()));
                }
                i.exif().entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .limit(60)
                        .forEach(e -> details.put(e.getKey(), e.getValue()));
                yield new ProbeJson(
                        "ok", "image", i.format(), i.width(), i.height(), null, details, note);
            }
            case ProbeOutcome.Stream s -> stream(s, details, note);
            case ProbeOutcome.SetAside a ->
                    new ProbeJson(
                            "failed",
                            "",
                            "",
                            null,
                            null,
                            null,
                            Map.of("Tries", Integer.toString(a.failures())),
                            a.reason());
        };
    }

    private static ProbeJson stream(
            ProbeOutcome.Stream s, Map<String, String> details, @Nullable String note) {
        Integer width = null;
        Integer height = null;
        int number = 0;
        for (ProbeOutcome.Track track : s.tracks()) {
            number++;
            switch (track) {
                case ProbeOutcome.Video v -> {
                    width = width == null ? Integer.valueOf(v.width()) : width;
                    height = height == null ? Integer.valueOf(v.height()) : height;
                    details.put(
                            "Track " + number,
                            "%s, %d × %d, %.2f frames/s"
                                    .formatted(
                                            v.codec(), v.width(), v.height(), v.framesPerSecond()));
                }
                case ProbeOutcome.Audio a ->
                        details.put(
                                "Track " + number,
                                "%s, %d Hz, %s"
                                        .formatted(
                                                a.codec(), a.sampleRate(), channels(a.channels())));
            }
        }
        if (s.bitsPerSecond() > 0) {
            details.put("Bitrate", s.bitsPerSecond() / 1000 + " kbit/s");
        }
        double seconds = s.duration().toMillis() / 1000.0;
        return new ProbeJson(
                "ok",
                width == null ? "audio" : "video",
                s.container(),
                width,
                height,
                seconds > 0 ? seconds : null,
                details,
                note);
    }

    private static String channels(int count) {
        return count == 1 ? "1 channel" : count + " channels";
    }

    private void delete(Call call) {
        String bucket = call.variable("bucket");
        String key = call.parameter("key");
        gate.require(call, "oss:DeleteObject", bucket + "/" + key);
        store.objects().delete(bucket, key);
        call.done();
    }
}
