package io.millrace.live.stream;

import io.millrace.formats.mpegts.TsBuffer;
import io.millrace.formats.mpegts.TsMuxer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Cuts access units into segments.
 *
 * <p>A segment begins at a keyframe (or anywhere when there is no video) and ends at the first one
 * that lies past the target; it is forced to end after max(2 × target, 60 s) or 64 MiB. PAT and PMT
 * begin each. Not thread-safe.
 */
final class Segmenter {
    private static final long MICROS = 1_000_000;
    private static final long FORCE_MICROS = 60 * MICROS;
    private static final int FORCE_BYTES = 64 << 20;

    /** Encoders' keyframes fall a little short of whole seconds. */
    private static final long TOLERANCE_MICROS = 60_000;

    private final long targetMicros;
    private final Sink sink;
    private final WallClock clock = new WallClock();
    private @Nullable TsMuxer muxer;
    private @Nullable TsBuffer buffer;
    private boolean hasVideo;
    private boolean hasAudio;
    private boolean discontinuity;
    private boolean marked;
    private boolean begun;
    private long startDts;
    private long lastVideoDts;
    private long lastVideoStep;
    private long lastAudioPts;
    private int frames;
    private int expectedBytes = 256 * 1024;
    private long keyframeDts = -1;
    private long keyframeIntervalMicros;

    /** Takes finished segments. */
    interface Sink {
        void finished(FinishedSegment segment);
    }

    Segmenter(Duration target, boolean discontinuity, Sink sink) {
        this.targetMicros = target.toNanos() / 1_000;
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
        discontinuity = true;
        clock.reset();
    }

    long keyframeIntervalMicros() {
        return keyframeIntervalMicros;
    }

    /** One video access unit in Annex-B form; the first of a segment must be a keyframe. */
    void video(byte[] annexB, int length, long pts, long dts, boolean keyframe, long wallMicros) {
        TsMuxer mux = muxer;
        if (mux == null) {
            return;
        }
        if (keyframe) {
            keyframe(dts);
        }
        if (buffer != null && cutBeforeVideo(dts, keyframe)) {
            lastVideoStep = dts - lastVideoDts;
            lastVideoDts = dts;
            finishAt(dts);
        }
        TsBuffer out = buffer;
        if (out == null) {
            out = begin(mux, dts);
            lastVideoDts = dts;
        }
        clock.arrived(micros(dts), wallMicros);
        mux.video(out, annexB, length, pts, dts, keyframe);
        lastVideoStep = dts > lastVideoDts ? dts - lastVideoDts : lastVideoStep;
        lastVideoDts = dts;
        frames++;
    }

    private void keyframe(long dts) {
        if (keyframeDts >= 0 && dts > keyframeDts) {
            keyframeIntervalMicros = micros(dts - keyframeDts);
        }
        keyframeDts = dts;
    }

    private boolean cutBeforeVideo(long dts, boolean keyframe) {
        long length = micros(dts - startDts);
        return keyframe && length >= targetMicros - TOLERANCE_MICROS || forced(length);
    }

    private boolean forced(long lengthMicros) {
        TsBuffer out = buffer;
        return lengthMicros >= Math.max(2 * targetMicros, FORCE_MICROS)
                || out != null && out.length() >= FORCE_BYTES;
    }

    /** ADTS frames; dropped while a video stream waits for its first keyframe. */
    void audio(byte[] adts, int length, long pts, long frameTicks, long wallMicros) {
        TsMuxer mux = muxer;
        if (mux == null || !hasAudio) {
            return;
        }
        if (!hasVideo) {
            if (buffer != null && micros(pts - startDts) >= targetMicros - TOLERANCE_MICROS) {
                finishAt(pts);
            }
            if (buffer == null) {
                begin(mux, pts);
            }
            clock.arrived(micros(pts), wallMicros);
        }
        TsBuffer out = buffer;
        if (out != null) {
            mux.audio(out, adts, length, pts);
            lastAudioPts = pts + frameTicks;
        }
    }

    private TsBuffer begin(TsMuxer mux, long dts) {
        TsBuffer out = new TsBuffer(expectedBytes);
        buffer = out;
        begun = true;
        startDts = dts;
        frames = 0;
        marked = discontinuity;
        discontinuity = false;
        mux.tables(out);
        return out;
    }

    /** Ends the open segment where its last frame ends. */
    void finish() {
        if (buffer != null) {
            finishAt(hasVideo ? lastVideoDts + Math.max(lastVideoStep, 1) : lastAudioPts);
        }
    }

    private void finishAt(long endDts) {
        TsBuffer out = buffer;
        buffer = null;
        if (out == null) {
            return;
        }
        long duration = Math.max(1_000, micros(endDts - startDts));
        long start = clock.at(micros(startDts));
        expectedBytes = (int) Math.min(FORCE_BYTES, out.length() + (long) out.length() / 8);
        sink.finished(
                new FinishedSegment(out.bytes(), out.length(), duration, start, marked, frames));
        clock.slew(duration);
    }

    private static long micros(long ticks) {
        return ticks * 100 / 9;
    }
}
