package io.millrace.formats.mpegts;

/** The CRC of PSI sections (ISO/IEC 13818-1, annex A): 0x04C11DB7, not reflected. */
final class Crc32Mpeg {
    private static final int[] TABLE = table();

    private Crc32Mpeg() {}

    static int of(byte[] bytes, int offset, int length) {
        int crc = -1;
        for (int i = offset; i < offset + length; i++) {
            crc = (crc << 8) ^ TABLE[((crc >>> 24) ^ bytes[i]) & 0xff];
        }
        return crc;
    }

    private static int[] table() {
        int[] table = new int[256];
        for (int n = 0; n < 256; n++) {
            int c = n << 24;
            for (int k = 0; k < 8; k++) {
                c = (c & 0x80000000) != 0 ? (c << 1) ^ 0x04C11DB7 : c << 1;
            }
            table[n] = c;
        }
        return table;
    }
}
