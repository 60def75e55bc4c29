package io.millrace.kit;

import java.util.OptionalLong;
import java.util.zip.CRC32C;

/**
 * Finds the one bit that was flipped in a run of bytes, from their CRC32C alone.
 *
 * <p>A CRC is linear: the checksum of the bytes as they are and that of the bytes as they were
 * differ by a value that depends only on which bits differ. For one bit that value is different for
 * each place in anything shorter than 256 MiB (the code's distance is at least four there), so the
 * place can be looked up. Damage that is more than a bit passes for one with a probability of (bits
 * / 2³²), 1.2 in 10,000 for 64 KiB: whoever mends checks the result by other means as well.
 *
 * <p>Source: Koopman, "32-Bit Cyclic Redundancy Codes for Internet Applications" (2002), for the
 * distances; polynomial 0x1EDC6F41 as in RFC 3720.
 */
public final class OneBit {
    private static final int POLYNOMIAL = 0x82F63B78;
    private static final int[] TABLE = table();

    private OneBit() {}

    /**
     * Which bit to flip so that the bytes have this checksum.
     *
     * @param expected the CRC32C that was stored
     * @return the bit's number, 8 × index of the byte in {@code bytes} + number in the byte (0 is
     *     the lowest), or empty when no single bit explains the difference
     */
    public static OptionalLong find(byte[] bytes, int offset, int length, int expected) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return find((int) crc.getValue() ^ expected, offset, length);
    }

    /**
     * The same from the difference of two checksums, for a CRC that covers more in front of the
     * bytes.
     */
    public static OptionalLong find(int difference, int offset, int length) {
        if (difference == 0) {
            return OptionalLong.empty();
        }
        int[] syndromes = new int[8];
        for (int bit = 0; bit < 8; bit++) {
            syndromes[bit] = TABLE[1 << bit];
        }
        for (int at = length - 1; at >= 0; at--) {
            for (int bit = 0; bit < 8; bit++) {
                int syndrome = syndromes[bit];
                if (syndrome == difference) {
                    return OptionalLong.of((long) (offset + at) * 8 + bit);
                }
                syndromes[bit] = (syndrome >>> 8) ^ TABLE[syndrome & 0xFF];
            }
        }
        return OptionalLong.empty();
    }

    private static int[] table() {
        int[] table = new int[256];
        for (int i = 0; i < 256; i++) {
            int value = i;
            for (int k = 0; k < 8; k++) {
                value = (value & 1) == 0 ? value >>> 1 : (value >>> 1) ^ POLYNOMIAL;
            }
            table[i] = value;
        }
        return table;
    }
}
