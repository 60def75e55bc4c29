package io.millrace.store.uploads;

import io.millrace.kit.ChecksumAlgorithm;
import io.millrace.store.content.ExpectedDigests;
import io.millrace.store.objects.WriteConditions;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request to make one object of an upload's parts.
 *
 * @param parts in rising order of their numbers; none makes an empty object of an upload without
 *     parts
 * @param all takes all parts that were uploaded (the OSS header x-oss-complete-all), and {@code
 *     parts} is empty
 * @param expected the CRC64 of the whole object is checked; the other digests are not
 * @param checksum one of S3's checksums that the object must have, or null
 * @param sizeBytes how many bytes the object must have; -1 when the client doesn't say
 * @param etag how the object's ETag is made of those of the parts
 */
public record CompleteUpload(
        String bucket,
        String key,
        String uploadId,
        List<NamedPart> parts,
        boolean all,
        ExpectedDigests expected,
        WriteConditions conditions,
        @Nullable ObjectChecksum checksum,
        long sizeBytes,
        PartsEtag etag) {
    /** What the MD5 in the ETag of a completed upload is taken of; {@code -N} follows it. */
    public enum PartsEtag {
        /** The parts' digests, 16 bytes each: S3. */
        DIGESTS,
        /** The parts' ETags, 32 upper-case hex digits each: OSS. */
        UPPER_CASE_HEX
    }

    /**
     * A part as the client names it.
     *
     * @param etag without quotes
     * @param checksums that the part must have
     */
    public record NamedPart(int number, String etag, Map<ChecksumAlgorithm, byte[]> checksums) {
        public NamedPart {
            checksums = Map.copyOf(checksums);
        }

        public NamedPart(int number, String etag) {
            this(number, etag, Map.of());
        }
    }

    /** One of S3 that says nothing of checksums and size, and takes all parts if it names none. */
    public CompleteUpload(
            String bucket,
            String key,
            String uploadId,
            List<NamedPart> parts,
            ExpectedDigests expected,
            WriteConditions conditions) {
        this(
                bucket,
                key,
                uploadId,
                parts,
                parts.isEmpty(),
                expected,
                conditions,
                null,
                -1,
                PartsEtag.DIGESTS);
    }

    public CompleteUpload {
        parts = List.copyOf(parts);
        if (all && !parts.isEmpty()) {
            throw new IllegalArgumentException("all parts are taken, or those that are named");
        }
    }
}
