package io.millrace.store.uploads;

/**
 * A request for one page of a bucket's open uploads, by key, then by upload id.
 *
 * @param afterKey "" from the start
 * @param afterUploadId with {@code afterKey}: only later uploads of that key; "" skips all of that
 *     key's uploads
 */
public record ListUploads(
        String bucket,
        String prefix,
        String delimiter,
        String afterKey,
        String afterUploadId,
        int limit) {}
