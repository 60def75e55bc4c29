package io.millrace.store.objects;

import io.millrace.store.content.ExpectedDigests;

/**
 * A request to store one object whole.
 *
 * @param sizeBytes how many bytes the body has, or -1 when unknown until it ends
 */
public record PutObject(
        String bucket,
        String key,
        long sizeBytes,
        ObjectMetadata metadata,
        ExpectedDigests expected,
        WriteConditions conditions) {
    public static PutObject of(String bucket, String key, long sizeBytes) {
        return new PutObject(
                bucket,
                key,
                sizeBytes,
                ObjectMetadata.NONE,
                ExpectedDigests.NONE,
                WriteConditions.NONE);
    }

    public PutObject with(ObjectMetadata metadata) {
        return new PutObject(bucket, key, sizeBytes, metadata, expected, conditions);
    }

    public PutObject with(ExpectedDigests expected) {
        return new PutObject(bucket, key, sizeBytes, metadata, expected, conditions);
    }

    public PutObject with(WriteConditions conditions) {
        return new PutObject(bucket, key, sizeBytes, metadata, expected, conditions);
    }
}
