package io.millrace.store.uploads;

import io.millrace.store.content.ExpectedDigests;

/**
 * A request to store one part.
 *
 * @param number 1 to 10,000; a part uploaded again replaces the earlier one
 * @param sizeBytes how many bytes the body has, or -1 when unknown until it ends
 */
public record UploadPart(
        String bucket,
        String key,
        String uploadId,
        int number,
        long sizeBytes,
        ExpectedDigests expected) {}
