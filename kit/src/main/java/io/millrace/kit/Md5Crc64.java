package io.millrace.kit;

import static java.lang.Integer.rotateLeft;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * MD5 (RFC 1321) and {@link Crc64} of the same bytes, for hardly more than MD5 alone costs.
 *
 * <p>Each step of MD5 waits for the one before, so that half of the processor's units stand idle;
 * the look-ups of CRC64 are put between the steps and take those. Alone, they would cost a quarter
 * of MD5. Not thread-safe; one instance a stream.
 */
public final class Md5Crc64 {
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int BLOCK_BYTES = 64;
    private static final int LENGTH_BYTES = 8;

    /**
     * RFC 1321, 3.4. Read from an array: numbers that the compiler knows are added last, where the
     * next step waits for them.
     */
    private static final int[] T = sines();

    private final byte[] begun = new byte[BLOCK_BYTES];
    private long length;
    private int a = 0x67452301;
    private int b = 0xefcdab89;
    private int c = 0x98badcfe;
    private int d = 0x10325476;

    /** Of whole blocks. */
    private long crc = ~0L;

    private static int[] sines() {
        int[] t = new int[64];
        for (int i = 0; i < t.length; i++) {
            t[i] = (int) (long) (0x1p32 * Math.abs(StrictMath.sin(i + 1)));
        }
        return t;
    }

    public void update(byte[] bytes, int offset, int count) {
        Objects.checkFromIndexSize(offset, count, bytes.length);
        int at = offset;
        int left = count;
        int open = begunBytes();
        length += count;
        if (open > 0) {
            int taken = Math.min(BLOCK_BYTES - open, left);
            System.arraycopy(bytes, at, begun, open, taken);
            at += taken;
            left -= taken;
            if (open + taken < BLOCK_BYTES) {
                return;
            }
            blocks(begun, 0, BLOCK_BYTES);
        }
        int whole = left & -BLOCK_BYTES;
        blocks(bytes, at, at + whole);
        System.arraycopy(bytes, at + whole, begun, 0, left - whole);
    }

    private int begunBytes() {
        return (int) length & (BLOCK_BYTES - 1);
    }

    /** The CRC64 so far, an unsigned 64-bit number. */
    public long crc64() {
        Crc64 all = new Crc64(~crc);
        all.update(begun, 0, begunBytes());
        return all.value();
    }

    /** The 16 bytes of the MD5 so far. More may be updated after it. */
    public byte[] md5() {
        int open = begunBytes();
        int padded = open < BLOCK_BYTES - LENGTH_BYTES ? BLOCK_BYTES : 2 * BLOCK_BYTES;
        byte[] end = new byte[padded];
        System.arraycopy(begun, 0, end, 0, open);
        end[open] = (byte) 0x80;
        LONG.set(end, padded - LENGTH_BYTES, length << 3);
        Md5Crc64 last = new Md5Crc64();
        last.a = a;
        last.b = b;
        last.c = c;
        last.d = d;
        last.blocks(end, 0, padded);
        byte[] digest = new byte[16];
        INT.set(digest, 0, last.a);
        INT.set(digest, 4, last.b);
        INT.set(digest, 8, last.c);
        INT.set(digest, 12, last.d);
        return digest;
    }

    private static int f(int x, int y, int z) {
        return z ^ (x & (y ^ z));
    }

    private static int h(int x, int y, int z) {
        return (y ^ z) ^ x;
    }

    private static int i(int x, int y, int z) {
        return y ^ (x | ~z);
    }

    /** The fence keeps the compiler from gathering the look-ups in one place. */
    private static long word(long crc, byte[] bytes, int at) {
        VarHandle.loadLoadFence();
        return Crc64.next(crc ^ (long) LONG.get(bytes, at));
    }

