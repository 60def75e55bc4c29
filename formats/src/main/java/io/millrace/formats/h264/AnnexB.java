package io.millrace.formats.h264;

import io.millrace.formats.FormatException;
import java.util.Arrays;

/**
 * An access unit in Annex-B form, built from AVCC form in a buffer that is used again.
 *
 * <p>The access unit delimiter comes first, and at an IDR the parameter sets, unless the access
 * unit brings its own: what a transport stream needs to be joined anywhere (ISO/IEC 13818-1, 2.14).
 * Filler is left out. Not thread-safe.
 */
public final class AnnexB {
    private static final byte[] DELIMITER = {0, 0, 0, 1, 9, (byte) 0xf0};
    private static final int MAX_NALS = 2_048;

    private byte[] bytes = new byte[64 * 1024];
    private int length;
    private boolean idr;
    private boolean slices;

    /** The access unit's bytes are the first {@link #length} of this array. */
    public byte[] bytes() {
        return bytes;
    }

    public int length() {
        return length;
    }

    /** Whether the access unit holds an IDR slice. */
    public boolean idr() {
        return idr;
    }

    /** Whether it holds any slice at all. */
    public boolean slices() {
        return slices;
    }

    /**
     * Converts the AVCC access unit in {@code avcc} from {@code offset} to its end.
     *
     * @param keyframe that a decoder may begin here even if there is no IDR slice (a recovery
     *     point): the parameter sets are put in front all the same
     */
    public void convert(AvcConfig config, byte[] avcc, int offset, boolean keyframe) {
        look(config, avcc, offset);
        length = 0;
        append(DELIMITER, 0, DELIMITER.length);
        if ((idr || keyframe) && !hasSps) {
            append(config.parameterSets(), 0, config.parameterSets().length);
        }
        int at = offset;
        while (at < avcc.length) {
            int size = size(avcc, at, config.lengthBytes());
            at += config.lengthBytes();
            if (size > 0 && wanted(Nal.type(avcc[at]))) {
                nal(avcc, at, size);
            }
            at += size;
        }
    }

    private boolean hasSps;

    /** Checks every length before a byte is written, and learns what the access unit holds. */
    private void look(AvcConfig config, byte[] avcc, int offset) {
        idr = false;
        slices = false;
        hasSps = false;
        int nals = 0;
        int at = offset;
        while (at < avcc.length) {
            if (avcc.length - at < config.lengthBytes()) {
                throw FormatException.truncated("H.264 access unit");
            }
            int size = size(avcc, at, config.lengthBytes());
            at += config.lengthBytes();
            if (size < 0 || size > avcc.length - at || ++nals > MAX_NALS) {
                throw FormatException.malformed("H.264 NAL unit is longer than its access unit");
            }
            if (size > 0) {
                learn(avcc[at]);
            }
            at += size;
        }
    }

    private void learn(byte first) {
        if ((first & 0x80) != 0) {
            throw FormatException.malformed("H.264 NAL unit with forbidden_zero_bit");
        }
        int type = Nal.type(first);
        idr |= type == Nal.IDR;
        slices |= type >= Nal.SLICE && type <= Nal.IDR;
        hasSps |= type == Nal.SPS;
    }

    private static boolean wanted(int type) {
        return type != Nal.ACCESS_UNIT_DELIMITER && type != Nal.FILLER;
    }

    private static int size(byte[] b, int at, int lengthBytes) {
        return switch (lengthBytes) {
            case 1 -> b[at] & 0xff;
            case 2 -> (b[at] & 0xff) << 8 | (b[at + 1] & 0xff);
            default ->
                    (b[at] & 0xff) << 24
                            | (b[at + 1] & 0xff) << 16
                            | (b[at + 2] & 0xff) << 8
                            | (b[at + 3] & 0xff);
        };
    }

    private void nal(byte[] from, int at, int size) {
        room(size + 4);
        bytes[length] = 0;
        bytes[length + 1] = 0;
        bytes[length + 2] = 0;
        bytes[length + 3] = 1;
        System.arraycopy(from, at, bytes, length + 4, size);
        length += size + 4;
    }

    private void append(byte[] from, int at, int size) {
        room(size);
        System.arraycopy(from, at, bytes, length, size);
        length += size;
    }

    private void room(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
