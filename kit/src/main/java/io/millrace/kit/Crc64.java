package io.millrace.kit;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * CRC-64/ECMA-182, reflected (CRC-64/XZ): the checksum that the OSS API calls {@code crc64ecma}.
 *
 * <p>Polynomial 0xC96C5795D7870F42, initial value and final XOR all ones; the check value of
 * "123456789" is 0x995DC9BBDF1939FA. Six words at a time, each in a lane of its own, so that no
 * table look-up waits for the last (the braids of zlib's crc32); {@link #combine} joins two
 * checksums without the bytes (the matrix method of its crc32_combine). Not thread-safe; one
 * instance a stream.
 */
public final class Crc64 {
    private static final long POLYNOMIAL = 0xC96C5795D7870F42L;
    private static final VarHandle LITTLE_ENDIAN_LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int LANES = 6;
    private static final int ROUND_BYTES = LANES * Long.BYTES;

    /** What a word does to the words after it: the n-th byte's 256 values at 256 n. */
    private static final long[] NEXT = table(Long.BYTES);

    /** What a word does to the one in the same lane of the next round. */
    private static final long[] NEXT_ROUND = table(ROUND_BYTES);

    private long crc = ~0L;

    /** Starts at the checksum of no bytes, 0. */
    public Crc64() {}

    /** Continues from the checksum of the bytes that came before. */
    public Crc64(long value) {
        this.crc = ~value;
    }

    /** For each byte of a word, {@code distance} bytes before the place where it takes effect. */
    private static long[] table(int distance) {
        long[] table = new long[Long.BYTES * 256];
        for (int at = 0; at < Long.BYTES; at++) {
            for (int value = 0; value < 256; value++) {
                long c = value;
                for (int bit = 0; bit < 8 * (distance - at); bit++) {
                    c = (c & 1) != 0 ? (c >>> 1) ^ POLYNOMIAL : c >>> 1;
                }
                table[at * 256 + value] = c;
            }
        }
        return table;
    }

    public void update(byte[] bytes, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        int end = offset + length;
        int at = offset;
        long c = crc;
        if (length >= 2 * ROUND_BYTES) {
            int last = end - 2 * ROUND_BYTES;
            long c1 = 0;
            long c2 = 0;
            long c3 = 0;
            long c4 = 0;
            long c5 = 0;
            for (; at <= last; at += ROUND_BYTES) {
                c = step(NEXT_ROUND, c ^ word(bytes, at));
                c1 = step(NEXT_ROUND, c1 ^ word(bytes, at + 8));
                c2 = step(NEXT_ROUND, c2 ^ word(bytes, at + 16));
                c3 = step(NEXT_ROUND, c3 ^ word(bytes, at + 24));
                c4 = step(NEXT_ROUND, c4 ^ word(bytes, at + 32));
                c5 = step(NEXT_ROUND, c5 ^ word(bytes, at + 40));
            }
            c = step(NEXT, c ^ word(bytes, at));
            c = step(NEXT, c ^ c1 ^ word(bytes, at + 8));
            c = step(NEXT, c ^ c2 ^ word(bytes, at + 16));
            c = step(NEXT, c ^ c3 ^ word(bytes, at + 24));
            c = step(NEXT, c ^ c4 ^ word(bytes, at + 32));
            c = step(NEXT, c ^ c5 ^ word(bytes, at + 40));
            at += ROUND_BYTES;
        }
        for (; end - at >= Long.BYTES; at += Long.BYTES) {
            c = step(NEXT, c ^ word(bytes, at));
        }
        while (at < end) {
            c = NEXT[7 * 256 + ((int) (c ^ bytes[at++]) & 0xff)] ^ (c >>> 8);
        }
        crc = c;
    }

    /** What the eight bytes of a word do at the distance that the table is for. */
    private static long step(long[] t, long word) {
        return t[(int) word & 0xff]
                ^ t[256 + ((int) (word >>> 8) & 0xff)]
                ^ t[512 + ((int) (word >>> 16) & 0xff)]
                ^ t[768 + ((int) (word >>> 24) & 0xff)]
                ^ t[1024 + ((int) (word >>> 32) & 0xff)]
                ^ t[1280 + ((int) (word >>> 40) & 0xff)]
                ^ t[1536 + ((int) (word >>> 48) & 0xff)]
                ^ t[1792 + (int) (word >>> 56)];
    }

    /** What a word that was joined to the register makes of it. */
    static long next(long word) {
        return step(NEXT, word);
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

    private static long word(byte[] bytes, int at) {
        return (long) LITTLE_ENDIAN_LONG.get(bytes, at);
    }
}
