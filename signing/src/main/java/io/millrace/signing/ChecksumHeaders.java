package io.millrace.signing;

import io.millrace.kit.Checksum;
import io.millrace.kit.ChecksumAlgorithm;
import org.jspecify.annotations.Nullable;

/** The headers and trailers {@code x-amz-checksum-…} that carry a checksum of the body. */
public final class ChecksumHeaders {
    private ChecksumHeaders() {}

    /** What the header or trailer of that lower-case name carries; null for another name. */
    public static @Nullable ChecksumAlgorithm algorithm(String headerName) {
        return switch (headerName) {
            case "x-amz-checksum-crc32" -> ChecksumAlgorithm.CRC32;
            case "x-amz-checksum-crc32c" -> ChecksumAlgorithm.CRC32C;
            case "x-amz-checksum-crc64nvme" -> ChecksumAlgorithm.CRC64NVME;
            case "x-amz-checksum-sha1" -> ChecksumAlgorithm.SHA1;
            case "x-amz-checksum-sha256" -> ChecksumAlgorithm.SHA256;
            default -> null;
        };
    }

    /** A fresh checksum of that kind; null for another name. */
    static @Nullable Checksum begin(String headerName) {
        ChecksumAlgorithm algorithm = algorithm(headerName);
        return algorithm == null ? null : Checksum.of(algorithm);
    }
}
