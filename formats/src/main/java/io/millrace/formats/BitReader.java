package io.millrace.formats;

import java.util.Objects;

/** Reads bits, most significant first, with H.264's exponential-Golomb codes (H.264 9.1). */
public final class BitReader {
    private final byte[] bytes;
    private final long end;
    private long at;

    /** Reads {@code length} bytes from {@code offset}. */
    public BitReader(byte[] bytes, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        this.bytes = bytes;
        this.at = offset * 8L;
        this.end = (offset + (long) length) * 8;
    }

    /** The bits left. */
    public long left() {
        return end - at;
    }

    public boolean flag() {
        return bits(1) == 1;
    }

    /** {@code count} bits, 0 to 32, unsigned; a value of 32 bits comes back as it falls. */
    public int bits(int count) {
        if (count > left()) {
            throw FormatException.truncated("bit field");
        }
        int value = 0;
        for (int i = 0; i < count; i++, at++) {
            int bit = (bytes[(int) (at >>> 3)] >> (7 - (int) (at & 7))) & 1;
            value = (value << 1) | bit;
        }
        return value;
    }

    public void skip(long count) {
        if (count < 0 || count > left()) {
            throw FormatException.truncated("bit field");
        }
        at += count;
    }

    /** ue(v): 0 to 2^31 - 2; larger codes are malformed. */
    public int unsignedGolomb() {
        int zeros = 0;
        while (!flag()) {
            if (++zeros > 30) {
                throw FormatException.malformed("exponential-Golomb code is too long");
            }
        }
        return (1 << zeros) - 1 + bits(zeros);
    }

    /** ue(v) that must not exceed {@code max}. */
    public int unsignedGolomb(int max, String name) {
        int value = unsignedGolomb();
        if (value > max) {
            throw FormatException.malformed(name + " is " + value + ", above " + max);
        }
        return value;
    }

    /** se(v). */
    public int signedGolomb() {
        int code = unsignedGolomb();
        return (code & 1) == 1 ? (code >> 1) + 1 : -(code >> 1);
    }
}
