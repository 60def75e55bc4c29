package io.millrace.live.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Where segments begin and end, to the tick. */
class SegmenterTest {
    private static final long SECOND = 90_000;
    private static final long WALL = 1_700_000_000_000_000L;
    private static final byte[] PICTURE = {0, 0, 0, 1, 0x65, 1, 2, 3};
    private static final byte[] ADTS = {(byte) 0xff, (byte) 0xf1, 0x50, (byte) 0x80, 1, 0x1f, 2, 3};
    private static final int PACKET = 188;

    private final List<FinishedSegment> out = new ArrayList<>();
    private final Segmenter segmenter = segmenter(2);

    private Segmenter segmenter(int targetSeconds) {
        Duration target = Duration.ofSeconds(targetSeconds);
        return new Segmenter(target, new TargetDuration(target, 0), false, out::add);
    }

    private void picture(Segmenter into, long dts, boolean keyframe) {
        into.video(PICTURE, PICTURE.length, dts, dts, keyframe, keyframe, WALL + dts * 100 / 9);
    }

    private void sound(Segmenter into, long pts) {
        into.audio(ADTS, ADTS.length, pts, 1_920, WALL + pts * 100 / 9);
    }

    private List<Long> durations() {
        return out.stream().map(FinishedSegment::durationMicros).toList();
    }

    @Test
    void aSegmentEndsAtTheFirstKeyframePastTheTarget() {
        segmenter.streams(true, false, false);
        for (int frame = 0; frame <= 125; frame++) { // 25 pictures a second, keyframes each 1.2 s
            picture(segmenter, frame * 3_600L, frame % 30 == 0);
        }
        assertEquals(List.of(2_400_000L, 2_400_000L), durations());
        assertEquals(List.of(60, 60), out.stream().map(FinishedSegment::frames).toList());
        assertEquals(1_200_000, segmenter.keyframeIntervalMicros());
        segmenter.finish();
        assertEquals(6 * 40_000L, out.getLast().durationMicros());
        assertEquals(6, out.getLast().frames());
        segmenter.finish();
        assertEquals(3, out.size(), "nothing is finished twice");
    }

    @Test
    void aKeyframeALittleShortOfTheTargetIsTaken() {
        segmenter.streams(true, false, false);
        picture(segmenter, 0, true);
        picture(segmenter, 2 * SECOND - 5_400, true); // 60 ms short
        assertEquals(List.of(1_940_000L), durations());
        picture(segmenter, 4 * SECOND - 10_801, true);
        assertEquals(1, out.size(), "more than 60 ms short");
    }

    @Test
    void withoutKeyframesTheFirstSegmentIsForcedToEnd() {
        segmenter.streams(true, false, false);
        for (int second = 0; second <= 62; second++) {
            picture(segmenter, second * SECOND, second == 0);
        }
        assertEquals(List.of(60_000_000L), durations(), "a minute");
        out.clear();
        Segmenter slow = segmenter(40);
        slow.streams(true, false, false);
        for (int second = 0; second <= 82; second++) {
            picture(slow, second * SECOND, second == 0);
        }
        assertEquals(List.of(80_000_000L), durations(), "twice the target");
        slow.finish();
        assertEquals(List.of(true, false), out.stream().map(FinishedSegment::independent).toList());
        assertEquals(List.of(true, false), out.stream().map(FinishedSegment::whole).toList());
    }

    /** One whose target duration is settled at two seconds: no segment rounds to more. */
    private Segmenter settled() {
        Duration target = Duration.ofSeconds(2);
        Segmenter settled = new Segmenter(target, new TargetDuration(target, 2), false, out::add);
        settled.streams(true, true, false);
        return settled;
    }

    private void assertBounded() {
        for (FinishedSegment s : out) {
            assertTrue(s.durationMicros() < 2_500_000, durations().toString());
        }
    }

    @Test
    void aSettledTargetDurationBoundsSegmentsWhoseKeyframesStayAway() {
        Segmenter settled = settled();
        for (int frame = 0; frame <= 225; frame++) { // 25 pictures a second, a keyframe in nine
            picture(settled, frame * 3_600L, frame % 225 == 0);
        }
        assertBounded();
        assertEquals(9_000_000, durations().stream().mapToLong(x -> x).sum());
        assertEquals(
                List.of(true, false, false, false),
                out.stream().map(FinishedSegment::independent).toList());
        assertFalse(out.stream().anyMatch(FinishedSegment::discontinuity));
    }

    @Test
    void anOpenGroupsKeyframeIsNotIndependent() {
        segmenter.streams(true, false, false);
        picture(segmenter, 0, true);
        segmenter.video(PICTURE, 8, 2 * SECOND, 2 * SECOND, true, false, WALL);
        picture(segmenter, 4 * SECOND, true);
        picture(segmenter, 6 * SECOND, true);
        assertEquals(
                List.of(true, false, true),
                out.stream().map(FinishedSegment::independent).toList());
    }

