package io.millrace.store;

import java.time.Instant;

/**
 * One stored part.
 *
 * @param number 1 to 10,000
 * @param etag the MD5 in lower-case hex, without quotes
 */
public record PartInfo(int number, long sizeBytes, String etag, long crc64, Instant lastModified) {}
