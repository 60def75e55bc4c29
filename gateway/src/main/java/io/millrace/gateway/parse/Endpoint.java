package io.millrace.gateway.parse;

import io.millrace.gateway.api.BucketSetting;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Every request that the object door knows: its method, what it is about, the query name that
 * chooses it, and the further names that it heeds. Nothing else in the query of a write, or of a
 * request to a bucket, is let pass: see {@link Choice}.
 */
@SuppressWarnings("ImmutableEnumChecker") // The sets are unmodifiable copies.
enum Endpoint {
    LIST_BUCKETS(
            "GET",
            Scope.SERVICE,
            plain(),
            "prefix",
            "marker",
            "max-keys",
            "max-buckets",
            "continuation-token"),

    CREATE_BUCKET("PUT", Scope.BUCKET, plain()),
    DELETE_BUCKET("DELETE", Scope.BUCKET, plain()),
    HEAD_BUCKET("HEAD", Scope.BUCKET, plain()),
    LIST_OBJECTS(
            "GET",
            Scope.BUCKET,
            plain(),
            "prefix",
            "delimiter",
            "marker",
            "max-keys",
            "encoding-type",
            "fetch-owner"),
    LIST_OBJECTS_V2(
            "GET",
            Scope.BUCKET,
            by("list-type"),
            "prefix",
            "delimiter",
            "start-after",
            "continuation-token",
            "max-keys",
            "encoding-type",
            "fetch-owner"),
    LIST_VERSIONS(
            "GET",
            Scope.BUCKET,
            by("versions"),
            "prefix",
            "delimiter",
            "key-marker",
            "version-id-marker",
            "max-keys",
            "encoding-type"),
    LIST_UPLOADS(
            "GET",
            Scope.BUCKET,
            by("uploads"),
            "prefix",
            "delimiter",
            "key-marker",
            "upload-id-marker",
            "max-uploads",
            "encoding-type"),
    GET_BUCKET_LOCATION("GET", Scope.BUCKET, by("location")),
    GET_BUCKET_INFO("GET", Scope.BUCKET, by("bucketInfo")),
    GET_BUCKET_STAT("GET", Scope.BUCKET, by("stat")),
    GET_BUCKET_ACL("GET", Scope.BUCKET, by("acl")),
    PUT_BUCKET_ACL("PUT", Scope.BUCKET, by("acl")),
    GET_BUCKET_CORS("GET", Scope.BUCKET, by("cors")),
    PUT_BUCKET_CORS("PUT", Scope.BUCKET, by("cors")),
    DELETE_BUCKET_CORS("DELETE", Scope.BUCKET, by("cors")),
    GET_BUCKET_SETTING("GET", Scope.BUCKET, settings(), "id", "inventoryId", "continuation-token"),
    DELETE_BUCKET_SETTING("DELETE", Scope.BUCKET, settings(), "id", "inventoryId"),
    DELETE_OBJECTS("POST", Scope.BUCKET, by("delete"), "encoding-type"),
    POST_OBJECT("POST", Scope.BUCKET, plain(), VendorHeaders.TRAFFIC_LIMIT),

