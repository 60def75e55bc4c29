package io.millrace.kit;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/** One of the S3 API's checksums while its bytes come. Not thread-safe; one instance a body. */
public abstract sealed class Checksum {

    public abstract void update(byte[] bytes, int offset, int length);

    /** The checksum of all bytes so far; the last call. */
    public abstract byte[] value();

    /** The same as headers carry it. */
    public String base64() {
        return Base64.getEncoder().encodeToString(value());
    }

    /** A fresh one. */
    public static Checksum of(ChecksumAlgorithm algorithm) {
        return switch (algorithm) {
            case CRC32 -> new Crc(new CRC32());
            case CRC32C -> new Crc(new CRC32C());
            case CRC64NVME -> new Nvme();
            case SHA1 -> new Digest("SHA-1");
            case SHA256 -> new Digest("SHA-256");
        };
    }

    /** The checksum of these bytes. */
    public static byte[] of(ChecksumAlgorithm algorithm, byte[] bytes) {
        Checksum checksum = of(algorithm);
        checksum.update(bytes, 0, bytes.length);
        return checksum.value();
    }

    private static final class Crc extends Checksum {
        private final java.util.zip.Checksum crc;

        Crc(java.util.zip.Checksum crc) {
            this.crc = crc;
        }

        @Override
        public void update(byte[] bytes, int offset, int length) {
            crc.update(bytes, offset, length);
        }

        @Override
        public byte[] value() {
            int v = (int) crc.getValue();
            return new byte[] {(byte) (v >>> 24), (byte) (v >>> 16), (byte) (v >>> 8), (byte) v};
        }
    }

    private static final class Nvme extends Checksum {
        private final Crc64Nvme crc = new Crc64Nvme();

        @Override
        public void update(byte[] bytes, int offset, int length) {
            crc.update(bytes, offset, length);
        }

        @Override
        public byte[] value() {
            return java.nio.ByteBuffer.allocate(8).putLong(crc.value()).array();
        }
    }

    private static final class Digest extends Checksum {
        private final MessageDigest digest;

        Digest(String name) {
            try {
                digest = MessageDigest.getInstance(name);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JDK has " + name, e);
            }
        }

        @Override
        public void update(byte[] bytes, int offset, int length) {
            digest.update(bytes, offset, length);
        }

        @Override
        public byte[] value() {
            return digest.digest();
        }
    }
}
