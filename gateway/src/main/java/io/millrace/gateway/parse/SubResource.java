package io.millrace.gateway.parse;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import java.util.Set;

/**
 * Tells sub-resources ({@code ?acl}, {@code ?uploadId=…}) from plain parameters. A name without a
 * value that nobody knows counts as a sub-resource, so that a request for a feature that is not
 * here is answered 501 and never taken for a plain object.
 */
final class SubResource {
    /** No sub-resource: the bucket or the object itself. */
    static final String NONE = "";

    private static final Set<String> WITH_VALUE =
            Set.of(
                    "acl",
                    "accelerate",
                    "analytics",
                    "append",
                    "asyncFetch",
                    "attributes",
                    "bucketArchiveDirectRead",
                    "bucketInfo",
                    "callback",
                    "cname",
                    "comp",
                    "cors",
                    "delete",
                    "encryption",
                    "httpsConfig",
                    "img",
                    "intelligent-tiering",
                    "inventory",
                    "legal-hold",
                    "lifecycle",
                    "live",
                    "location",
                    "logging",
                    "metaQuery",
                    "metrics",
                    "notification",
                    "object-lock",
                    "objectMeta",
                    "ownershipControls",
                    "policy",
                    "policyStatus",
                    "processConfiguration",
                    "publicAccessBlock",
                    "qos",
                    "qosInfo",
                    "redundancyTransition",
                    "referer",
                    "rename",
                    "renameObject",
                    "replication",
                    "requestPayment",
                    "resourceGroup",
                    "restore",
                    "retention",
                    "rtc",
                    "seal",
                    "select",
                    "session",
                    "stat",
                    "style",
                    "symlink",
                    "tagging",
                    "torrent",
                    "transferAcceleration",
                    "udf",
                    "uploadId",
                    "uploads",
                    "versioning",
                    "versions",
                    "vod",
                    "website",
                    "worm",
                    "wormExtend",
                    "wormId",
                    "x-oss-async-process",
                    "x-oss-process");

    private static final Set<String> PLAIN =
            Set.of(
                    "prefix",
                    "delimiter",
                    "marker",
                    "max-keys",
                    "encoding-type",
                    "list-type",
                    "continuation-token",
                    "start-after",
                    "fetch-owner",
                    "key-marker",
                    "version-id-marker",
                    "upload-id-marker",
                    "max-uploads",
                    "max-parts",
                    "part-number-marker",
                    "partNumber",
                    "position",
                    "versionId",
                    "x-id",
                    "security-token");

    private SubResource() {}

    /** The one sub-resource that the query names, or {@link #NONE}. */
    static String of(Query query) {
        String found = NONE;
        for (Query.Parameter parameter : query.parameters()) {
            String name = parameter.name();
            boolean sub =
                    WITH_VALUE.contains(name)
                            || (parameter.value() == null
                                    && !PLAIN.contains(name)
                                    && !name.startsWith("response-")
                                    && !name.startsWith("x-")
                                    && !name.startsWith("X-"));
            if (!sub || name.equals("callback")) {
                continue;
            }
            if (!found.equals(NONE) && !found.equals(name)) {
                throw new GatewayException(
                                ErrorCode.INVALID_ARGUMENT,
                                "The sub-resources "
                                        + found
                                        + " and "
                                        + name
                                        + " don't go together.")
                        .with("ArgumentName", name);
            }
            found = name;
        }
        return found;
    }

    /** The answer to a sub-resource that this server does not have. */
    static GatewayException notImplemented(String method, String name) {
        return new GatewayException(
                        ErrorCode.NOT_IMPLEMENTED,
                        "This server does not offer " + method + " ?" + name + " yet.")
                .with("Header", name);
    }
}
