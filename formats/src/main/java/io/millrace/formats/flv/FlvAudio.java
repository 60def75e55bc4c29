package io.millrace.formats.flv;

import io.millrace.formats.FormatException;

/** The body of an FLV audio tag (Adobe FLV 10.1, E.4.2; Enhanced RTMP v2 for {@code mp4a}). */
@SuppressWarnings("ArrayRecordComponent")
public sealed interface FlvAudio {
    /** AudioSpecificConfig from {@code offset} to the end of {@code bytes}. */
    record Config(byte[] bytes, int offset) implements FlvAudio {}

    /** One raw AAC frame from {@code offset} to the end of {@code bytes}. */
    record Frame(byte[] bytes, int offset) implements FlvAudio {}

    /** End of sequence, channel layout: nothing to hear. */
    record Nothing() implements FlvAudio {}

    /** Parses one tag body. */
    static FlvAudio parse(byte[] tag) {
        if (tag.length == 0) {
            return new Nothing();
        }
        int codec = (tag[0] & 0xff) >> 4;
        if (codec == 9) {
            return enhanced(tag);
        }
        if (codec != 10) {
            throw FormatException.unsupported(name(codec) + " audio; send AAC");
        }
        if (tag.length < 2) {
            throw FormatException.truncated("FLV audio tag");
        }
        return switch (tag[1]) {
            case 0 -> new Config(tag, 2);
            case 1 -> tag.length == 2 ? new Nothing() : new Frame(tag, 2);
            default -> throw FormatException.malformed("FLV AAC packet type " + tag[1]);
        };
    }

    private static FlvAudio enhanced(byte[] tag) {
        if (tag.length < 5) {
            throw FormatException.truncated("Enhanced RTMP audio tag");
        }
        String fourCc = new String(tag, 1, 4, java.nio.charset.StandardCharsets.ISO_8859_1);
        int packetType = tag[0] & 0x0f;
        if (!fourCc.equals("mp4a") || packetType > 5) {
            throw FormatException.unsupported("audio other than AAC in one track; send AAC");
        }
        return switch (packetType) {
            case 0 -> new Config(tag, 5);
            case 1 -> tag.length == 5 ? new Nothing() : new Frame(tag, 5);
            default -> new Nothing();
        };
    }

    private static String name(int codec) {
        return switch (codec) {
            case 2, 14 -> "MP3";
            case 4, 5, 6 -> "Nellymoser";
            case 7, 8 -> "G.711";
            case 11 -> "Speex";
            default -> "FLV codec " + codec;
        };
    }
}
