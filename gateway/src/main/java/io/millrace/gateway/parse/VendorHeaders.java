package io.millrace.gateway.parse;

import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The headers of the vendors' own prefixes, {@code x-amz-} and {@code x-oss-}, that each endpoint
 * heeds, as {@link Endpoint} does for the names in a query. A write that carries another one is
 * refused (501) and changes nothing: it asks for something that would silently not happen. On reads
 * only those are refused that guard what is answered; others are passed over.
 *
 * <p>Sources: the S3 and the OSS API references. {@code HeadersTest} asks with every header that
 * the vendors' SDKs can send.
 */
final class VendorHeaders {
    static final String FORBID_OVERWRITE = "x-oss-forbid-overwrite";
    static final String EXPECTED_OWNER = "x-amz-expected-bucket-owner";
    static final String TRAFFIC_LIMIT = "x-oss-traffic-limit";

    /** How a request travels and who answers for it; what says no more than that is let through. */
    private static final Set<String> ANYWHERE =
            Set.of(
                    "x-amz-api-version",
                    "x-amz-cf-id", // a CDN's, in front of us
                    "x-amz-content-sha256",
                    "x-amz-date",
                    "x-amz-decoded-content-length",
                    EXPECTED_OWNER,
                    "x-amz-request-payer",
                    "x-amz-sdk-checksum-algorithm",
                    "x-amz-security-token",
                    "x-amz-te",
                    "x-amz-trailer",
                    "x-amz-user-agent",
                    "x-oss-additional-headers",
                    "x-oss-content-sha256",
                    "x-oss-date",
                    "x-oss-request-payer",
                    "x-oss-security-token",
                    "x-oss-user-agent"); // browsers let no script set the plain one

    /** Heeded in either dialect; all others only in their own, whose signature covers them. */
    private static final Set<String> OF_BOTH = Set.of(FORBID_OVERWRITE, TRAFFIC_LIMIT);

    private static final Set<String> GRANTS =
            Set.of(
                    "x-amz-grant-full-control",
                    "x-amz-grant-read",
                    "x-amz-grant-read-acp",
                    "x-amz-grant-write",
                    "x-amz-grant-write-acp");

    private static final Set<String> CHECKSUMS =
            Set.of(
                    "x-amz-checksum-crc32",
                    "x-amz-checksum-crc32c",
                    "x-amz-checksum-crc64nvme",
                    "x-amz-checksum-sha1",
                    "x-amz-checksum-sha256");

    /** What may be said of an object that is made; see {@link #checkValue}. */
    private static final Set<String> OBJECT =
            union(
                    GRANTS,
                    Set.of(
                            "x-amz-acl",
                            "x-amz-object-lock-legal-hold",
                            "x-amz-storage-class",
                            "x-amz-tagging",
                            "x-oss-object-acl",
                            "x-oss-storage-class",
                            "x-oss-tagging"));

    /**
     * What OSS answers of an object, and clients that make one object's metadata from another's
     * send back: it asks for nothing.
     */
    private static final Set<String> ANSWERED =
            Set.of(
                    "x-oss-hash-crc64ecma",
                    "x-oss-next-append-position",
                    "x-oss-object-type",
                    "x-oss-request-id",
                    "x-oss-sealed-time");

    private static final Set<String> SOURCE =
            Set.of(
                    "x-amz-copy-source",
                    "x-amz-copy-source-if-match",
                    "x-amz-copy-source-if-modified-since",
                    "x-amz-copy-source-if-none-match",
                    "x-amz-copy-source-if-unmodified-since",
                    "x-amz-source-expected-bucket-owner",
                    "x-oss-copy-source",
                    "x-oss-copy-source-if-match",
                    "x-oss-copy-source-if-modified-since",
                    "x-oss-copy-source-if-none-match",
                    "x-oss-copy-source-if-unmodified-since");

    private static final Set<String> PUT =
            union(
                    OBJECT,
                    ANSWERED,
                    CHECKSUMS,
                    Set.of(
                            "x-amz-checksum-algorithm",
                            "x-amz-write-offset-bytes",
                            FORBID_OVERWRITE,
                            TRAFFIC_LIMIT));