    GET_OBJECT("GET", Scope.OBJECT, plain(), Further.GET),
    HEAD_OBJECT("HEAD", Scope.OBJECT, plain(), Further.GET),
    GET_OBJECT_META("GET", Scope.OBJECT, by("objectMeta"), "versionId"),
    HEAD_OBJECT_META("HEAD", Scope.OBJECT, by("objectMeta"), "versionId"),
    PROCESS_OBJECT("GET", Scope.OBJECT, by("x-oss-process"), Further.READ),
    HEAD_PROCESSED("HEAD", Scope.OBJECT, by("x-oss-process"), Further.READ),
    PROCESS_AND_SAVE("POST", Scope.OBJECT, by("x-oss-process")),
    PUT_OBJECT("PUT", Scope.OBJECT, plain(), VendorHeaders.TRAFFIC_LIMIT),
    DELETE_OBJECT("DELETE", Scope.OBJECT, plain(), "versionId"),
    APPEND_OBJECT("POST", Scope.OBJECT, by("append"), "position", VendorHeaders.TRAFFIC_LIMIT),
    SEAL_OBJECT("POST", Scope.OBJECT, by("seal"), "position"),
    GET_OBJECT_ACL("GET", Scope.OBJECT, by("acl"), "versionId"),
    PUT_OBJECT_ACL("PUT", Scope.OBJECT, by("acl"), "versionId"),
    GET_OBJECT_TAGGING("GET", Scope.OBJECT, by("tagging"), "versionId"),
    DELETE_OBJECT_TAGGING("DELETE", Scope.OBJECT, by("tagging"), "versionId"),
    INITIATE_UPLOAD("POST", Scope.OBJECT, by("uploads"), "encoding-type"),
    UPLOAD_PART("PUT", Scope.OBJECT, by("uploadId"), "partNumber", VendorHeaders.TRAFFIC_LIMIT),
    LIST_PARTS(
            "GET",
            Scope.OBJECT,
            by("uploadId"),
            "max-parts",
            "part-number-marker",
            "encoding-type"),
    COMPLETE_UPLOAD("POST", Scope.OBJECT, by("uploadId"), "encoding-type"),
    ABORT_UPLOAD("DELETE", Scope.OBJECT, by("uploadId"));

    /** What a request is about. */
    enum Scope {
        SERVICE,
        BUCKET,
        OBJECT;

        static Scope of(Target target) {
            return target.bucket().isEmpty() ? SERVICE : target.key().isEmpty() ? BUCKET : OBJECT;
        }
    }

    /** Names that several endpoints heed. */
    private static final class Further {
        static final String[] READ = {
            "versionId",
            "partNumber",
            "response-content-type",
            "response-content-language",
            "response-expires",
            "response-cache-control",
            "response-content-disposition",
            "response-content-encoding"
        };
        static final String[] GET =
                Stream.concat(Stream.of(VendorHeaders.TRAFFIC_LIMIT), Arrays.stream(READ))
                        .toArray(String[]::new);
    }

    private final String method;
    private final Scope scope;
    private final Set<String> selectors;
    private final Set<String> further;

    Endpoint(String method, Scope scope, Set<String> selectors, String... further) {
        this.method = method;
        this.scope = scope;
        this.selectors = selectors;
        Set<String> names = new HashSet<>(Arrays.asList(further));
        names.add(OperationId.NAME);
        // Presigners move headers into the query.
        names.add(VendorHeaders.EXPECTED_OWNER);
        this.further = Set.copyOf(names);
    }

    private static Set<String> plain() {
        return Set.of();
    }

    private static Set<String> by(String selector) {
        return Set.of(selector);
    }

    private static Set<String> settings() {
        return Arrays.stream(BucketSetting.values())
                .map(BucketSetting::parameter)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Whether a request with this line is this endpoint's; the name is empty for none. */
    boolean serves(String method, Scope scope, String selector) {
        return this.scope == scope
                && this.method.equals(method)
                && (selector.isEmpty() ? selectors.isEmpty() : selectors.contains(selector));
    }

    /** Whether the endpoint heeds a name beside the one that chooses it. */
    boolean heeds(String name) {
        return further.contains(name);
    }

    /** Whether it does what it does only if the request's conditions for writes hold. */
    boolean heedsWriteConditions() {
        return switch (this) {
            case PUT_OBJECT, DELETE_OBJECT, COMPLETE_UPLOAD -> true;
            default -> false;
        };
    }

    /** Whether it reads alone, so that conditions are those of a reader. */
    boolean isRead() {
        return method.equals("GET") || method.equals("HEAD");
    }

    /** Every name that chooses an endpoint. */
    static Stream<String> allSelectors() {
        return Arrays.stream(values()).flatMap(endpoint -> endpoint.selectors.stream());
    }
}
