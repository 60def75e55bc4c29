package io.millrace.store.objects;

import io.millrace.store.content.ExpectedDigests;

/**
 * A request to add bytes at the end of an appendable object, or to make one (position 0 of an
 * absent key).
 *
 * @param position the length that the object must have
 * @param sizeBytes how many bytes the body has, or -1 when unknown until it ends
 * @param metadata of the object; kept from the append that makes it, later ones are ignored
 * @param expected digests of these bytes alone
 */
public record AppendObject(
        String bucket,
        String key,
        long position,
        long sizeBytes,
        ObjectMetadata metadata,
        ExpectedDigests expected) {
    public static AppendObject of(String bucket, String key, long position, long sizeBytes) {
        return new AppendObject(
                bucket, key, position, sizeBytes, ObjectMetadata.NONE, ExpectedDigests.NONE);
    }

    public AppendObject with(ObjectMetadata metadata) {
        return new AppendObject(bucket, key, position, sizeBytes, metadata, expected);
    }

    public AppendObject with(ExpectedDigests expected) {
        return new AppendObject(bucket, key, position, sizeBytes, metadata, expected);
    }
}
