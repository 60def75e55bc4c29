package io.millrace.live.camera;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts one object into segments: one ends at the first keyframe that is at least {@link
 * #TARGET_TICKS} after its own, or where time jumps. Together they hold every byte from the first
 * keyframe on, each once. Not thread-safe.
 */
final class SegmentLine {
    /** 0.9 s: cameras with keyframes each second get one segment a keyframe. */
    static final long TARGET_TICKS = 81_000;

    private static final long FRAME_TICKS = 3_600;
    private static final long MAX_TICKS = 3_600 * 90_000L;

    /**
     * A group of pictures from its keyframe on.
     *
     * @param startMillis when it was recorded, {@link MediaClock#NONE} until that is settled
     */
    record Group(
            long offset,
            MediaClock.Piece piece,
            long ticks,
            boolean discontinuity,
            long startMillis) {
        private Group settled() {
            return startMillis != MediaClock.NONE
                    ? this
                    : new Group(offset, piece, ticks, discontinuity, piece.at(ticks));
        }
    }

    /** A group that has ended. */
    private record Closed(Group group, long end, long durationTicks) {}

    private final long incarnation;
    private final MediaClock clock;
    private final List<Closed> closed = new ArrayList<>();
    private @Nullable Group open;
    private long resumeMillis;
    private boolean resumeDiscontinuity;

    SegmentLine(long incarnation, MediaClock clock) {
        this(incarnation, clock, MediaClock.NONE, false);
    }

    /**
     * Goes on at a group that was open before.
     *
     * @param startMillis what it was given, {@link MediaClock#NONE} for nothing
     */
    SegmentLine(long incarnation, MediaClock clock, long startMillis, boolean discontinuity) {
        this.incarnation = incarnation;
        this.clock = clock;
        this.resumeMillis = startMillis;
        this.resumeDiscontinuity = discontinuity;
    }

    /** A picture with this timestamp (90 kHz, 33 bits) was seen; keyframes too. */
    void picture(long pts) {
        if (open != null) {
            clock.picture(pts);
        }
    }

    /** A keyframe whose tables begin at {@code offset}. */
    void keyframe(long offset, long pts) {
        Group group = open;
        if (group == null) {
            first(offset, pts);
        } else if (clock.jumps(pts, group.ticks)) {
            close(group, offset, clock.latestTicks() - group.ticks + FRAME_TICKS);
            clock.begin(pts);
            begin(offset, 0, true);
        } else if (clock.ticks(pts) - group.ticks >= TARGET_TICKS) {
            long ticks = clock.ticks(pts);
            clock.picture(pts);
            close(group, offset, ticks - group.ticks);
            begin(offset, ticks, false);
        } else {
            clock.picture(pts);
        }
    }

    private void first(long offset, long pts) {
        if (resumeMillis == MediaClock.NONE) {
            clock.begin(pts);
            begin(offset, 0, false);
            return;
        }
        clock.resume(pts, resumeMillis);
        open = new Group(offset, clock.piece(), 0, resumeDiscontinuity, resumeMillis);
    }

    private void begin(long offset, long ticks, boolean discontinuity) {
        open = new Group(offset, clock.piece(), ticks, discontinuity, MediaClock.NONE);
    }

    private void close(Group group, long end, long ticks) {
        if (end > group.offset) {
            closed.add(new Closed(group, end, ticks));
        }
    }

    /**
     * Everything heard of until now had arrived by this time.
     *
     * @return the segments that ended since the last call
     */
    List<CameraSegment> settle(long arrivalMillis) {
        clock.settle(arrivalMillis);
        List<CameraSegment> out = new ArrayList<>(closed.size());
        closed.forEach(c -> out.add(segment(c.group.settled(), c.end, c.durationTicks)));
        closed.clear();
        open = open == null ? null : open.settled();
        return out;
    }

    /** The group that has not ended, settled; null before the first keyframe. */
    @Nullable Group open() {
        return open;
    }

    /** The open group up to {@code end} as a segment; null while there is none. */
    @Nullable CameraSegment openUntil(long end) {
        Group group = open;
        return group == null || end <= group.offset
                ? null
                : segment(group, end, clock.latestTicks() - group.ticks + FRAME_TICKS);
    }

    private CameraSegment segment(Group group, long end, long ticks) {
        return new CameraSegment(
                incarnation,
                group.offset,
                end - group.offset,
                (int) Math.clamp(ticks, 1, MAX_TICKS),
                group.startMillis,
                group.discontinuity);
    }
}
