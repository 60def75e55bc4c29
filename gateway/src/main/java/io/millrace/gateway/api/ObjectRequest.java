package io.millrace.gateway.api;

import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.ReadConditions;
import io.millrace.store.objects.WriteConditions;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a request on the object door asks for, as far as its line and its headers say: bucket and
 * key decoded once, every parameter checked. The body is the operation's to read.
 */
public sealed interface ObjectRequest {
    /** The operation's name in metrics and logs. */
    default String operation() {
        return getClass().getSimpleName();
    }

    /** A request that names no bucket. */
    sealed interface OnService extends ObjectRequest {}

    /** A request on a bucket. */
    sealed interface OnBucket extends ObjectRequest {
        String bucket();
    }

    /** A request on an object. */
    sealed interface OnObject extends ObjectRequest {
        String bucket();

        String key();
    }

    // --- the service ---

    /** GET /. */
    record ListBuckets(String prefix, String marker, int maxKeys) implements OnService {}

    // --- buckets ---

    /** PUT /bucket. */
    record CreateBucket(String bucket, RequestedAcl acl) implements OnBucket {}

    record DeleteBucket(String bucket) implements OnBucket {}

    record HeadBucket(String bucket) implements OnBucket {}

    /** How a list is to be written. */
    enum ListForm {
        V1,
        V2,
        VERSIONS
    }

    /**
     * GET /bucket, with ?list-type=2 or ?versions.
     *
     * @param after where the page begins: the decoded marker, token or start-after
     * @param marker as the client gave it, to be echoed
     * @param token the continuation token as the client gave it
     * @param urlEncoded whether names are written percent-encoded
     */
    record ListObjects(
            String bucket,
            ListForm form,
            String prefix,
            String delimiter,
            String after,
            String marker,
            @Nullable String token,
            int maxKeys,
            boolean urlEncoded,
            boolean fetchOwner)
            implements OnBucket {

        /** The same for names that begin otherwise. */
        public ListObjects beginning(String other) {
            return new ListObjects(
                    bucket,
                    form,
                    other,
                    delimiter,
                    after,
                    marker,
                    token,
                    maxKeys,
                    urlEncoded,
                    fetchOwner);
        }
    }

    record GetBucketLocation(String bucket) implements OnBucket {}

    record GetBucketInfo(String bucket) implements OnBucket {}

    record GetBucketStat(String bucket) implements OnBucket {}

    record GetBucketAcl(String bucket) implements OnBucket {}

    record PutBucketAcl(String bucket, RequestedAcl acl) implements OnBucket {}

    record GetBucketCors(String bucket) implements OnBucket {}

    record PutBucketCors(String bucket) implements OnBucket {}

    record DeleteBucketCors(String bucket) implements OnBucket {}

    /** GET of a setting that no bucket has yet: answered in the dialect's "not configured" way. */
    record GetBucketSetting(String bucket, BucketSetting setting) implements OnBucket {}

    /** DELETE of a setting that no bucket has: nothing to do. */
    record DeleteBucketSetting(String bucket, BucketSetting setting) implements OnBucket {}

    /** GET /bucket?uploads. */
    record ListUploads(
            String bucket,
            String prefix,
            String delimiter,
            String keyMarker,
            String uploadIdMarker,
            int maxUploads,
            boolean urlEncoded)
            implements OnBucket {}

    /** POST /bucket?delete. */
    record DeleteObjects(String bucket, boolean urlEncoded) implements OnBucket {}

    /** POST /bucket with a multipart form. */
    record PostObject(String bucket, String boundary) implements OnBucket {}

    // --- objects ---

    /**
     * PUT /bucket/key.
     *
     * @param append the position to append at ({@code x-amz-write-offset-bytes}); -1 for a put
     */
    record PutObject(
            String bucket,
            String key,
            ObjectMetadata metadata,
            WriteConditions conditions,
            long append)
            implements OnObject {}

    /** PUT /bucket/key with a copy source. */
    record CopyObject(
            String bucket,
            String key,
            String sourceBucket,
            String sourceKey,
            @Nullable ObjectMetadata replace,
            ReadConditions sourceConditions,
            WriteConditions conditions)
            implements OnObject {}

    /**
     * GET /bucket/key, or HEAD of it.
     *
     * @param partNumber the part that alone is asked for, from 1; 0 for none
     * @param range the Range header's value, or null
     * @param strictRange whether a range past the end is an error also in the OSS dialect
     * @param overrides response headers that the query sets
     */
    record GetObject(
            String bucket,
            String key,
            boolean head,
            int partNumber,
            @Nullable String range,
            @Nullable String ifRange,
            boolean strictRange,
            ReadConditions conditions,
            Map<String, String> overrides)
            implements OnObject {}

    /** HEAD or GET /bucket/key?objectMeta: the few headers that cost least. */
    record GetObjectMeta(String bucket, String key) implements OnObject {}

    record DeleteObject(String bucket, String key, WriteConditions conditions)
            implements OnObject {}

    /** POST /bucket/key?append&position=N. */
    record AppendObject(String bucket, String key, long position, ObjectMetadata metadata)
            implements OnObject {}

    /** POST /bucket/key?seal&position=N. */
    record SealObject(String bucket, String key, long position) implements OnObject {}

    record GetObjectAcl(String bucket, String key) implements OnObject {}

    record PutObjectAcl(String bucket, String key, RequestedAcl acl) implements OnObject {}

    record GetObjectTagging(String bucket, String key) implements OnObject {}

    record DeleteObjectTagging(String bucket, String key) implements OnObject {}

    /**
     * POST /bucket/key?uploads.
     *
     * @param forbidOverwrite no object may be there; completing asks anew, for itself
     */
    record InitiateUpload(
            String bucket,
            String key,
            ObjectMetadata metadata,
            boolean forbidOverwrite,
            boolean urlEncoded)
            implements OnObject {}

    record UploadPart(String bucket, String key, String uploadId, int number) implements OnObject {}

    /**
     * @param from the first byte of the source; 0 without a range
     * @param length how many bytes, -1 for all from there
     */
    record UploadPartCopy(
            String bucket,
            String key,
            String uploadId,
            int number,
            String sourceBucket,
            String sourceKey,
            long from,
            long length,
            ReadConditions sourceConditions)
            implements OnObject {}

    record ListParts(
            String bucket, String key, String uploadId, int after, int maxParts, boolean urlEncoded)
            implements OnObject {}

    /**
     * @param all takes every part that was uploaded (x-oss-complete-all), without a list in the
     *     body
     */
    record CompleteUpload(
            String bucket,
            String key,
            String uploadId,
            boolean all,
            boolean urlEncoded,
            WriteConditions conditions)
            implements OnObject {}

    record AbortUpload(String bucket, String key, String uploadId) implements OnObject {}

    /** GET /bucket/key?x-oss-process=…: the answer is made from the object. */
    record ProcessObject(
            String bucket,
            String key,
            String process,
            boolean head,
            @Nullable String range,
            @Nullable String ifRange,
            boolean strictRange,
            ReadConditions conditions)
            implements OnObject {}

    /** POST /bucket/key?x-oss-process: the result is saved where the process says. */
    record ProcessAndSave(String bucket, String key) implements OnObject {}
}
