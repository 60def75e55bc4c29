package io.millrace.formats.h264;

/** The NAL unit types that matter here (H.264 table 7-1). */
public final class Nal {
    public static final int SLICE = 1;
    public static final int IDR = 5;
    public static final int SEI = 6;
    public static final int SPS = 7;
    public static final int PPS = 8;
    public static final int ACCESS_UNIT_DELIMITER = 9;
    public static final int FILLER = 12;

    private Nal() {}

    /** The type in a NAL unit's first byte. */
    public static int type(byte first) {
        return first & 0x1f;
    }

    /** The payload without emulation prevention bytes (H.264 7.4.1.1), header byte included. */
    public static byte[] unescape(byte[] nal, int offset, int length) {
        byte[] out = new byte[length];
        int size = 0;
        int zeros = 0;
        for (int i = offset; i < offset + length; i++) {
            byte b = nal[i];
            if (zeros >= 2 && b == 3) {
                zeros = 0;
                continue;
            }
            zeros = b == 0 ? zeros + 1 : 0;
            out[size++] = b;
        }
        return java.util.Arrays.copyOf(out, size);
    }
}
