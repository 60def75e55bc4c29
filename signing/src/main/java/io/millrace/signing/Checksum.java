package io.millrace.signing;

import java.security.MessageDigest;
import java.util.Base64;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** The five checksums of the S3 API, by their header names. An instance serves one body. */
abstract sealed class Checksum {

    abstract void update(byte[] bytes, int offset, int length);

    abstract byte[] value();

    String base64() {
        return Base64.getEncoder().encodeToString(value());
    }

    /**
     * The checksum that a header or trailer of that lower-case name carries; null for another name.
     */
    static @Nullable Checksum of(String headerName) {
        return switch (headerName) {
            case "x-amz-checksum-crc32" -> new Crc(new CRC32());
            case "x-amz-checksum-crc32c" -> new Crc(new CRC32C());
            case "x-amz-checksum-crc64nvme" -> new Nvme();
            case "x-amz-checksum-sha1" -> new Digest("SHA-1");
            case "x-amz-checksum-sha256" -> new Digest("SHA-256");
            default -> null;
        };
    }

    private static final class Crc extends Checksum {
        private final java.util.zip.Checksum crc;

        Crc(java.util.zip.Checksum crc) {
            this.crc = crc;
        }

        @Override
        void update(byte[] bytes, int offset, int length) {
            crc.update(bytes, offset, length);
        }

        @Override
        byte[] value() {
            int v = (int) crc.getValue();
            return new byte[] {(byte) (v >>> 24), (byte) (v >>> 16), (byte) (v >>> 8), (byte) v};
        }
    }

    private static final class Nvme extends Checksum {
        private final Crc64Nvme crc = new Crc64Nvme();

        @Override
        void update(byte[] bytes, int offset, int length) {
            crc.update(bytes, offset, length);
        }

        @Override
        byte[] value() {
            return java.nio.ByteBuffer.allocate(8).putLong(crc.value()).array();
        }
    }

    private static final class Digest extends Checksum {
        private final MessageDigest digest;

        Digest(String name) {
            digest = Hashes.digest(name);
        }

        @Override
        void update(byte[] bytes, int offset, int length) {
            digest.update(bytes, offset, length);
        }

        @Override
        byte[] value() {
            return digest.digest();
        }
    }
}
