package io.millrace.formats.mpegts;

import io.millrace.formats.FormatException;
import io.millrace.formats.aac.Adts;
import io.millrace.formats.h264.Nal;
import io.millrace.formats.h264.Sps;
import org.jspecify.annotations.Nullable;

/** Looks at the first bytes of a video access unit until its first slice; at most 4 KiB. */
final class EsProbe {
    /** What the access unit is, as far as its bytes tell. */
    enum Verdict {
        MORE,
        KEYFRAME,
        OTHER
    }

    private final byte[] bytes = new byte[4 * 1024];
    private int length;
    private int type;
    private int spsAt;
    private int spsEnd;
    private @Nullable Sps lastSps;
    private byte[] lastSpsBytes = new byte[0];

    void begin(int streamType) {
        type = streamType;
        length = 0;
        spsAt = -1;
        spsEnd = -1;
    }

    /** Takes more of the access unit. */
    Verdict feed(byte[] b, int offset, int count) {
        int part = Math.min(count, bytes.length - length);
        System.arraycopy(b, offset, bytes, length, part);
        length += part;
        if (type != TsProgram.H264 && type != TsProgram.H265) {
            return Verdict.OTHER;
        }
        Verdict verdict = type == TsProgram.H264 ? h264() : h265();
        return verdict == Verdict.MORE && length == bytes.length ? Verdict.OTHER : verdict;
    }

    private Verdict h264() {
        spsAt = -1;
        spsEnd = -1;
        for (int at = startCode(0); at >= 0; at = startCode(at)) {
            if (spsAt >= 0 && spsEnd < 0) {
                spsEnd = at - 3;
            }
            switch (Nal.type(bytes[at])) {
                case Nal.IDR -> {
                    return Verdict.KEYFRAME;
                }
                case Nal.SLICE, 2, 3, 4 -> {
                    return Verdict.OTHER;
                }
                case Nal.SPS -> {
                    spsAt = at;
                    spsEnd = -1;
                }
                default -> {}
            }
        }
        return Verdict.MORE;
    }

    private Verdict h265() {
        for (int at = startCode(0); at >= 0; at = startCode(at)) {
            int nal = (bytes[at] >> 1) & 0x3f;
            if (nal >= 16 && nal <= 21) {
                return Verdict.KEYFRAME;
            }
            if (nal < 10) {
                return Verdict.OTHER;
            }
        }
        return Verdict.MORE;
    }

    /** The byte after the next start code at or after {@code from}, -1 when there is none. */
    private int startCode(int from) {
        for (int i = from; i + 3 < length; i++) {
            if (bytes[i] == 0 && bytes[i + 1] == 0 && bytes[i + 2] == 1) {
                return i + 3;
            }
        }
        return -1;
    }

    /** The codec with what the last access unit told about the video. */
    TsCodec codec(TsCodec before) {
        if (type == TsProgram.H265) {
            return before.video() != null ? before : with(before, "hvc1", null);
        }
        if (spsAt < 0 || spsEnd < 0 || spsEnd <= spsAt) {
            return before;
        }
        int end = spsEnd;
        while (end > spsAt && bytes[end - 1] == 0) {
            end--; // a start code of four bytes, or trailing zeros
        }
        if (java.util.Arrays.equals(bytes, spsAt, end, lastSpsBytes, 0, lastSpsBytes.length)
                && lastSps != null) {
            return with(before, lastSps.codec(), lastSps);
        }
        try {
            Sps sps = Sps.parse(bytes, spsAt, end - spsAt);
            lastSps = sps;
            lastSpsBytes = java.util.Arrays.copyOfRange(bytes, spsAt, end);
            return with(before, sps.codec(), sps);
        } catch (FormatException e) {
            return before; // the picture may still decode; the parameters stay as they were
        }
    }

    private static TsCodec with(TsCodec c, String video, @Nullable Sps sps) {
        return new TsCodec(
                video,
                sps == null ? 0 : sps.width(),
                sps == null ? 0 : sps.height(),
                sps == null ? 0 : sps.framesPerSecond(),
                c.audio(),
                c.sampleRateHertz(),
                c.channels());
    }

    /** The codec with what an ADTS header tells about the audio. */
    static TsCodec withAudio(TsCodec c, byte[] b, int at, int length) {
        Adts adts = Adts.parse(b, at, length);
        return new TsCodec(
                c.video(),
                c.width(),
                c.height(),
                c.framesPerSecond(),
                adts.config().codec(),
                adts.config().sampleRateHertz(),
                adts.config().channels());
    }
}
