package io.millrace.store.uploads;

import io.millrace.store.objects.ReadConditions;

/**
 * A request to make a part of an object's bytes.
 *
 * @param sourceFrom the first byte
 * @param sourceLength how many bytes, or -1 for all from there
 */
public record UploadPartCopy(
        String bucket,
        String key,
        String uploadId,
        int number,
        String sourceBucket,
        String sourceKey,
        long sourceFrom,
        long sourceLength,
        ReadConditions sourceConditions) {}
