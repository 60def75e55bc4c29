package io.millrace.live;

import io.millrace.live.record.MediaDescription;
import io.millrace.live.record.SessionRow;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A stream as it is now.
 *
 * @param state see {@link State}
 * @param since when the state began; null when the stream was never live
 * @param session the running or last session's id; null when the stream was never live
 * @param publisher the publisher's address, null when there is none
 * @param bitrateBitsPerSecond media bits a second over the last few seconds, 0 when not live
 * @param videoCodec RFC 6381 ({@code avc1.64001f}), null when there is no video
 * @param audioCodec RFC 6381 ({@code mp4a.40.2}), null when there is no audio
 * @param framesPerSecond measured, 0 when unknown
 * @param segments finished in this session
 * @param unsentSegments finished but not yet in the store (memory and spool)
 * @param lostSegments that could not be kept because the spool was full
 * @param droppedAccessUnits that were damaged, or came before the next IDR after damage
 * @param discontinuities in this session
 * @param lastProblem the newest thing that went wrong in plain words, null when nothing did
 */
public record StreamStatus(
        String stream,
        State state,
        @Nullable Instant since,
        @Nullable String session,
        @Nullable String publisher,
        long bitrateBitsPerSecond,
        @Nullable String videoCodec,
        @Nullable String audioCodec,
        int width,
        int height,
        double framesPerSecond,
        int audioSampleRateHertz,
        int audioChannels,
        Duration keyframeInterval,
        long segments,
        int unsentSegments,
        long lostSegments,
        long droppedAccessUnits,
        long discontinuities,
        @Nullable String lastProblem) {

    /** Of a stream that is not live on this node: what its last session's record tells. */
    static StreamStatus elsewhere(String stream, @Nullable String node, @Nullable SessionRow last) {
        MediaDescription media = last == null ? MediaDescription.UNKNOWN : last.media();
        boolean open = last != null && !last.ended();
        return new StreamStatus(
                stream,
                node != null && open ? State.LIVE : open ? State.WAITING : State.OFFLINE,
                last == null
                        ? null
                        : Instant.ofEpochMilli(open ? last.startedMillis() : last.endedMillis()),
                last == null ? null : last.id(),
                null,
                0,
                media.videoCodec(),
                media.audioCodec(),
                media.width(),
                media.height(),
                0,
                media.sampleRateHertz(),
                media.channels(),
                Duration.ZERO,
                last == null ? 0 : last.segments(),
                0,
                0,
                0,
                0,
                node == null || !open ? null : "published on node " + node);
    }

    /** Where a stream is in its life. */
    public enum State {
        /** Nobody publishes; recordings may exist. */
        OFFLINE,
        /** A publisher is connected. */
        LIVE,
        /** The publisher is gone, and may come back to the same playlist. */
        WAITING
    }
}
