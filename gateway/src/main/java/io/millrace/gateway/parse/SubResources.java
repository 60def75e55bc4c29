package io.millrace.gateway.parse;

import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The names that choose an operation, in either dialect: ours, and those that this server doesn't
 * offer. A test compares them with what the vendors' SDKs can ask for.
 */
final class SubResources {
    private static final Set<String> NOT_OFFERED =
            Set.of(
                    "abac",
                    "accessPoint",
                    "accessPointConfigForObjectProcess",
                    "accessPointForObjectProcess",
                    "accessPointPolicy",
                    "accessPointPolicyForObjectProcess",
                    "accessmonitor",
                    "annotation",
                    "asyncFetch",
                    "attributes",
                    "bucketArchiveDirectRead",
                    "callback",
                    "callback-var",
                    "cleanRestoredObject",
                    "cname",
                    "comp",
                    "dataPipeline",
                    "deleteVectorIndex",
                    "deleteVectors",
                    "getVectorIndex",
                    "getVectors",
                    "httpsConfig",
                    "img",
                    "legal-hold",
                    "legalHold",
                    "listVectorIndexes",
                    "listVectors",
                    "live",
                    "metaQuery",
                    "metadataAnnotationTable",
                    "metadataConfiguration",
                    "metadataInventoryTable",
                    "metadataJournalTable",
                    "metadataTable",
                    "objectWorm",
                    "overwriteConfig",
                    "processConfiguration",
                    "putVectorIndex",
                    "putVectors",
                    "qos",
                    "qosInfo",
                    "queryVectors",
                    "redundancyTransition",
                    "regionList",
                    "regions",
                    "rename",
                    "renameObject",
                    "replicationLocation",
                    "replicationProgress",
                    "resourceGroup",
                    "restore",
                    "retention",
                    "rtc",
                    "select",
                    "select-type",
                    "session",
                    "style",
                    "styleName",
                    "symlink",
                    "torrent",
                    "udf",
                    "udfApplication",
                    "udfApplicationLog",
                    "udfImage",
                    "udfImageDesc",
                    "udfName",
                    "userDefinedLogFieldsConfig",
                    "vector",
                    "vod",
                    "wormExtend",
                    "wormId",
                    // A signed URL says with these who may use it: not to be passed over.
                    "vip",
                    "vpcip",
                    "x-oss-ac-forward-allow",
                    "x-oss-ac-source-ip",
                    "x-oss-ac-subnet-mask",
                    "x-oss-ac-vpc-id",
                    "x-oss-async-process",
                    "x-oss-delete",
                    "x-oss-dir",
                    "x-oss-rename",
                    "x-oss-write-get-object-response");

    private static final Set<String> OFFERED =
            Endpoint.allSelectors().collect(Collectors.toUnmodifiableSet());

    private static final Set<String> IN_ANY_CASE =
            Stream.concat(OFFERED.stream(), NOT_OFFERED.stream())
                    .map(SubResources::lower)
                    .collect(Collectors.toUnmodifiableSet());

    private SubResources() {}

    /** Whether the name chooses an operation here. */
    static boolean offered(String name) {
        return OFFERED.contains(name);
    }

    /** Whether the name, however its letters are written, is a sub-resource of either dialect. */
    static boolean known(String name) {
        return IN_ANY_CASE.contains(lower(name));
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
