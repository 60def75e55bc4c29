package io.millrace.live.stream;

import io.millrace.formats.mpegts.TsMuxer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Brings sound and pictures into the order of their times before they are cut.
 *
 * <p>Sound that is ahead of the pictures waits until they have caught up, or a segment is open
 * again. Where they stay away for more than {@link Timeline#SKEW_MILLISECONDS} of sound, it goes on
 * without them. Sound that is behind is written as it comes. Only sound from well before the very
 * first picture is left out: a stream begins with a keyframe. Not thread-safe.
 */
final class Interleave {
    private static final long MOST_TICKS = Timeline.SKEW_MILLISECONDS * (TsMuxer.TICKS / 1_000);

    /** Encoders' sound begins a frame or two before their pictures. */
    private static final long LEAD_TICKS = TsMuxer.TICKS / 4;

    /** An encoder that announced no picture may yet send one. */
    private static final long UNTOLD_TICKS = TsMuxer.TICKS;

    private static final int MOST_BYTES = 4 << 20;

    private record Sound(byte[] adts, long pts, long ticks, long wallMicros) {}

    private final Segmenter segmenter;
    private final Deque<Sound> waiting = new ArrayDeque<>();
    private int waitingBytes;
    private boolean picture;
    private boolean seen;
    private long videoDts;

    /** The pictures stay away: sound goes on alone until they are back. */
    private boolean alone;

    Interleave(Segmenter segmenter) {
        this.segmenter = segmenter;
    }

    /** Whether there are pictures, or some are announced. */
    void picture(boolean expected) {
        picture = expected;
    }

    /** As {@link Segmenter#streams}; sound of before goes into the segment that ends. */
    void streams(boolean video, boolean audio, boolean newParameters) {
        if (segmenter.isOpen()) {
            release(Long.MAX_VALUE);
        }
        segmenter.streams(video, audio, newParameters);
    }

    /**
     * As {@link Segmenter#video}.
     *
     * @param anew a discontinuity comes first
     */
    void video(
            byte[] annexB,
            int length,
            long pts,
            long dts,
            boolean keyframe,
            boolean idr,
            boolean anew,
            long wallMicros) {
        if (!segmenter.hasBegun()) {
            leaveOut(dts - LEAD_TICKS);
        }
        if (segmenter.isOpen()) {
            release(dts - 1);
        }
        if (anew) {
            segmenter.discontinue();
        }
        segmenter.video(annexB, length, pts, dts, keyframe, idr, wallMicros);
        seen = true;
        alone = false;
        videoDts = dts;
        release(dts);
    }

    /** As {@link Segmenter#discontinue}; sound of before goes into the segment that ends. */
    void discontinue() {
        release(Long.MAX_VALUE);
        segmenter.discontinue();
    }

    private void leaveOut(long before) {
        while (!waiting.isEmpty() && waiting.getFirst().pts() < before) {
            waitingBytes -= waiting.removeFirst().adts().length;
        }
    }

    /** As {@link Segmenter#audio}; the bytes are copied where they have to wait. */
    void audio(byte[] adts, int length, long pts, long ticks, long wallMicros) {
        if (passes(pts)) {
            segmenter.audio(adts, length, pts, ticks, wallMicros);
            return;
        }
        waiting.addLast(new Sound(Arrays.copyOf(adts, length), pts, ticks, wallMicros));
        waitingBytes += length;
        long most = picture ? MOST_TICKS : UNTOLD_TICKS;
        if (pts - waiting.getFirst().pts() > most || waitingBytes > MOST_BYTES) {
            alone = true;
            release(Long.MAX_VALUE);
        }
    }

    private boolean passes(long pts) {
        return !picture && segmenter.hasBegun()
                || waiting.isEmpty() && (alone || segmenter.isOpen() && seen && pts <= videoDts);
    }

    private void release(long until) {
        while (!waiting.isEmpty() && waiting.getFirst().pts() <= until) {
            Sound s = waiting.removeFirst();
            waitingBytes -= s.adts().length;
            segmenter.audio(s.adts(), s.adts().length, s.pts(), s.ticks(), s.wallMicros());
        }
    }

    /** Ends the open segment with what is there. */
    void finish() {
        release(Long.MAX_VALUE);
        segmenter.finish();
    }
}
