package io.millrace.console;

import io.millrace.media.Media;
import io.millrace.media.ProbeState;
import io.millrace.store.Store;
import io.millrace.store.objects.ListObjects;
import io.millrace.store.objects.Listing;
import io.millrace.store.objects.ObjectInfo;
import java.time.Duration;
import java.time.Instant;
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
            ProbeJson probe,
            Urls urls) {}

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
                        probe(bucket, o),
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

    private ProbeJson probe(String bucket, ObjectInfo object) {
        ProbeState state = media.probeState(bucket, object.key());
        return media.probe(bucket, object.key())
                .map(p -> ProbeJson.of(p, object))
                .orElse(ProbeJson.none(state));
    }

    private void delete(Call call) {
        String bucket = call.variable("bucket");
        String key = call.parameter("key");
        gate.require(call, "oss:DeleteObject", bucket + "/" + key);
        store.objects().delete(bucket, key);
        call.done();
    }
}
