package io.millrace.store.uploads;

import io.millrace.kit.ChecksumAlgorithm;
import io.millrace.store.content.PartRow;
import java.time.Instant;
import java.util.Map;

/**
 * One stored part.
 *
 * @param number 1 to 10,000
 * @param etag the MD5 in lower-case hex, without quotes
 * @param checksums those that it was sent with
 */
public record PartInfo(
        int number,
        long sizeBytes,
        String etag,
        long crc64,
        Instant lastModified,
        Map<ChecksumAlgorithm, byte[]> checksums) {
    public static PartInfo of(int number, PartRow row) {
        Instant modified = Instant.ofEpochMilli(row.modifiedMillis());
        return new PartInfo(
                number, row.sizeBytes(), row.etag(), row.crc64(), modified, row.checksums());
    }
}
