package io.millrace.formats.flv;

import io.millrace.formats.FormatException;

/**
 * The body of an FLV video tag (Adobe FLV 10.1, E.4.3; Enhanced RTMP v2 for {@code avc1}).
 *
 * <p>Other codecs than H.264 are refused by name, so that the publisher can be told.
 */
@SuppressWarnings("ArrayRecordComponent")
public sealed interface FlvVideo {
    /** AVCDecoderConfigurationRecord from {@code offset} to the end of {@code bytes}. */
    record Config(byte[] bytes, int offset) implements FlvVideo {}

    /**
     * One access unit in AVCC form, from {@code offset} to the end of {@code bytes}.
     *
     * @param keyframe as the encoder says
     * @param compositionMilliseconds PTS − DTS
     */
    record Frame(byte[] bytes, int offset, boolean keyframe, int compositionMilliseconds)
            implements FlvVideo {}

    /** End of sequence, metadata, a command frame: nothing to show. */
    record Nothing() implements FlvVideo {}

    /** Parses one tag body. */
    static FlvVideo parse(byte[] tag) {
        if (tag.length == 0) {
            return new Nothing();
        }
        int first = tag[0] & 0xff;
        if ((first & 0x80) != 0) {
            return enhanced(tag);
        }
        int codec = first & 0x0f;
        int frameType = first >> 4;
        if (frameType == 5) {
            return new Nothing();
        }
        if (codec != 7) {
            throw FormatException.unsupported(legacyName(codec) + " video; send H.264");
        }
        if (tag.length < 5) {
            throw FormatException.truncated("FLV video tag");
        }
        return switch (tag[1]) {
            case 0 -> new Config(tag, 5);
            case 1 -> new Frame(tag, 5, frameType == 1, signed24(tag, 2));
            case 2 -> new Nothing();
            default -> throw FormatException.malformed("FLV AVC packet type " + tag[1]);
        };
    }

    private static FlvVideo enhanced(byte[] tag) {
        int frameType = (tag[0] >> 4) & 7;
        int packetType = tag[0] & 0x0f;
        if (tag.length < 5) {
            throw FormatException.truncated("Enhanced RTMP video tag");
        }
        if (packetType > 5) {
            throw FormatException.unsupported("Enhanced RTMP multitrack or ModEx video");
        }
        String fourCc = new String(tag, 1, 4, java.nio.charset.StandardCharsets.ISO_8859_1);
        if (!fourCc.equals("avc1")) {
            throw FormatException.unsupported(fourCcName(fourCc) + " video; send H.264");
        }
        if (frameType == 5) {
            return new Nothing();
        }
        return switch (packetType) {
            case 0 -> new Config(tag, 5);
            case 1 -> {
                if (tag.length < 8) {
                    throw FormatException.truncated("Enhanced RTMP video tag");
                }
                yield new Frame(tag, 8, frameType == 1, signed24(tag, 5));
            }
            case 3 -> new Frame(tag, 5, frameType == 1, 0);
            default -> new Nothing();
        };
    }

    private static String legacyName(int codec) {
        return switch (codec) {
            case 2 -> "Sorenson H.263";
            case 4, 5 -> "VP6";
            case 12 -> "H.265 (HEVC)";
            default -> "FLV codec " + codec;
        };
    }

    private static String fourCcName(String fourCc) {
        return switch (fourCc) {
            case "hvc1" -> "H.265 (HEVC)";
            case "av01" -> "AV1";
            case "vp09" -> "VP9";
            default -> "an unknown codec's";
        };
    }

    private static int signed24(byte[] b, int at) {
        return b[at] << 16 | (b[at + 1] & 0xff) << 8 | (b[at + 2] & 0xff);
    }
}
