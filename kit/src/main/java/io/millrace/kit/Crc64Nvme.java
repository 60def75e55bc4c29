package io.millrace.kit;

/**
 * CRC-64/NVME, reflected: the checksum that current AWS SDKs may send as x-amz-checksum-crc64nvme.
 *
 * <p>Polynomial 0x9A6C9329AC4BC9B5, initial value and final XOR all ones; the check value of
 * "123456789" is 0xAE8B14860A799888. Slice-by-8. Not thread-safe.
 */
final class Crc64Nvme {
    static final long POLYNOMIAL = 0x9A6C9329AC4BC9B5L;
    private static final long[][] TABLES = tables();

    private long crc = ~0L;

    private static long[][] tables() {
        long[][] tables = new long[8][256];
        for (int n = 0; n < 256; n++) {
            long c = n;
            for (int k = 0; k < 8; k++) {
                c = (c & 1) != 0 ? (c >>> 1) ^ POLYNOMIAL : c >>> 1;
            }
            tables[0][n] = c;
        }
        for (int n = 0; n < 256; n++) {
            for (int k = 1; k < 8; k++) {
                long before = tables[k - 1][n];
                tables[k][n] = tables[0][(int) before & 0xff] ^ (before >>> 8);
            }
        }
        return tables;
    }

    void update(byte[] bytes, int offset, int length) {
        long c = crc;
        int i = offset;
        int end = offset + length;
        for (; end - i >= 8; i += 8) {
            long d = c;
            for (int k = 0; k < 8; k++) {
                d ^= (bytes[i + k] & 0xffL) << (8 * k);
            }
            c = 0;
            for (int k = 0; k < 8; k++) {
                c ^= TABLES[7 - k][(int) (d >>> (8 * k)) & 0xff];
            }
        }
        for (; i < end; i++) {
            c = TABLES[0][((int) c ^ bytes[i]) & 0xff] ^ (c >>> 8);
        }
        crc = c;
    }

    long value() {
        return ~crc;
    }
}
