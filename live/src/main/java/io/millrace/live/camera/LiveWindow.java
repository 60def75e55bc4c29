package io.millrace.live.camera;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The live end of a camera: its newest segments and their media sequence numbers, which rise over
 * all of its objects. Not thread-safe.
 *
 * <p>An object enters with its first segment when it is newer than the one shown; the older one
 * never comes back, so that a late append to it plays from the archive and disturbs nobody.
 */
final class LiveWindow {
    private static final byte VERSION = 2;
    private static final int KEPT = 40;
    private static final int SHOWN = 24;
    private static final int FIXED_BYTES = 1 + 3 * Long.BYTES;
    private static final int ENTRY_BYTES = 2 * Long.BYTES + CameraSegment.ENCODED_BYTES + 2;

    /**
     * A line of the live playlist.
     *
     * @param discontinuity whether timestamps or the object begin anew
     * @param continuation whether it is the rest of a group whose beginning was shown before: it
     *     does not begin at a keyframe
     */
    record Line(long msn, CameraSegment segment, boolean discontinuity, boolean continuation) {}

    private final Deque<Line> lines = new ArrayDeque<>();
    private long nextMsn;
    private long discontinuitiesGone;

    /** When the object shown last began to arrive. */
    private long arrivedMillis;

    /** Adds a segment of an object; false when it does not belong to the live end. */
    boolean add(CameraObject object, CameraSegment segment) {
        Line last = lines.peekLast();
        if (last == null || last.segment.incarnation() != segment.incarnation()) {
            if (last != null && !takesOver(object, last)) {
                return false;
            }
            arrivedMillis = object.arrivedMillis();
            put(segment, last != null, false);
        } else if (segment.offset() >= last.segment.endOffset()) {
            put(segment, segment.discontinuity(), false);
        } else {
            grow(last, segment);
        }
        return true;
    }

    private boolean takesOver(CameraObject object, Line last) {
        boolean newer =
                object.incarnation() > last.segment.incarnation()
                        || object.arrivedMillis() > arrivedMillis;
        return newer
                && lines.stream().noneMatch(l -> l.segment.incarnation() == object.incarnation());
    }

    /** A group that was shown before it had ended is longer now: its rest is a line of its own. */
    private void grow(Line last, CameraSegment segment) {
        long shown = last.segment.endOffset();
        long begins = segment.offset();
        long shownTicks = 0;
        for (Line line : lines) {
            if (line.segment.incarnation() == segment.incarnation()
                    && line.segment.offset() >= begins) {
                shownTicks += line.segment.durationTicks();
            }
        }
        if (segment.endOffset() > shown) {
            int rest = (int) Math.max(1, segment.durationTicks() - shownTicks);
            long start = segment.startMillis() + shownTicks / CameraSegment.TICKS_PER_MILLISECOND;
            put(
                    new CameraSegment(
                            segment.incarnation(),
                            shown,
                            segment.endOffset() - shown,
                            rest,
                            start,
                            false),
                    false,
                    true);
        }
    }

    private void put(CameraSegment segment, boolean discontinuity, boolean continuation) {
        lines.add(new Line(nextMsn++, segment, discontinuity, continuation));
        if (lines.size() > KEPT && lines.removeFirst().discontinuity) {
            discontinuitiesGone++;
        }
    }

    /** Its object is gone. */
    void forget(long incarnation) {
        lines.removeIf(l -> l.segment.incarnation() == incarnation);
    }

    /** What a playlist shows, oldest first. */
    List<Line> shown() {
        List<Line> all = new ArrayList<>(lines);
        return all.subList(Math.max(0, all.size() - SHOWN), all.size());
    }

    /** Discontinuities up to the first line shown, its own counted: it is not written there. */
    long discontinuitySequence() {
        long gone = discontinuitiesGone;
        List<Line> shown = shown();
        for (Line line : lines) {
            if (!shown.isEmpty() && line.msn > shown.getFirst().msn) {
                break;
            }
            gone += line.discontinuity ? 1 : 0;
        }
        return gone;
    }

    /** The newest line; null while there is nothing to play. */
    @Nullable Line last() {
        return lines.peekLast();
    }

    byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate(FIXED_BYTES + lines.size() * ENTRY_BYTES);
        out.put(VERSION).putLong(nextMsn).putLong(discontinuitiesGone).putLong(arrivedMillis);
        for (Line line : lines) {
            out.putLong(line.msn).putLong(line.segment.incarnation());
            line.segment.encode(out);
            out.put((byte) (line.discontinuity ? 1 : 0));
            out.put((byte) (line.continuation ? 1 : 0));
        }
        return out.array();
    }

    static LiveWindow decode(byte[] value) {
        ByteBuffer in = ByteBuffer.wrap(value);
        if (in.get() != VERSION) {
            throw new IllegalStateException("a camera's live end has an unknown version");
        }
        LiveWindow window = new LiveWindow();
        window.nextMsn = in.getLong();
        window.discontinuitiesGone = in.getLong();
        window.arrivedMillis = in.getLong();
        while (in.hasRemaining()) {
            long msn = in.getLong();
            CameraSegment segment = CameraSegment.decode(in, in.getLong());
            window.lines.add(new Line(msn, segment, in.get() != 0, in.get() != 0));
        }
        return window;
    }
}