    @Test
    void soundGoesOnInBoundedSegmentsWhilePicturesStayAway() {
        Segmenter settled = settled();
        picture(settled, 0, true);
        picture(settled, 3_600, false);
        for (int i = 0; i < 98 * 47; i++) {
            sound(settled, i * 1_920L);
        }
        picture(settled, 98 * SECOND, true);
        picture(settled, 100 * SECOND, true);
        assertBounded();
        assertEquals(100_000_000, durations().stream().mapToLong(x -> x).sum(), 250_000);
        assertFalse(out.stream().anyMatch(FinishedSegment::discontinuity));
    }

    @Test
    void aGapThatNoSegmentSpansIsADiscontinuity() {
        Segmenter settled = settled();
        picture(settled, 0, true);
        picture(settled, 3_600, false);
        picture(settled, 9 * SECOND, false);
        picture(settled, 11 * SECOND, true);
        settled.finish();
        assertEquals(80_000, durations().getFirst());
        assertEquals(
                List.of(false, true, false),
                out.stream().map(FinishedSegment::discontinuity).toList());
        assertBounded();
    }

    /** A keyframe a little late: the segment claims what it may, the next one the rest. */
    @Test
    void aKeyframeThatIsALittleLateIsTakenAndNoTimeIsLost() {
        Segmenter settled = settled();
        picture(settled, 0, true);
        picture(settled, 9 * SECOND / 4, false);
        picture(settled, 13 * SECOND / 5, true);
        picture(settled, 23 * SECOND / 5, true);
        assertBounded();
        assertEquals(4_600_000, durations().stream().mapToLong(x -> x).sum(), 2);
    }

    @Test
    void noSegmentHasMoreThanSixtyFourMebibytes() {
        segmenter.streams(true, true, false);
        byte[] large = new byte[15 << 20];
        for (int i = 0; i < 9; i++) {
            segmenter.video(large, large.length, i, i, i == 0, i == 0, WALL);
        }
        for (int i = 0; i < 9; i++) {
            segmenter.audio(large, large.length, 9 + i, 1, WALL);
        }
        segmenter.finish();
        assertEquals(List.of(4, 4, 1, 0, 0), out.stream().map(FinishedSegment::frames).toList());
        for (FinishedSegment s : out) {
            assertTrue(s.length() <= 64 << 20, s.length() + " bytes");
        }
    }

    @Test
    void eachSegmentBeginsWithItsTables() {
        segmenter.streams(true, true, false);
        picture(segmenter, 0, true);
        sound(segmenter, 900);
        segmenter.finish();
        FinishedSegment segment = out.getFirst();
        assertEquals(4 * PACKET, segment.length(), "PAT, PMT, one picture, one sound");
        for (int packet = 0; packet < 4; packet++) {
            assertEquals(0x47, segment.bytes()[packet * PACKET]);
        }
        assertEquals(0, pid(segment, 0));
        assertEquals(0x1000, pid(segment, 1));
        assertEquals(0x100, pid(segment, 2));
        assertEquals(0x101, pid(segment, 3));
    }

    private static int pid(FinishedSegment segment, int packet) {
        int at = packet * PACKET;
        return (segment.bytes()[at + 1] & 0x1f) << 8 | segment.bytes()[at + 2] & 0xff;
    }

    @Test
    void soundAloneIsCutAtTheTargetAndEndsWhereItsLastFrameEnds() {
        segmenter.streams(false, true, false);
        for (int i = 0; i < 150; i++) {
            sound(segmenter, i * 1_920L);
        }
        long cut = 91 * 1_920L * 100 / 9; // the first frame at or past 1.94 s
        assertEquals(List.of(cut), durations().subList(0, 1));
        assertEquals(0, out.getFirst().frames());
        segmenter.finish();
        assertEquals((150 - 91) * 1_920L * 100 / 9, out.getLast().durationMicros());
    }

    @Test
    void soundWithoutATrackForItIsDropped() {
        segmenter.streams(true, false, false);
        picture(segmenter, 0, true);
        sound(segmenter, 100);
        segmenter.finish();
        assertEquals(3 * PACKET, out.getFirst().length());
    }

    @Test
    void nothingIsTakenBeforeTheTracksAreKnown() {
        picture(segmenter, 0, true);
        sound(segmenter, 0);
        segmenter.finish();
        assertEquals(0, out.size());
    }

