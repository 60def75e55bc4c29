package io.millrace.formats.mpegts;

/**
 * What PAT and PMT say: the first program and its first video and audio stream.
 *
 * @param videoPid -1 when there is no video
 * @param videoType {@link #H264}, {@link #H265} or another stream_type
 * @param audioPid -1 when there is no audio
 * @param audioType {@link #AAC_ADTS} or another stream_type
 * @param tables the PAT's and the PMT's last packets as they came, 376 bytes: what a player needs
 *     in front of media that begins at a keyframe without tables of its own
 */
@SuppressWarnings("ArrayRecordComponent")
public record TsProgram(
        int pmtPid,
        int pcrPid,
        int videoPid,
        int videoType,
        int audioPid,
        int audioType,
        byte[] tables) {
    /** stream_type of H.264. */
    public static final int H264 = 0x1b;

    /** stream_type of H.265. */
    public static final int H265 = 0x24;

    /** stream_type of AAC in ADTS. */
    public static final int AAC_ADTS = 0x0f;

    public boolean hasVideo() {
        return videoPid >= 0;
    }

    public boolean hasAudio() {
        return audioPid >= 0;
    }

    /** Whether the streams are the same ones, whatever the packets looked like. */
    public boolean sameStreams(TsProgram other) {
        return pmtPid == other.pmtPid
                && pcrPid == other.pcrPid
                && videoPid == other.videoPid
                && videoType == other.videoType
                && audioPid == other.audioPid
                && audioType == other.audioType;
    }
}
