package io.millrace.live.camera;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class SegmentLineTest {
    private static final long SECOND = 90_000;
    private static final long NOON = 1_800_000_000_000L;

    private static SegmentLine line() {
        return new SegmentLine(7, new MediaClock(MediaClock.NONE));
    }

    private static List<Long> starts(List<CameraSegment> segments) {
        return segments.stream().map(s -> s.startMillis() - NOON).toList();
    }

    @Test
    void aKeyframeEachSecondMakesASegmentEachSecondWithContiguousRanges() {
        SegmentLine line = line();
        for (int i = 0; i < 4; i++) {
            line.keyframe(i * 1000L, i * SECOND);
        }
        List<CameraSegment> segments = line.settle(NOON + 3_000);
        assertEquals(
                List.of(0L, 1000L, 2000L), segments.stream().map(CameraSegment::offset).toList());
        assertEquals(List.of(0L, 1_000L, 2_000L), starts(segments));
        assertTrue(segments.stream().noneMatch(CameraSegment::discontinuity));
        line.picture(3 * SECOND + 6_000);
        line.settle(NOON + 3_100);
        CameraSegment last = Objects.requireNonNull(line.openUntil(3_500));
        assertEquals(500, last.lengthBytes());
        assertEquals(9_600, last.durationTicks());
        assertEquals(NOON + 3_000, last.startMillis());
    }

    @Test
    void aJumpOfTimeBeginsADiscontinuityAndKeepsTheLengthThatWasSeen() {
        SegmentLine line = line();
        line.keyframe(0, 50 * SECOND);
        line.picture(50 * SECOND + 45_000);
        line.settle(NOON + 500);
        line.keyframe(900, 2 * SECOND);
        line.keyframe(1900, 3 * SECOND);
        List<CameraSegment> segments = line.settle(NOON + 9_000);
        assertEquals(48_600, segments.getFirst().durationTicks());
        assertTrue(segments.get(1).discontinuity());
        assertEquals(List.of(0L, 8_000L), starts(segments));
    }

    @Test
    void theTimestampWrapIsNoJump() {
        SegmentLine line = line();
        long top = (1L << 33) - 45_000;
        line.keyframe(0, top);
        line.keyframe(800, 45_000);
        CameraSegment segment = line.settle(NOON).getFirst();
        assertEquals(90_000, segment.durationTicks());
        assertEquals(800, segment.lengthBytes());
        assertFalse(segment.discontinuity());
    }

    @Test
    void closeKeyframesAreJoined() {
        SegmentLine line = line();
        for (int i = 0; i <= 8; i++) {
            line.keyframe(i * 100L, i * SECOND / 4);
        }
        assertEquals(
                List.of(400L, 400L),
                line.settle(NOON).stream().map(CameraSegment::lengthBytes).toList());
    }

    @Test
    void anHourThatIsReadAtOnceLiesBeforeItsArrivalAtItsOwnPace() {
        SegmentLine line = line();
        for (int i = 0; i <= 3_600; i++) {
            line.keyframe(i * 1000L, i * SECOND);
        }
        List<CameraSegment> segments = line.settle(NOON + 3_600_000);
        assertEquals(0, starts(segments).getFirst());
        assertEquals(3_599_000, starts(segments).getLast());
    }

    @Test
    void anAppendThatComesSoonerCorrectsTheTimeAndNoTimeOnceGivenChanges() {
        SegmentLine line = line();
        line.keyframe(0, 0);
        line.settle(NOON + 5_000); // five seconds late
        line.keyframe(1_000, SECOND);
        line.keyframe(2_000, 2 * SECOND);
        List<CameraSegment> segments = line.settle(NOON + 2_100);
        assertEquals(List.of(5_000L, 1_100L), starts(segments));
    }

    @Test
    void aSlowCameraClockIsFollowedByHalfAMillisecondASecondAtMost() {
        SegmentLine line = line();
        List<CameraSegment> segments = List.of();
        for (int i = 0; i <= 600; i++) {
            line.keyframe(i * 1000L, i * SECOND);
            List<CameraSegment> fresh = line.settle(NOON + i * 1_001L);
            segments = fresh.isEmpty() ? segments : fresh;
        }
        long lateMillis = starts(segments).getLast() - 599_000;
        assertTrue(lateMillis > 200 && lateMillis <= 300, lateMillis + " ms after ten minutes");
    }

    @Test
    void aCapturedObjectRunsOnMediaTimeAloneThroughJumps() {
        SegmentLine line = new SegmentLine(7, new MediaClock(NOON - 86_400_000));
        line.keyframe(0, 7 * SECOND);
        line.keyframe(1_000, 8 * SECOND);
        line.keyframe(2_000, 500 * SECOND);
        line.keyframe(3_000, 501 * SECOND);
        List<CameraSegment> segments = line.settle(NOON);
        assertEquals(
                List.of(-86_400_000L, -86_399_000L, -86_399_000L + 0),
                starts(segments).subList(0, 3));
    }

    @Test
    void aResumedGroupKeepsItsTimeAndItsDiscontinuity() {
        SegmentLine line = new SegmentLine(7, new MediaClock(MediaClock.NONE), NOON - 1_000, true);
        line.keyframe(5_000, 33 * SECOND);
        line.keyframe(6_000, 34 * SECOND);
        CameraSegment segment = line.settle(NOON + 60_000).getFirst();
        assertEquals(NOON - 1_000, segment.startMillis());
        assertTrue(segment.discontinuity());
        assertEquals(5_000, segment.offset());
    }
}
