package io.millrace.live.camera;

import java.util.ArrayList;
import java.util.List;

/**
 * The one place where the media time of an object becomes wall-clock time. Not thread-safe.
 *
 * <p>Media time (33-bit PTS, 90 kHz) is unfolded into ticks that rise within a <i>piece</i>: a
 * stretch without a jump. A piece is tied to the wall clock by one number, the time of its tick 0,
 * which follows from what is known:
 *
 * <ul>
 *   <li>Nothing arrives before it was recorded: of all appends of a piece, the one that came
 *       soonest after its last picture is the best guess, and corrects it downwards at once.
 *       Upwards it follows a slow camera clock by at most 500 ppm.
 *   <li>A camera that says when the object began to be recorded is believed, except that its
 *       pictures never lie after their arrival. A jump in such an object goes on where the piece
 *       before ended.
 *   <li>Of several pieces in one append only the last is bound by the arrival; each earlier one
 *       ends where the next begins.
 * </ul>
 *
 * A time once given to a segment never changes.
 */
final class MediaClock {
    /** No time. */
    static final long NONE = Long.MIN_VALUE;

    private static final long WRAP = 1L << 33;
    private static final long MAX_FORWARD_TICKS = 10 * 90_000L;
    private static final long SLEW_TICKS = 60 * 90_000L;
    private static final long SLEW_MILLIS = 30;

    /** A stretch of media time without a jump. */
    static final class Piece {
        private final long firstTicks;
        private long endTicks;
        private long zeroMillis = NONE;

        private Piece(long firstTicks) {
            this.firstTicks = firstTicks;
            this.endTicks = firstTicks;
        }

        /** When a tick was recorded; known once {@link MediaClock#settle} was called. */
        long at(long ticks) {
            return zeroMillis + ticks / CameraSegment.TICKS_PER_MILLISECOND;
        }

        private void tie(long ticks, long wallMillis) {
            zeroMillis = wallMillis - ticks / CameraSegment.TICKS_PER_MILLISECOND;
        }
    }

    private final long captureMillis;
    private final List<Piece> unsettled = new ArrayList<>();
    private Piece piece = new Piece(0);
    private long latestPts;
    private long latestTicks;
    private long leastMillis = Long.MAX_VALUE;
    private long leastFromTicks;

    /**
     * @param captureMillis when the camera says that the object's first keyframe was recorded, or
     *     {@link #NONE}
     */
    MediaClock(long captureMillis) {
        this.captureMillis = captureMillis;
    }

    /** Begins at a keyframe. */
    void begin(long pts) {
        piece = new Piece(0);
        unsettled.add(piece);
        latestPts = pts;
        latestTicks = 0;
        leastMillis = Long.MAX_VALUE;
        leastFromTicks = 0;
    }

    /** Begins at a keyframe whose time was given before. */
    void resume(long pts, long wallMillis) {
        begin(pts);
        piece.tie(0, wallMillis);
    }

    /** Whether a keyframe with this timestamp does not follow from what came before. */
    boolean jumps(long pts, long sinceTicks) {
        long ticks = ticks(pts);
        return ticks < sinceTicks || ticks > latestTicks + MAX_FORWARD_TICKS;
    }

    /** Unfolds a timestamp of the present piece. */
    long ticks(long pts) {
        long difference = (pts - latestPts) & (WRAP - 1);
        return latestTicks + (difference >= WRAP / 2 ? difference - WRAP : difference);
    }

    /** A picture of the present piece was seen. */
    void picture(long pts) {
        long ticks = ticks(pts);
        if (ticks > latestTicks && ticks < latestTicks + MAX_FORWARD_TICKS) {
            latestTicks = ticks;
            latestPts = pts;
            piece.endTicks = ticks;
        }
    }

    /** The piece that media belongs to now. */
    Piece piece() {
        return piece;
    }

    /** The latest picture's time within the present piece. */
    long latestTicks() {
        return latestTicks;
    }

    /** All media heard of until now had arrived by this time: ties its pieces to the wall clock. */
    void settle(long arrivalMillis) {
        if (captureMillis == NONE) {
            long bound = arrivalMillis;
            for (Piece next : unsettled.reversed()) {
                follow(next, bound);
                bound = next.at(next.firstTicks);
            }
        } else {
            long start = captureMillis;
            for (Piece next : unsettled) {
                if (next.zeroMillis == NONE) {
                    next.tie(next.firstTicks, start);
                }
                start = next.at(next.endTicks);
            }
            limit(unsettled, arrivalMillis);
        }
        unsettled.clear();
        unsettled.add(piece);
    }

    /** The camera's clock may be ahead of the store's: nothing lies after its arrival. */
    private static void limit(List<Piece> pieces, long arrivalMillis) {
        long ahead = pieces.isEmpty() ? 0 : pieces.getLast().at(pieces.getLast().endTicks);
        long by = ahead - arrivalMillis;
        if (by > 0) {
            pieces.forEach(p -> p.zeroMillis -= by);
        }
    }

    private void follow(Piece next, long boundMillis) {
        long offset = boundMillis - next.endTicks / CameraSegment.TICKS_PER_MILLISECOND;
        if (next.zeroMillis == NONE || offset < next.zeroMillis) {
            next.zeroMillis = offset;
            leastMillis = Long.MAX_VALUE;
            leastFromTicks = next.endTicks;
            return;
        }
        leastMillis = Math.min(leastMillis, offset);
        if (next.endTicks - leastFromTicks >= SLEW_TICKS) {
            next.zeroMillis += Math.min(leastMillis - next.zeroMillis, SLEW_MILLIS);
            leastMillis = Long.MAX_VALUE;
            leastFromTicks = next.endTicks;
        }
    }
}
