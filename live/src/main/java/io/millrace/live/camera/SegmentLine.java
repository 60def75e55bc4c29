package io.millrace.live.camera;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns the keyframes of one object into segments: a segment closes at the first keyframe that is
 * at least {@link #TARGET_TICKS} after its first, or where time jumps. Not thread-safe.
 *
 * <p>Wall-clock time: the first keyframe gets the arrival time of the bytes that brought it; each
 * later one the time that media time says, or its own arrival time if that is earlier, since
 * nothing arrives before it was recorded.
 */
final class SegmentLine {
    static final long TARGET_TICKS =
            81_000; // 0.9 s: cameras with keyframes each second get one segment a keyframe
    private static final long MAX_FORWARD_TICKS = 10 * 90_000L;
    private static final long DEFAULT_FRAME_TICKS = 3_600;
    private static final long WRAP = 1L << 33;

    private final long incarnation;
    private final Deque<Segment> closed = new ArrayDeque<>();
    private long nextMsn;
    private boolean open;
    private boolean openDiscontinuity;
    private long openOffset;
    private long openPts;
    private long openStartMillis;
    private long latestPts;

    SegmentLine(long incarnation, long firstMsn, boolean startsWithDiscontinuity) {
        this.incarnation = incarnation;
        this.nextMsn = firstMsn;
        this.openDiscontinuity = startsWithDiscontinuity;
    }

    /** A picture with this timestamp (90 kHz, 33 bits) was seen; keyframes too. */
    void picture(long pts) {
        if (open) {
            long ahead = ahead(pts, latestPts);
            if (ahead > 0 && ahead < MAX_FORWARD_TICKS) {
                latestPts = pts;
            }
        }
    }

    /** A keyframe whose tables begin at {@code offset}. */
    void keyframe(long offset, long pts, long arrivalMillis) {
        if (!open) {
            begin(offset, pts, arrivalMillis, openDiscontinuity);
            return;
        }
        long elapsed = ahead(pts, openPts);
        boolean jumped = elapsed < 0 || ahead(pts, latestPts) > MAX_FORWARD_TICKS;
        if (jumped) {
            close(offset, ahead(latestPts, openPts) + DEFAULT_FRAME_TICKS);
            begin(offset, pts, arrivalMillis, true);
        } else if (elapsed >= TARGET_TICKS) {
            long startMillis = Math.min(openStartMillis + elapsed / 90, arrivalMillis);
            close(offset, elapsed);
            begin(offset, pts, startMillis, false);
        } else {
            picture(pts);
        }
    }

    /** The object ends at {@code length}: what is open becomes the last segment. */
    void end(long length) {
        if (open && length > openOffset) {
            close(length, ahead(latestPts, openPts) + DEFAULT_FRAME_TICKS);
            open = false;
        }
    }

    private void begin(long offset, long pts, long startMillis, boolean discontinuity) {
        open = true;
        openDiscontinuity = discontinuity;
        openOffset = offset;
        openPts = pts;
        latestPts = pts;
        openStartMillis = startMillis;
    }

    private void close(long end, long ticks) {
        if (end <= openOffset) {
            return;
        }
        closed.add(
                new Segment(
                        nextMsn++,
                        incarnation,
                        openOffset,
                        (int) Math.min(end - openOffset, Integer.MAX_VALUE),
                        (int) Math.clamp(ticks, 1, 3_600 * 90_000L),
                        openStartMillis,
                        openDiscontinuity));
    }

    /** Signed distance of two 33-bit timestamps, across the wrap. */
    private static long ahead(long pts, long than) {
        long difference = (pts - than) & (WRAP - 1);
        return difference >= WRAP / 2 ? difference - WRAP : difference;
    }

    /** Takes the segments that closed since the last call. */
    List<Segment> take() {
        List<Segment> out = new ArrayList<>(closed);
        closed.clear();
        return out;
    }

    /**
     * Where the open segment begins, or null while there is none: scanning can start again from
     * here.
     */
    @Nullable Long openOffset() {
        return open ? openOffset : null;
    }

    long nextMsn() {
        return nextMsn;
    }
}
