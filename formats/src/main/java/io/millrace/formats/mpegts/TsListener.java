package io.millrace.formats.mpegts;

/** Hears what a {@link TsScanner} finds, in the order of the bytes. */
public interface TsListener {
    /** PAT and PMT were read for the first time, or name other streams than before. */
    void program(TsProgram program);

    /** A keyframe begins; of an audio-only program, about one point a second. */
    void keyframe(TsKeyframe keyframe);

    /** Codec parameters were read for the first time or changed. */
    void codec(TsCodec codec);

    /** Something is missing or broken at {@code offset}; scanning goes on. */
    void damage(long offset, Damage kind, long amount);

    /** What can be wrong with a transport stream. */
    enum Damage {
        /** {@code amount} bytes were skipped to find the packets again. */
        RESYNC,
        /** {@code amount} packets of video or audio are missing. */
        CONTINUITY,
        /** A section or header contradicts the format. */
        MALFORMED
    }
}
