package io.millrace.kit;

/**
 * CRC-64/ECMA-182, reflected (CRC-64/XZ): the checksum that the OSS API calls {@code crc64ecma}.
 *
 * <p>Polynomial 0xC96C5795D7870F42, initial value and final XOR all ones; the check value of
 * "123456789" is 0x995DC9BBDF1939FA. Slice-by-16 tables; {@link #combine} joins two checksums
 * without the bytes (the matrix method of zlib's crc32_combine). Not thread-safe; one instance a
 * stream.
 */
public final class Crc64 {
    private static final long POLYNOMIAL = 0xC96C5795D7870F42L;
    private static final long[][] TABLES = tables();

    private long crc = ~0L;

    /** Starts at the checksum of no bytes, 0. */
    public Crc64() {}

    /** Continues from the checksum of the bytes that came before. */
    public Crc64(long value) {
        this.crc = ~value;
    }

    private static long[][] tables() {
        long[][] tables = new long[16][256];
        for (int n = 0; n < 256; n++) {
            long c = n;
            for (int k = 0; k < 8; k++) {
                c = (c & 1) != 0 ? (c >>> 1) ^ POLYNOMIAL : c >>> 1;
            }
            tables[0][n] = c;
        }
        for (int n = 0; n < 256; n++) {
            long c = tables[0][n];
            for (int k = 1; k < 16; k++) {
                c = tables[0][(int) c & 0xff] ^ (c >>> 8);
                tables[k][n] = c;
            }
        }
        return tables;
    }

    public void update(byte[] bytes, int offset, int length) {
        java.util.Objects.checkFromIndexSize(offset, length, bytes.length);
        long c = crc;
        int i = offset;
        int end = offset + length;
        while (end - i >= 16) {
            c ^= littleEndian(bytes, i);
            long d = littleEndian(bytes, i + 8);
            c =
                    TABLES[15][(int) c & 0xff]
                            ^ TABLES[14][(int) (c >>> 8) & 0xff]
                            ^ TABLES[13][(int) (c >>> 16) & 0xff]
                            ^ TABLES[12][(int) (c >>> 24) & 0xff]
                            ^ TABLES[11][(int) (c >>> 32) & 0xff]
                            ^ TABLES[10][(int) (c >>> 40) & 0xff]
                            ^ TABLES[9][(int) (c >>> 48) & 0xff]
                            ^ TABLES[8][(int) (c >>> 56)]
                            ^ TABLES[7][(int) d & 0xff]
                            ^ TABLES[6][(int) (d >>> 8) & 0xff]
                            ^ TABLES[5][(int) (d >>> 16) & 0xff]
                            ^ TABLES[4][(int) (d >>> 24) & 0xff]
                            ^ TABLES[3][(int) (d >>> 32) & 0xff]
                            ^ TABLES[2][(int) (d >>> 40) & 0xff]
                            ^ TABLES[1][(int) (d >>> 48) & 0xff]
                            ^ TABLES[0][(int) (d >>> 56)];
            i += 16;
        }
        while (i < end) {
            c = TABLES[0][((int) c ^ bytes[i++]) & 0xff] ^ (c >>> 8);
        }
        crc = c;
    }

    /** The checksum so far, an unsigned 64-bit number ({@link Long#toUnsignedString}). */
    public long value() {
        return ~crc;
    }

    /** The checksum of a whole array. */
    public static long of(byte[] bytes) {
        Crc64 crc = new Crc64();
        crc.update(bytes, 0, bytes.length);
        return crc.value();
    }

    /** The checksum of A followed by B, from A's checksum, B's checksum and B's length in bytes. */
    public static long combine(long crcA, long crcB, long lengthB) {
        long crc = crcA;
        for (long left = lengthB; left != 0; left &= left - 1) {
            crc = times(Zeros.BYTES[Long.numberOfTrailingZeros(left)], crc);
        }
        return crc ^ crcB;
    }

    /** What 2^k bytes of zeros do to a checksum, as a matrix over GF(2), for k up to 62. */
    private static final class Zeros {
        static final long[][] BYTES = new long[63][];

        static {
            long[] bit = new long[64];
            bit[0] = POLYNOMIAL;
            for (int n = 1; n < 64; n++) {
                bit[n] = 1L << (n - 1);
            }
            long[] power = squared(squared(squared(bit)));
            for (int k = 0; k < BYTES.length; k++) {
                BYTES[k] = power;
                power = squared(power);
            }
        }
    }

    private static long times(long[] matrix, long vector) {
        long sum = 0;
        int n = 0;
        for (long v = vector; v != 0; v >>>= 1, n++) {
            if ((v & 1) != 0) {
                sum ^= matrix[n];
            }
        }
        return sum;
    }

    private static long[] squared(long[] matrix) {
        long[] square = new long[64];
        for (int n = 0; n < 64; n++) {
            square[n] = times(matrix, matrix[n]);
        }
        return square;
    }

    private static final java.lang.invoke.VarHandle LITTLE_ENDIAN_LONG =
            java.lang.invoke.MethodHandles.byteArrayViewVarHandle(
                    long[].class, java.nio.ByteOrder.LITTLE_ENDIAN);

    private static long littleEndian(byte[] bytes, int at) {
        return (long) LITTLE_ENDIAN_LONG.get(bytes, at);
    }
}
