package io.millrace.live.camera;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a camera's live playlist: its newest segments and their media sequence numbers,
 * which rise over all of its objects. Which object's segments come in is {@link Camera}'s to say.
 * Not thread-safe.
 *
 * <p>Numbers follow each other without a gap, because players count lines (RFC 8216, 6.2.2).
 */
final class LiveWindow {
    private static final byte VERSION = 2;
    static final int KEPT = 40;
    private static final int SHOWN = 24;
    private static final int FIXED_BYTES = 1 + 4 * Long.BYTES;
    private static final int LINE_BYTES = 2 * Long.BYTES + CameraSegment.ENCODED_BYTES + 2;

    /**
     * A line of the live playlist.
     *
     * @param discontinuity whether it does not go on where the line before ended
     * @param continuation whether it is the rest of a group whose beginning was shown before: it
     *     does not begin at a keyframe
     */
    record Line(long msn, CameraSegment segment, boolean discontinuity, boolean continuation) {}

    private final Deque<Line> lines = new ArrayDeque<>();
    private long nextMsn;
    private long discontinuitiesGone;
    private long leader;
    private long lastAppendMillis = MediaClock.NONE;

    /** The object whose segments come in, 0 for none. */
    long leader() {
        return leader;
    }

    /** When it grew last, milliseconds since 1970; {@link MediaClock#NONE} while nothing came. */
    long lastAppendMillis() {
        return lastAppendMillis;
    }

    void heard(long incarnation, long appendMillis) {
        leader = incarnation;
        lastAppendMillis = appendMillis;
    }

    /** Adds a segment; what of it is shown already is not shown again. */
    void add(CameraSegment segment) {
        Line same = lastOf(segment.incarnation());
        if (same == null || segment.offset() >= same.segment.endOffset()) {
            put(segment, !followsLast(segment), false);
        } else if (segment.endOffset() > same.segment.endOffset()) {
            CameraSegment rest = rest(segment, same.segment.endOffset());
            put(rest, !followsLast(rest), true);
        }
    }

    private @Nullable Line lastOf(long incarnation) {
        for (Iterator<Line> newest = lines.descendingIterator(); newest.hasNext(); ) {
            Line line = newest.next();
            if (line.segment.incarnation() == incarnation) {
                return line;
            }
        }
        return null;
    }

    private boolean followsLast(CameraSegment segment) {
        Line last = lines.peekLast();
        if (last == null) {
            return nextMsn == 0;
        }
        return last.segment.incarnation() == segment.incarnation()
                && last.segment.endOffset() == segment.offset()
                && !segment.discontinuity();
    }

    /** A group that was shown before it had ended is longer now: what is new of it. */
    private CameraSegment rest(CameraSegment group, long shown) {
        long shownTicks = 0;
        for (Line line : lines) {
            if (line.segment.incarnation() == group.incarnation()
                    && line.segment.offset() >= group.offset()) {
                shownTicks += line.segment.durationTicks();
            }
        }
        return new CameraSegment(
                group.incarnation(),
                shown,
                group.endOffset() - shown,
                (int) Math.max(1, group.durationTicks() - shownTicks),
                group.startMillis() + shownTicks / CameraSegment.TICKS_PER_MILLISECOND,
                false);
    }

    private void put(CameraSegment segment, boolean discontinuity, boolean continuation) {
        lines.add(new Line(nextMsn++, segment, discontinuity, continuation));
        if (lines.size() > KEPT) {
            dropFirst();
        }
    }

    private void dropFirst() {
        if (lines.removeFirst().discontinuity) {
            discontinuitiesGone++;
        }
    }

    /** Its object is gone: its lines leave, and those before them, so that no number is missing. */
    void forget(long incarnation) {
        while (lastOf(incarnation) != null) {
            dropFirst();
        }
        if (leader == incarnation) {
            leader = 0;
        }
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

    byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate(FIXED_BYTES + lines.size() * LINE_BYTES);
        out.put(VERSION)
                .putLong(nextMsn)
                .putLong(discontinuitiesGone)
                .putLong(leader)
                .putLong(lastAppendMillis);
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
        window.leader = in.getLong();
        window.lastAppendMillis = in.getLong();
        while (in.hasRemaining()) {
            long msn = in.getLong();
            CameraSegment segment = CameraSegment.decode(in, in.getLong());
            window.lines.add(new Line(msn, segment, in.get() != 0, in.get() != 0));
        }
        return window;
    }
}
