package io.millrace.formats.h264;

import io.millrace.formats.FormatException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * An AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1): what a decoder needs to know.
 *
 * @param lengthBytes how many bytes stand before each NAL unit in an access unit: 1, 2 or 4
 * @param sps the parsed first sequence parameter set
 * @param parameterSets all SPS and PPS, each with a start code of four bytes, joined
 */
@SuppressWarnings("ArrayRecordComponent")
public record AvcConfig(int lengthBytes, Sps sps, byte[] parameterSets) {
    private static final int MAX_BYTES = 64 * 1024;

    public static AvcConfig parse(byte[] bytes, int offset, int length) {
        if (length < 7 || length > MAX_BYTES) {
            throw FormatException.malformed("AVC configuration of " + length + " bytes");
        }
        if (bytes[offset] != 1) {
            throw FormatException.malformed("AVC configuration version " + bytes[offset]);
        }
        int lengthBytes = (bytes[offset + 4] & 3) + 1;
        if (lengthBytes == 3) {
            throw FormatException.malformed("AVC NAL unit lengths of 3 bytes");
        }
        int end = offset + length;
        List<byte[]> sets = new ArrayList<>();
        int at = sets(bytes, offset + 6, end, bytes[offset + 5] & 0x1f, sets);
        if (sets.isEmpty()) {
            throw FormatException.malformed("AVC configuration without an SPS");
        }
        if (at >= end) {
            throw FormatException.truncated("AVC configuration");
        }
        sets(bytes, at + 1, end, bytes[at] & 0xff, sets);
        byte[] first = sets.getFirst();
        return new AvcConfig(lengthBytes, Sps.parse(first, 0, first.length), annexB(sets));
    }

    private static int sets(byte[] bytes, int from, int end, int count, List<byte[]> into) {
        int at = from;
        for (int i = 0; i < count; i++) {
            if (at + 2 > end) {
                throw FormatException.truncated("AVC configuration");
            }
            int size = (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
            at += 2;
            if (size == 0 || at + size > end) {
                throw FormatException.malformed("AVC parameter set of " + size + " bytes");
            }
            into.add(Arrays.copyOfRange(bytes, at, at + size));
            at += size;
        }
        return at;
    }

    private static byte[] annexB(List<byte[]> sets) {
        byte[] out = new byte[sets.stream().mapToInt(s -> s.length + 4).sum()];
        int at = 0;
        for (byte[] set : sets) {
            out[at + 3] = 1;
            System.arraycopy(set, 0, out, at + 4, set.length);
            at += 4 + set.length;
        }
        return out;
    }

    /** Whether a decoder set up with the other one can go on with this one. */
    public boolean sameAs(AvcConfig other) {
        return sps.equals(other.sps) && Arrays.equals(parameterSets, other.parameterSets);
    }
}