    @Test
    void otherTracksOrParametersBeginADiscontinuity() {
        segmenter.streams(true, false, false);
        picture(segmenter, 0, true);
        segmenter.streams(true, false, false);
        assertEquals(0, out.size(), "the same tracks change nothing");
        segmenter.streams(true, true, false);
        picture(segmenter, SECOND, true);
        segmenter.streams(true, true, true);
        picture(segmenter, 2 * SECOND, true);
        segmenter.streams(false, true, false);
        sound(segmenter, 3 * SECOND);
        segmenter.finish();
        assertEquals(
                List.of(false, true, true, true),
                out.stream().map(FinishedSegment::discontinuity).toList());
    }

    @Test
    void tracksToldBeforeTheFirstSegmentAreNoDiscontinuity() {
        segmenter.streams(true, false, false);
        segmenter.streams(true, true, true);
        picture(segmenter, 0, true);
        segmenter.finish();
        assertFalse(out.getFirst().discontinuity());
    }

    @Test
    void aPushThatContinuesAStreamBeginsWithADiscontinuityOnce() {
        Segmenter again =
                new Segmenter(
                        Duration.ofSeconds(2),
                        new TargetDuration(Duration.ofSeconds(2), 0),
                        true,
                        out::add);
        again.streams(true, false, false);
        picture(again, 0, true);
        picture(again, 2 * SECOND, true);
        again.finish();
        assertEquals(
                List.of(true, false), out.stream().map(FinishedSegment::discontinuity).toList());
    }

    @Test
    void aDiscontinuityMarksTheNextSegmentAndForgetsTheWallClock() {
        segmenter.streams(true, false, false);
        picture(segmenter, 0, true);
        segmenter.discontinue();
        segmenter.video(PICTURE, PICTURE.length, 500, 500, true, true, WALL + 7_000_000);
        segmenter.finish();
        assertEquals(WALL, out.getFirst().startMicros());
        assertEquals(WALL + 7_000_000, out.getLast().startMicros());
        assertTrue(out.getLast().discontinuity());
    }

    @Test
    void theLastPictureLastsAsLongAsTheOneBefore() {
        segmenter.streams(true, false, false);
        picture(segmenter, 0, true);
        picture(segmenter, 3_600, false);
        picture(segmenter, 9_000, false);
        segmenter.finish();
        assertEquals((9_000 + 5_400) * 100 / 9, out.getFirst().durationMicros());
    }

    @Test
    void aSingleSliverHasAMillisecondAtLeast() {
        segmenter.streams(true, false, false);
        picture(segmenter, 0, true);
        segmenter.finish();
        assertEquals(1_000, out.getFirst().durationMicros());
    }

    @Test
    void theLastPictureOfAPushKeepsItsLengthAcrossACut() {
        segmenter.streams(true, false, false);
        picture(segmenter, 0, true);
        picture(segmenter, 2 * SECOND - 3_600, false);
        picture(segmenter, 2 * SECOND, true);
        segmenter.finish();
        assertEquals(List.of(2_000_000L, 40_000L), durations());
    }

    @Test
    void theKeyframeIntervalIsTheLastOneSeen() {
        segmenter.streams(true, false, false);
        assertEquals(0, segmenter.keyframeIntervalMicros());
        picture(segmenter, 0, true);
        assertEquals(0, segmenter.keyframeIntervalMicros());
        picture(segmenter, SECOND, true);
        assertEquals(1_000_000, segmenter.keyframeIntervalMicros());
        picture(segmenter, SECOND, true);
        assertEquals(1_000_000, segmenter.keyframeIntervalMicros());
        picture(segmenter, SECOND + 45_000, true);
        assertEquals(500_000, segmenter.keyframeIntervalMicros());
    }

    @Test
    void soundAloneHasItsStartOnTheWallClock() {
        segmenter.streams(false, true, false);
        segmenter.audio(ADTS, ADTS.length, SECOND, 1_920, WALL);
        segmenter.audio(ADTS, ADTS.length, SECOND + 1_920, 1_920, WALL + 21_333);
        segmenter.finish();
        assertEquals(WALL, out.getFirst().startMicros());
    }

    @Test
    void soundIsCutSixtyMillisecondsShortOfTheTargetAndNoSooner() {
        segmenter.streams(false, true, false);
        sound(segmenter, 0);
        sound(segmenter, 2 * SECOND - 5_401);
        assertEquals(0, out.size());
        sound(segmenter, 2 * SECOND - 5_400);
        assertEquals(List.of(1_940_000L), durations());
    }

    @Test
    void theWallClockFollowsADriftSlowlyFromSegmentToSegment() {
        segmenter.streams(true, false, false);
        for (int second = 0; second <= 6; second += 2) {
            long wall = WALL + second * 1_000_000L - (second >= 2 ? 50_000 : 0);
            segmenter.video(
                    PICTURE, PICTURE.length, second * SECOND, second * SECOND, true, true, wall);
        }
        assertEquals(
                List.of(WALL, WALL + 2_000_000, WALL + 4_000_000 - 1_000),
                out.stream().map(FinishedSegment::startMicros).toList());
    }
}
