package io.millrace.gateway.parse;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The query name {@code x-id}, in which the AWS SDKs name some of their operations. What is asked
 * for follows from the rest of the request; a name that says something else is refused there.
 */
final class OperationId {
    static final String NAME = "x-id";

    private OperationId() {}

    /** Whether a value names what the endpoint does. */
    static boolean fits(Endpoint endpoint, @Nullable String value) {
        if (value == null) {
            return false;
        }
        return switch (endpoint) {
            case GET_BUCKET_SETTING ->
                    value.startsWith("GetBucket") || value.startsWith("ListBucket");
            case DELETE_BUCKET_SETTING -> value.startsWith("DeleteBucket");
            default -> names(endpoint).contains(value);
        };
    }

    /** As S3's API calls it; none for what only OSS has. */
    private static Set<String> names(Endpoint endpoint) {
        return switch (endpoint) {
            case LIST_BUCKETS -> Set.of("ListBuckets");
            case CREATE_BUCKET -> Set.of("CreateBucket");
            case DELETE_BUCKET -> Set.of("DeleteBucket");
            case HEAD_BUCKET -> Set.of("HeadBucket");
            case LIST_OBJECTS -> Set.of("ListObjects");
            case LIST_OBJECTS_V2 -> Set.of("ListObjectsV2");
            case LIST_VERSIONS -> Set.of("ListObjectVersions");
            case LIST_UPLOADS -> Set.of("ListMultipartUploads");
            case GET_BUCKET_LOCATION -> Set.of("GetBucketLocation");
            case GET_BUCKET_ACL -> Set.of("GetBucketAcl");
            case PUT_BUCKET_ACL -> Set.of("PutBucketAcl");
            case GET_BUCKET_CORS -> Set.of("GetBucketCors");
            case PUT_BUCKET_CORS -> Set.of("PutBucketCors");
            case DELETE_BUCKET_CORS -> Set.of("DeleteBucketCors");
            case DELETE_OBJECTS -> Set.of("DeleteObjects");
            case GET_OBJECT, PROCESS_OBJECT -> Set.of("GetObject");
            case HEAD_OBJECT, HEAD_PROCESSED -> Set.of("HeadObject");
            case PUT_OBJECT -> Set.of("PutObject", "CopyObject");
            case DELETE_OBJECT -> Set.of("DeleteObject");
            case GET_OBJECT_ACL -> Set.of("GetObjectAcl");
            case PUT_OBJECT_ACL -> Set.of("PutObjectAcl");
            case GET_OBJECT_TAGGING -> Set.of("GetObjectTagging");
            case DELETE_OBJECT_TAGGING -> Set.of("DeleteObjectTagging");
            case INITIATE_UPLOAD -> Set.of("CreateMultipartUpload");
            case UPLOAD_PART -> Set.of("UploadPart", "UploadPartCopy");
            case LIST_PARTS -> Set.of("ListParts");
            case COMPLETE_UPLOAD -> Set.of("CompleteMultipartUpload");
            case ABORT_UPLOAD -> Set.of("AbortMultipartUpload");
            case GET_BUCKET_INFO,
                    GET_BUCKET_STAT,
                    GET_BUCKET_SETTING,
                    DELETE_BUCKET_SETTING,
                    POST_OBJECT,
                    GET_OBJECT_META,
                    HEAD_OBJECT_META,
                    PROCESS_AND_SAVE,
                    APPEND_OBJECT,
                    SEAL_OBJECT ->
                    Set.of();
        };
    }
}