    private static final Set<String> COPY =
            union(
                    OBJECT,
                    ANSWERED,
                    SOURCE,
                    Set.of(
                            "x-amz-metadata-directive",
                            "x-amz-tagging-directive",
                            "x-oss-metadata-directive",
                            "x-oss-tagging-directive",
                            FORBID_OVERWRITE,
                            TRAFFIC_LIMIT));

    private static final Set<String> APPEND =
            union(OBJECT, ANSWERED, CHECKSUMS, Set.of(FORBID_OVERWRITE, TRAFFIC_LIMIT));

    private static final Set<String> INITIATE =
            union(
                    OBJECT,
                    ANSWERED,
                    Set.of("x-amz-checksum-algorithm", "x-amz-checksum-type", FORBID_OVERWRITE));

    private static final Set<String> PART =
            union(
                    CHECKSUMS,
                    Set.of("x-amz-checksum-algorithm", "x-oss-hash-crc64ecma", TRAFFIC_LIMIT));

    private static final Set<String> COPY_PART =
            union(
                    SOURCE,
                    Set.of("x-amz-copy-source-range", "x-oss-copy-source-range", TRAFFIC_LIMIT));

    private static final Set<String> COMPLETE =
            union(
                    CHECKSUMS,
                    Set.of(
                            "x-amz-checksum-type",
                            "x-amz-mp-object-size",
                            "x-oss-complete-all",
                            "x-oss-hash-crc64ecma",
                            "x-oss-object-acl",
                            FORBID_OVERWRITE));

    private static final Set<String> BUCKET_ACL =
            union(GRANTS, CHECKSUMS, Set.of("x-amz-acl", "x-oss-acl"));

    private static final Set<String> CREATE_BUCKET =
            union(BUCKET_ACL, Set.of("x-amz-bucket-object-lock-enabled"));

    private static final Set<String> OBJECT_ACL =
            union(GRANTS, CHECKSUMS, Set.of("x-amz-acl", "x-oss-object-acl"));

    private static final Set<String> DELETE = Set.of("x-amz-bypass-governance-retention");

    private static final Set<String> DELETE_MANY = union(CHECKSUMS, DELETE);

    private static final Set<String> LIMITED = Set.of(TRAFFIC_LIMIT);

    private static final Set<String> ALGORITHMS =
            Set.of("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256");

    private VendorHeaders() {}

    /**
     * @param copying whether the request names a source, which makes another operation of it
     * @throws GatewayException 501 for a header that isn't heeded, also where only its value says
     *     more than happens; 400 for a value that says nothing
     */
    static void check(
            List<Map.Entry<String, String>> headers,
            Dialect dialect,
            Endpoint endpoint,
            boolean copying) {
        for (Map.Entry<String, String> header : headers) {
            if (!ofAVendor(header.getKey())) {
                continue;
            }
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (heeds(name, dialect, endpoint, copying)) {
                checkValue(name, header.getValue());
            } else if (!endpoint.isRead() || guards(name)) {
                throw notHeeded(name);
            }
        }
    }

    private static boolean ofAVendor(String name) {
        return name.regionMatches(true, 0, "x-amz-", 0, 6)
                || name.regionMatches(true, 0, "x-oss-", 0, 6);
    }

    private static boolean heeds(String name, Dialect dialect, Endpoint endpoint, boolean copying) {
        if (!name.startsWith(dialect.headerPrefix()) && !OF_BOTH.contains(name)) {
            // A CDN's own, and the word that says who pays, mean nothing to either.
            return name.equals("x-amz-cf-id") || name.endsWith("-request-payer");
        }
        return ANYWHERE.contains(name)
                || of(endpoint, copying).contains(name)
                || name.startsWith("meta-", 6) && takesMetadata(endpoint);
    }

    private static boolean takesMetadata(Endpoint endpoint) {
        return switch (endpoint) {
            case PUT_OBJECT, APPEND_OBJECT, INITIATE_UPLOAD -> true;
            default -> false;
        };
    }

