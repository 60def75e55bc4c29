package io.millrace.live.camera;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class SegmentLineTest {
    private static final long SECOND = 90_000;

    @Test
    void aKeyframeEachSecondMakesASegmentEachSecondWithContiguousRanges() {
        SegmentLine line = new SegmentLine(7, 100, true);
        for (int i = 0; i < 4; i++) {
            line.keyframe(i * 1000L, i * SECOND, 5_000 + i * 1000L);
        }
        List<Segment> segments = line.take();
        assertEquals(List.of(100L, 101L, 102L), segments.stream().map(Segment::msn).toList());
        assertEquals(List.of(0L, 1000L, 2000L), segments.stream().map(Segment::offset).toList());
        assertEquals(
                List.of(5_000L, 6_000L, 7_000L),
                segments.stream().map(Segment::startMillis).toList());
        assertTrue(segments.getFirst().discontinuity());
        assertFalse(segments.get(1).discontinuity());
        line.picture(3 * SECOND + 6_000);
        line.end(3_500);
        Segment last = line.take().getFirst();
        assertEquals(500, last.lengthBytes());
        assertEquals(9_600, last.durationTicks());
    }

    @Test
    void aJumpOfTimeBeginsADiscontinuityAndKeepsTheLengthThatWasSeen() {
        SegmentLine line = new SegmentLine(7, 0, false);
        line.keyframe(0, 50 * SECOND, 1_000);
        line.picture(50 * SECOND + 45_000);
        line.keyframe(900, 2 * SECOND, 2_000);
        line.keyframe(1900, 3 * SECOND, 3_000);
        List<Segment> segments = line.take();
        assertEquals(48_600, segments.getFirst().durationTicks());
        assertTrue(segments.get(1).discontinuity());
        assertEquals(2_000, segments.get(1).startMillis());
    }

    @Test
    void theTimestampWrapIsNoJump() {
        SegmentLine line = new SegmentLine(7, 0, false);
        long top = (1L << 33) - 45_000;
        line.keyframe(0, top, 1_000);
        line.keyframe(800, 45_000, 2_000);
        Segment segment = line.take().getFirst();
        assertEquals(90_000, segment.durationTicks());
        assertEquals(800, segment.lengthBytes());
    }

    @Test
    void closeKeyframesAreJoined() {
        SegmentLine line = new SegmentLine(7, 0, false);
        for (int i = 0; i <= 8; i++) {
            line.keyframe(i * 100L, i * SECOND / 4, 1_000 + i * 250L);
        }
        assertEquals(List.of(400, 400), line.take().stream().map(Segment::lengthBytes).toList());
    }
}
