package io.millrace.live;

import io.millrace.live.record.MediaDescription;
import io.millrace.live.record.SegmentRow;
import io.millrace.live.record.SessionRow;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stream as it is now.
 *
 * @param state see {@link State}
 * @param since when the state began: the publisher came, left, or brought its last segment; null
 *     when the stream was never live
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
 * @param troubles what keeps it off air or out of the store now, as far as this node knows
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
        @Nullable String lastProblem,
        List<Trouble> troubles) {
    /**
     * A stream is live no longer than this after its last segment, if its segments are shorter: a
     * page that looks every few seconds then calls nothing live that brought none for ten.
     */
    public static final Duration STALE = Duration.ofSeconds(6);

    public StreamStatus {
        troubles = List.copyOf(troubles);
    }

    /** How long after a segment of that length a stream with that target counts as live. */
    public static Duration stale(Duration target, long durationMicros) {
        long longestMillis = Math.max(target.toMillis(), durationMicros / 1_000);
        return Duration.ofMillis(Math.max(STALE.toMillis(), longestMillis * 3 / 2));
    }

    StreamStatus with(List<Trouble> more) {
        return new StreamStatus(
                stream,
                state,
                since,
                session,
                publisher,
                bitrateBitsPerSecond,
                videoCodec,
                audioCodec,
                width,
                height,
                framesPerSecond,
                audioSampleRateHertz,
                audioChannels,
                keyframeInterval,
                segments,
                unsentSegments,
                lostSegments,
                droppedAccessUnits,
                discontinuities,
                lastProblem,
                more);
    }

    /** Whether a publisher is connected. */
    public boolean publishing() {
        return state == State.LIVE || state == State.SILENT;
    }

    /**
     * Of a stream that is not live on this node: what the records of its last session and segment
     * tell.
     */
    static StreamStatus elsewhere(
            StreamInfo info,
            @Nullable String node,
            @Nullable SessionRow last,
            @Nullable SegmentRow segment,
            Instant now) {
        String stream = info.name();
        MediaDescription media = last == null ? MediaDescription.UNKNOWN : last.media();
        boolean open = last != null && !last.ended();
        State state = node == null ? (open ? State.WAITING : State.OFFLINE) : State.LIVE;
        Instant ended = last == null ? null : Instant.ofEpochMilli(last.startedMillis());
        if (segment != null) {
            ended = segment.start().plusNanos(segment.durationMicros() * 1_000);
            Duration stale = stale(info.segmentTarget(), segment.durationMicros());
            if (state == State.LIVE && ended.plus(stale).isBefore(now)) {
                state = State.SILENT;
            }
        }
        if (!open) {
            state = State.OFFLINE;
        }
        Instant started = last == null ? null : Instant.ofEpochMilli(last.startedMillis());
        return new StreamStatus(
                stream,
                state,
                state == State.LIVE ? started : ended,
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
                node == null || !open ? null : "published on node " + node,
                List.of());
    }

    /** Where a stream is in its life. */
    public enum State {
        /** Nobody publishes; recordings may exist. */
        OFFLINE,
        /** A publisher is connected, and brings segments. */
        LIVE,
        /** A publisher is connected, and has brought no segment for too long. */
        SILENT,
        /** The publisher is gone, and may come back to the same playlist. */
        WAITING
    }
}
