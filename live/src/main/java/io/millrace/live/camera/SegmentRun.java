package io.millrace.live.camera;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Segments of one object that follow each other in bytes and in time: one row of the index, found
 * by its start on the camera's timeline.
 *
 * @param segments at least one
 */
record SegmentRun(List<CameraSegment> segments) {
    static final int VERSION = 2;
    private static final long SPAN_MILLIS = 120_000;
    private static final long GAP_MILLIS = 2_000;
    private static final int MOST = 256;

    /** How long before a window a run may begin that reaches into it: one group of an hour more. */
    static final long REACH_MILLIS = SPAN_MILLIS + 3_600_000 + GAP_MILLIS;

    /** Segments are joined to about this in playlists of the past. */
    static final long JOIN_MILLIS = 6_000;

    SegmentRun {
        segments = List.copyOf(segments);
    }

    long incarnation() {
        return segments.getFirst().incarnation();
    }

    long offset() {
        return segments.getFirst().offset();
    }

    long startMillis() {
        return segments.getFirst().startMillis();
    }

    long endMillis() {
        return segments.getLast().endMillis();
    }

    /** Whether a segment goes on where this run stops and still belongs into its row. */
    boolean takes(CameraSegment next) {
        CameraSegment last = segments.getLast();
        return segments.size() < MOST
                && last.endOffset() == next.offset()
                && !next.discontinuity()
                && Math.abs(next.startMillis() - last.endMillis()) <= GAP_MILLIS
                && next.startMillis() >= startMillis()
                && next.startMillis() - startMillis() < SPAN_MILLIS;
    }

    SegmentRun with(CameraSegment next) {
        List<CameraSegment> more = new ArrayList<>(segments);
        more.add(next);
        return new SegmentRun(more);
    }

    /** Its segments that overlap a window, joined. */
    List<CameraSegment> playlist(long fromMillis, long toMillis) {
        List<CameraSegment> out = new ArrayList<>();
        for (CameraSegment next : segments) {
            if (next.endMillis() <= fromMillis || next.startMillis() >= toMillis) {
                continue;
            }
            CameraSegment last = out.isEmpty() ? null : out.getLast();
            int ticks = CameraSegment.TICKS_PER_MILLISECOND;
            boolean joins =
                    last != null
                            && last.endOffset() == next.offset()
                            && (last.durationTicks() + (long) next.durationTicks()) / ticks
                                    <= JOIN_MILLIS;
            if (last != null && joins) {
                out.set(out.size() - 1, last.joined(next));
            } else {
                out.add(next);
            }
        }
        return out;
    }

    byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate(1 + segments.size() * CameraSegment.ENCODED_BYTES);
        out.put((byte) VERSION);
        segments.forEach(s -> s.encode(out));
        return out.array();
    }

    static SegmentRun decode(long incarnation, byte[] value) {
        ByteBuffer in = ByteBuffer.wrap(value);
        if (in.get() != VERSION) {
            throw new IllegalStateException("a run of camera segments has an unknown version");
        }
        List<CameraSegment> segments = new ArrayList<>();
        while (in.hasRemaining()) {
            segments.add(CameraSegment.decode(in, incarnation));
        }
        return new SegmentRun(segments);
    }

    /** What the row on the timeline says about it. */
    RunSummary summary() {
        List<CameraSegment> joined = playlist(Long.MIN_VALUE, Long.MAX_VALUE);
        int longest = joined.stream().mapToInt(CameraSegment::durationTicks).max().orElse(0);
        return new RunSummary(
                startMillis(), incarnation(), offset(), endMillis(), joined.size(), longest);
    }
}
