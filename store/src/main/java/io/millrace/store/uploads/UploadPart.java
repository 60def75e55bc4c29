package io.millrace.store.uploads;

import io.millrace.kit.ChecksumAlgorithm;
import io.millrace.store.content.ExpectedDigests;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A request to store one part.
 *
 * @param number 1 to 10,000; a part uploaded again replaces the earlier one
 * @param sizeBytes how many bytes the body has, or -1 when unknown until it ends
 * @param checksums those that the body was sent with and has; asked once it has been read
 */
public record UploadPart(
        String bucket,
        String key,
        String uploadId,
        int number,
        long sizeBytes,
        ExpectedDigests expected,
        Supplier<Map<ChecksumAlgorithm, byte[]>> checksums) {
    /** A part that is sent without checksums. */
    public UploadPart(
            String bucket,
            String key,
            String uploadId,
            int number,
            long sizeBytes,
            ExpectedDigests expected) {
        this(bucket, key, uploadId, number, sizeBytes, expected, Map::of);
    }
}
