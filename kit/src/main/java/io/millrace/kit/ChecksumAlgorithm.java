package io.millrace.kit;

import java.nio.ByteBuffer;

/** The checksums of the S3 API, in its own words. */
public enum ChecksumAlgorithm {
    CRC32(1, 4, 0xEDB88320L),
    CRC32C(2, 4, 0x82F63B78L),
    CRC64NVME(3, 8, Crc64Nvme.POLYNOMIAL),
    SHA1(4, 20, 0),
    SHA256(5, 32, 0);

    private final int code;
    private final int bytes;
    private final long polynomial;

    ChecksumAlgorithm(int code, int bytes, long polynomial) {
        this.code = code;
        this.bytes = bytes;
        this.polynomial = polynomial;
    }

    /** What it is in a record on disk. */
    public int code() {
        return code;
    }

    /** How long a checksum is. */
    public int bytes() {
        return bytes;
    }

    /** Whether the checksum of a whole follows from those of its parts. */
    public boolean combines() {
        return polynomial != 0;
    }

    /**
     * The checksum of A followed by B, from A's, B's and B's length in bytes: what zeros in B's
     * place would make of A's, and B's (zlib's crc32_combine).
     */
    public byte[] combine(byte[] a, byte[] b, long lengthB) {
        if (!combines()) {
            throw new IllegalArgumentException(this + " of parts gives none of the whole");
        }
        long shifted = times(zeros(lengthB), number(a));
        long sum = shifted ^ number(b);
        return bytes == 8
                ? ByteBuffer.allocate(8).putLong(sum).array()
                : ByteBuffer.allocate(4).putInt((int) sum).array();
    }

    private long number(byte[] value) {
        return bytes == 8
                ? ByteBuffer.wrap(value).getLong()
                : Integer.toUnsignedLong(ByteBuffer.wrap(value).getInt());
    }

    /** x to the power of 8 n, modulo the polynomial; the highest bit stands for 1. */
    private long zeros(long n) {
        long product = 1L << (8 * bytes - 1);
        // x^8, then its squares.
        long power = 1L << (8 * bytes - 9);
        for (long left = n; left != 0; left >>>= 1) {
            if ((left & 1) != 0) {
                product = times(power, product);
            }
            power = times(power, power);
        }
        return product;
    }

    /** The product of two reflected polynomials. */
    private long times(long a, long b) {
        long product = 0;
        long shifted = b;
        for (long bit = 1L << (8 * bytes - 1); bit != 0; bit >>>= 1) {
            if ((a & bit) != 0) {
                product ^= shifted;
            }
            shifted = (shifted & 1) != 0 ? (shifted >>> 1) ^ polynomial : shifted >>> 1;
        }
        return product;
    }
}