    private void blocks(byte[] bytes, int from, int to) {
        int[] t = T;
        int a = this.a;
        int b = this.b;
        int c = this.c;
        int d = this.d;
        long crc = this.crc;
        for (int at = from; at < to; at += BLOCK_BYTES) {
            final int oldA = a;
            final int oldB = b;
            final int oldC = c;
            final int oldD = d;
            int x0 = (int) INT.get(bytes, at);
            int x1 = (int) INT.get(bytes, at + 4);
            int x2 = (int) INT.get(bytes, at + 8);
            int x3 = (int) INT.get(bytes, at + 12);
            int x4 = (int) INT.get(bytes, at + 16);
            int x5 = (int) INT.get(bytes, at + 20);
            int x6 = (int) INT.get(bytes, at + 24);
            int x7 = (int) INT.get(bytes, at + 28);
            int x8 = (int) INT.get(bytes, at + 32);
            int x9 = (int) INT.get(bytes, at + 36);
            int x10 = (int) INT.get(bytes, at + 40);
            int x11 = (int) INT.get(bytes, at + 44);
            int x12 = (int) INT.get(bytes, at + 48);
            int x13 = (int) INT.get(bytes, at + 52);
            int x14 = (int) INT.get(bytes, at + 56);
            int x15 = (int) INT.get(bytes, at + 60);
            // Round 1.
            a = b + rotateLeft(a + x0 + t[0] + f(b, c, d), 7);
            d = a + rotateLeft(d + x1 + t[1] + f(a, b, c), 12);
            c = d + rotateLeft(c + x2 + t[2] + f(d, a, b), 17);
            b = c + rotateLeft(b + x3 + t[3] + f(c, d, a), 22);
            crc = word(crc, bytes, at + 0);
            a = b + rotateLeft(a + x4 + t[4] + f(b, c, d), 7);
            d = a + rotateLeft(d + x5 + t[5] + f(a, b, c), 12);
            c = d + rotateLeft(c + x6 + t[6] + f(d, a, b), 17);
            b = c + rotateLeft(b + x7 + t[7] + f(c, d, a), 22);
            a = b + rotateLeft(a + x8 + t[8] + f(b, c, d), 7);
            d = a + rotateLeft(d + x9 + t[9] + f(a, b, c), 12);
            c = d + rotateLeft(c + x10 + t[10] + f(d, a, b), 17);
            b = c + rotateLeft(b + x11 + t[11] + f(c, d, a), 22);
            crc = word(crc, bytes, at + 8);
            a = b + rotateLeft(a + x12 + t[12] + f(b, c, d), 7);
            d = a + rotateLeft(d + x13 + t[13] + f(a, b, c), 12);
            c = d + rotateLeft(c + x14 + t[14] + f(d, a, b), 17);
            b = c + rotateLeft(b + x15 + t[15] + f(c, d, a), 22);
            // Round 2: (b & d) | (c & ~d), of which what the last step made is added last.
            a = b + rotateLeft(a + x1 + t[16] + (c & ~d) + (b & d), 5);
            d = a + rotateLeft(d + x6 + t[17] + (b & ~c) + (a & c), 9);
            c = d + rotateLeft(c + x11 + t[18] + (a & ~b) + (d & b), 14);
            b = c + rotateLeft(b + x0 + t[19] + (d & ~a) + (c & a), 20);
            crc = word(crc, bytes, at + 16);
            a = b + rotateLeft(a + x5 + t[20] + (c & ~d) + (b & d), 5);
            d = a + rotateLeft(d + x10 + t[21] + (b & ~c) + (a & c), 9);
            c = d + rotateLeft(c + x15 + t[22] + (a & ~b) + (d & b), 14);
            b = c + rotateLeft(b + x4 + t[23] + (d & ~a) + (c & a), 20);
            a = b + rotateLeft(a + x9 + t[24] + (c & ~d) + (b & d), 5);
            d = a + rotateLeft(d + x14 + t[25] + (b & ~c) + (a & c), 9);
            c = d + rotateLeft(c + x3 + t[26] + (a & ~b) + (d & b), 14);
            b = c + rotateLeft(b + x8 + t[27] + (d & ~a) + (c & a), 20);
            crc = word(crc, bytes, at + 24);
            a = b + rotateLeft(a + x13 + t[28] + (c & ~d) + (b & d), 5);
            d = a + rotateLeft(d + x2 + t[29] + (b & ~c) + (a & c), 9);
            c = d + rotateLeft(c + x7 + t[30] + (a & ~b) + (d & b), 14);
            b = c + rotateLeft(b + x12 + t[31] + (d & ~a) + (c & a), 20);
            // Round 3.
            a = b + rotateLeft(a + x5 + t[32] + h(b, c, d), 4);
            d = a + rotateLeft(d + x8 + t[33] + h(a, b, c), 11);
            c = d + rotateLeft(c + x11 + t[34] + h(d, a, b), 16);
            b = c + rotateLeft(b + x14 + t[35] + h(c, d, a), 23);
            crc = word(crc, bytes, at + 32);
            a = b + rotateLeft(a + x1 + t[36] + h(b, c, d), 4);
            d = a + rotateLeft(d + x4 + t[37] + h(a, b, c), 11);
            c = d + rotateLeft(c + x7 + t[38] + h(d, a, b), 16);
            b = c + rotateLeft(b + x10 + t[39] + h(c, d, a), 23);
            a = b + rotateLeft(a + x13 + t[40] + h(b, c, d), 4);
            d = a + rotateLeft(d + x0 + t[41] + h(a, b, c), 11);
            c = d + rotateLeft(c + x3 + t[42] + h(d, a, b), 16);
            b = c + rotateLeft(b + x6 + t[43] + h(c, d, a), 23);
            crc = word(crc, bytes, at + 40);
            a = b + rotateLeft(a + x9 + t[44] + h(b, c, d), 4);
            d = a + rotateLeft(d + x12 + t[45] + h(a, b, c), 11);
            c = d + rotateLeft(c + x15 + t[46] + h(d, a, b), 16);
            b = c + rotateLeft(b + x2 + t[47] + h(c, d, a), 23);
            // Round 4.
            a = b + rotateLeft(a + x0 + t[48] + i(b, c, d), 6);
            d = a + rotateLeft(d + x7 + t[49] + i(a, b, c), 10);
            c = d + rotateLeft(c + x14 + t[50] + i(d, a, b), 15);
            b = c + rotateLeft(b + x5 + t[51] + i(c, d, a), 21);
            crc = word(crc, bytes, at + 48);
            a = b + rotateLeft(a + x12 + t[52] + i(b, c, d), 6);
            d = a + rotateLeft(d + x3 + t[53] + i(a, b, c), 10);
            c = d + rotateLeft(c + x10 + t[54] + i(d, a, b), 15);
            b = c + rotateLeft(b + x1 + t[55] + i(c, d, a), 21);
            a = b + rotateLeft(a + x8 + t[56] + i(b, c, d), 6);
            d = a + rotateLeft(d + x15 + t[57] + i(a, b, c), 10);
            c = d + rotateLeft(c + x6 + t[58] + i(d, a, b), 15);
            b = c + rotateLeft(b + x13 + t[59] + i(c, d, a), 21);
            crc = word(crc, bytes, at + 56);
            a = b + rotateLeft(a + x4 + t[60] + i(b, c, d), 6);
            d = a + rotateLeft(d + x11 + t[61] + i(a, b, c), 10);
            c = d + rotateLeft(c + x2 + t[62] + i(d, a, b), 15);
            b = c + rotateLeft(b + x9 + t[63] + i(c, d, a), 21);
            a += oldA;
            b += oldB;
            c += oldC;
            d += oldD;
        }
        this.a = a;
        this.b = b;
        this.c = c;
        this.d = d;
        this.crc = crc;
    }
}
