package io.millrace.live.stream;

import io.millrace.formats.mpegts.TsBuffer;
import io.millrace.formats.mpegts.TsMuxer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Cuts access units into segments.
 *
 * <p>A segment begins at a keyframe (or anywhere when there is no video) and ends at the first one
 * that lies past the target. Where none comes it is forced to end within {@link
 * TargetDuration#limitMicros} and {@link #MAX_BYTES}; the next one then begins without a keyframe
 * and ends at one as soon as it may. Where the media have a gap that no segment can span, it ends
 * with its last access unit, and a discontinuity follows. Sound that comes while there are no
 * pictures cuts, too. PAT and PMT begin each segment. Not thread-safe.
 */
final class Segmenter {
    /** The longest segment, in bytes. */
    static final int MAX_BYTES = 64 << 20;

    /** Encoders' keyframes fall a little short of whole seconds. */
    private static final long TOLERANCE_MICROS = 60_000;

    /** An access unit that comes late by less makes no gap. */
    private static final long NO_GAP_MICROS = 250_000;

    private final long targetMicros;
    private final TargetDuration bound;
    private final Sink sink;
    private final WallClock clock = new WallClock();
    private @Nullable TsMuxer muxer;
    private @Nullable TsBuffer buffer;
    private boolean hasVideo;
    private boolean hasAudio;
    private boolean discontinuity;
    private boolean marked;
    private boolean begun;
    private boolean independent;
    private long startDts;

    /** By how much the segment before would have been too long. */
    private long carriedTicks;

    private long lastVideoDts;
    private long lastVideoStep;
    private long lastAudioEnd;
    private int frames;
    private int expectedBytes = 256 * 1024;
    private long keyframeDts = -1;
    private long keyframeIntervalMicros;

    /** Takes finished segments. */
    interface Sink {
        void finished(FinishedSegment segment);
    }

    Segmenter(Duration target, TargetDuration bound, boolean discontinuity, Sink sink) {
        this.targetMicros = target.toNanos() / 1_000;
        this.bound = bound;
        this.discontinuity = discontinuity;
        this.sink = sink;
    }

    /** The streams of the next segments; a change ends the open one and marks a discontinuity. */
    void streams(boolean video, boolean audio, boolean newParameters) {
        boolean changed = video != hasVideo || audio != hasAudio || muxer == null;
        if (changed || newParameters) {
            if (begun) {
                discontinue();
            }
            muxer = new TsMuxer(video, audio);
            hasVideo = video;
            hasAudio = audio;
        }
    }

    /** Ends the open segment; the next one begins with a discontinuity. */
    void discontinue() {
        finish();
        carriedTicks = 0;
        discontinuity = true;
        clock.reset();
    }

    long keyframeIntervalMicros() {
        return keyframeIntervalMicros;
    }

    /** Whether a segment is open. */
    boolean isOpen() {
        return buffer != null;
    }

    /** Whether any segment has begun. */
    boolean hasBegun() {
        return begun;
    }

    /**
     * One video access unit in Annex-B form; the first of all must be a keyframe.
     *
     * @param idr it is an IDR picture: what follows needs nothing before it
     */
    void video(
            byte[] annexB,
            int length,
            long pts,
            long dts,
            boolean keyframe,
            boolean idr,
            long wallMicros) {
        TsMuxer mux = muxer;
        if (mux == null) {
            return;
        }
        if (keyframe) {
            keyframe(dts);
        }
        if (buffer != null) {
            if (keyframe && due(micros(dts - startDts))) {
                long step = dts - lastVideoDts;
                cut(dts);
                lastVideoStep = step > 0 ? step : lastVideoStep;
            } else {
                force(dts, Math.max(lastVideoStep, 0), length);
            }
        }
        TsBuffer out = buffer;
        if (out == null) {
            out = begin(mux, dts);
        } else if (frames > 0 && dts > lastVideoDts) {
            lastVideoStep = dts - lastVideoDts;
        }
        clock.arrived(micros(dts), wallMicros);
        mux.video(out, annexB, length, pts, dts, keyframe);
        independent &= frames > 0 || idr;
        lastVideoDts = dts;
        frames++;
    }

    private void keyframe(long dts) {
        if (keyframeDts >= 0 && dts > keyframeDts) {
            keyframeIntervalMicros = micros(dts - keyframeDts);
        }
        keyframeDts = dts;
    }

    /** Whether a segment of that length ends at a keyframe. */
    private boolean due(long lengthMicros) {
        if (lengthMicros > bound.limitMicros() + NO_GAP_MICROS) {
            return false; // a gap
        }
        long least = independent ? targetMicros - TOLERANCE_MICROS : targetMicros / 4;
        boolean lastChance =
                bound.settled()
                        && lengthMicros >= targetMicros / 2
                        && lengthMicros + keyframeIntervalMicros > bound.limitMicros();
        return lengthMicros >= least || lastChance;
    }

    /** Ends the open segment before an access unit that it has no room for. */
    private void force(long dts, long stepTicks, int bytes) {
        long limit = bound.limitMicros();
        long length = micros(dts - startDts);
        if (length > limit + NO_GAP_MICROS) {
            discontinue();
        } else if (length > 0 && length + micros(stepTicks) > limit || full(bytes)) {
            cut(dts);
        }
    }

    private boolean full(int bytes) {
        TsBuffer out = buffer;
        long packets = bytes / (TsMuxer.PACKET - 4) + 4L;
        return out != null
                && out.length() > 2 * TsMuxer.PACKET
                && out.length() + packets * TsMuxer.PACKET > MAX_BYTES;
    }

    /** ADTS frames. */
    void audio(byte[] adts, int length, long pts, long frameTicks, long wallMicros) {
        TsMuxer mux = muxer;
        if (mux == null || !hasAudio) {
            return;
        }
        if (!hasVideo || pts > lastVideoDts || buffer == null) {
            if (buffer != null) {
                long soFar = micros(pts - startDts);
                if (!hasVideo
                        && soFar >= targetMicros - TOLERANCE_MICROS
                        && soFar <= bound.limitMicros()) {
                    cut(pts);
                } else {
                    force(pts, frameTicks, length);
                }
            }
            if (buffer == null) {
                begin(mux, pts);
            }
            clock.arrived(micros(pts), wallMicros);
        } else if (full(length)) {
            cut(Math.max(startDts, lastVideoDts));
            begin(mux, Math.max(startDts, lastVideoDts));
        }
        TsBuffer out = buffer;
        if (out != null) {
            mux.audio(out, adts, length, pts);
            lastAudioEnd = pts + frameTicks;
        }
    }

    private TsBuffer begin(TsMuxer mux, long dts) {
        TsBuffer out = new TsBuffer(expectedBytes);
        buffer = out;
        begun = true;
        startDts = dts - carriedTicks;
        carriedTicks = 0;
        frames = 0;
        independent = true;
        marked = discontinuity;
        discontinuity = false;
        mux.tables(out);
        return out;
    }

    /** Ends the open segment where its last access unit ends. */
    void finish() {
        if (buffer != null) {
            finishAt(lastEnd(), false);
        }
    }

    private long lastEnd() {
        long video = frames > 0 ? lastVideoDts + Math.max(lastVideoStep, 1) : startDts;
        return hasAudio ? Math.max(video, lastAudioEnd) : video;
    }

    /** Ends the open segment; the next one goes on where it ends. */
    private void cut(long dts) {
        long over = micros(dts - startDts) - bound.limitMicros();
        finishAt(dts, true);
        carriedTicks = Math.max(0, over) * 9 / 100;
    }

    private void finishAt(long endDts, boolean whole) {
        TsBuffer out = buffer;
        buffer = null;
        if (out == null) {
            return;
        }
        long duration =
                Math.clamp(micros(endDts - startDts), 1_000, Math.max(1_000, bound.limitMicros()));
        long start = clock.at(micros(startDts));
        expectedBytes = (int) Math.min(MAX_BYTES, out.length() + (long) out.length() / 8);
        sink.finished(
                new FinishedSegment(
                        out.bytes(),
                        out.length(),
                        duration,
                        start,
                        marked,
                        frames,
                        independent,
                        whole));
        clock.slew(duration);
    }

    private static long micros(long ticks) {
        return ticks * 100 / 9;
    }
}