    private static Set<String> of(Endpoint endpoint, boolean copying) {
        return switch (endpoint) {
            case CREATE_BUCKET -> CREATE_BUCKET;
            case PUT_BUCKET_ACL -> BUCKET_ACL;
            case PUT_BUCKET_CORS, PROCESS_AND_SAVE -> CHECKSUMS;
            case DELETE_OBJECTS -> DELETE_MANY;
            case POST_OBJECT, GET_OBJECT, HEAD_OBJECT -> LIMITED;
            case PUT_OBJECT -> copying ? COPY : PUT;
            case DELETE_OBJECT -> DELETE;
            case APPEND_OBJECT -> APPEND;
            case PUT_OBJECT_ACL -> OBJECT_ACL;
            case INITIATE_UPLOAD -> INITIATE;
            case UPLOAD_PART -> copying ? COPY_PART : PART;
            case COMPLETE_UPLOAD -> COMPLETE;
            case LIST_BUCKETS,
                    DELETE_BUCKET,
                    HEAD_BUCKET,
                    LIST_OBJECTS,
                    LIST_OBJECTS_V2,
                    LIST_VERSIONS,
                    LIST_UPLOADS,
                    GET_BUCKET_LOCATION,
                    GET_BUCKET_INFO,
                    GET_BUCKET_STAT,
                    GET_BUCKET_ACL,
                    GET_BUCKET_CORS,
                    DELETE_BUCKET_CORS,
                    GET_BUCKET_SETTING,
                    DELETE_BUCKET_SETTING,
                    GET_OBJECT_META,
                    HEAD_OBJECT_META,
                    PROCESS_OBJECT,
                    HEAD_PROCESSED,
                    SEAL_OBJECT,
                    GET_OBJECT_ACL,
                    GET_OBJECT_TAGGING,
                    DELETE_OBJECT_TAGGING,
                    LIST_PARTS,
                    ABORT_UPLOAD ->
                    Set.of();
        };
    }

    /**
     * Whether a header, or a name in a query, says on what condition, with which key, of which
     * group or how fast something may be read: passed over, the answer would be one that the client
     * ruled out.
     */
    static boolean guards(String anyCase) {
        if (!ofAVendor(anyCase)) {
            return false;
        }
        String name = anyCase.toLowerCase(Locale.ROOT);
        return name.contains("-if-")
                || name.contains("-expected-")
                || name.contains("-encryption-customer-")
                || name.equals(TRAFFIC_LIMIT)
                || name.equals("x-oss-resource-group-id");
    }

    /** Refuses a value that asks for more than happens anyway. */
    static void checkValue(String name, String value) {
        switch (name) {
            case "x-amz-storage-class", "x-oss-storage-class" -> {
                if (!value.equalsIgnoreCase("standard")) {
                    throw new GatewayException(ErrorCode.INVALID_STORAGE_CLASS)
                            .with("StorageClassRequested", value);
                }
            }
            case "x-amz-tagging", "x-oss-tagging", "tagging" -> {
                if (!value.isBlank()) {
                    throw notHeeded(name);
                }
            }
            case "x-amz-object-lock-legal-hold" -> {
                if (!value.equalsIgnoreCase("OFF")) {
                    throw notHeeded(name);
                }
            }
            case "x-amz-bucket-object-lock-enabled" -> {
                if (!value.equalsIgnoreCase("false")) {
                    throw notHeeded(name);
                }
            }
            case "x-amz-checksum-algorithm" -> {
                if (!ALGORITHMS.contains(value.toUpperCase(Locale.ROOT))) {
                    throw notHeeded(name + ": " + value);
                }
            }
            case "x-amz-tagging-directive", "x-oss-tagging-directive" ->
                    oneOf(name, value, Set.of("copy", "replace"));
            case "x-amz-bypass-governance-retention" -> oneOf(name, value, Set.of("true", "false"));
            default -> {
                // Any value: the operation, or the signature's check, reads it.
            }
        }
    }

    private static void oneOf(String name, String value, Set<String> lowerCase) {
        if (!lowerCase.contains(value.toLowerCase(Locale.ROOT))) {
            throw new GatewayException(
                            ErrorCode.INVALID_ARGUMENT, name + " can't be " + value + ".")
                    .with("ArgumentName", name)
                    .with("ArgumentValue", value);
        }
    }

    static GatewayException notHeeded(String name) {
        return new GatewayException(
                        ErrorCode.NOT_IMPLEMENTED,
                        "The header "
                                + name
                                + " asks for something that this operation does not offer; leave"
                                + " it out if you can do without.")
                .with("Header", name);
    }

    @SafeVarargs
    private static Set<String> union(Set<String>... sets) {
        Set<String> all = new HashSet<>();
        for (Set<String> set : sets) {
            all.addAll(set);
        }
        return Set.copyOf(all);
    }
}
