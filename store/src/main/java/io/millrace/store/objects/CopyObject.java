package io.millrace.store.objects;

import org.jspecify.annotations.Nullable;

/**
 * A request to make an object of another's bytes, without copying them.
 *
 * @param replace the new object's metadata; null keeps the source's
 * @param sourceConditions judged against the source
 * @param conditions judged against what is at the destination
 */
public record CopyObject(
        String sourceBucket,
        String sourceKey,
        String bucket,
        String key,
        @Nullable ObjectMetadata replace,
        ReadConditions sourceConditions,
        WriteConditions conditions) {
    public static CopyObject of(String sourceBucket, String sourceKey, String bucket, String key) {
        return new CopyObject(
                sourceBucket,
                sourceKey,
                bucket,
                key,
                null,
                ReadConditions.NONE,
                WriteConditions.NONE);
    }

    public CopyObject with(@Nullable ObjectMetadata replace) {
        return new CopyObject(
                sourceBucket, sourceKey, bucket, key, replace, sourceConditions, conditions);
    }

    public CopyObject with(ReadConditions sourceConditions) {
        return new CopyObject(
                sourceBucket, sourceKey, bucket, key, replace, sourceConditions, conditions);
    }

    public CopyObject with(WriteConditions conditions) {
        return new CopyObject(
                sourceBucket, sourceKey, bucket, key, replace, sourceConditions, conditions);
    }
}
