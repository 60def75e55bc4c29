package io.millrace.live.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.live.stream.Timeline.Track;
import io.millrace.live.stream.Timeline.Verdict;
import org.junit.jupiter.api.Test;

/**
 * A publisher's milliseconds become rising ticks; wraps, small steps back and jumps are told apart.
 */
class TimelineStampTest {
    private static final long BASE = Timeline.BASE_TICKS;
    private final Timeline timeline = new Timeline();

    private long dts(Track track, long timestamp) {
        assertEquals(Verdict.FINE, timeline.stamp(track, timestamp, 0));
        return timeline.dts() - BASE;
    }

    @Test
    void theFirstStampIsTheBaseWhateverItSays() {
        assertEquals(180_000, BASE);
        assertEquals(0, dts(Track.VIDEO, 123_456));
        assertEquals(40 * 90, dts(Track.VIDEO, 123_496));
        assertEquals(0, new TimelineStampTest().dts(Track.AUDIO, 0xffff_fff0L));
    }

    @Test
    void bothTracksShareOneClockAndEachRisesByItself() {
        assertEquals(0, dts(Track.VIDEO, 1_000));
        assertEquals(0, dts(Track.AUDIO, 1_000));
        assertEquals(1, dts(Track.AUDIO, 1_000));
        assertEquals(1, dts(Track.VIDEO, 1_000));
        assertEquals(20 * 90, dts(Track.AUDIO, 1_020));
        assertEquals(10 * 90, dts(Track.VIDEO, 1_010));
    }

    @Test
    void aSmallStepBackIsRaisedAboveTheLast() {
        assertEquals(0, dts(Track.VIDEO, 5_000));
        assertEquals(1_500 * 90, dts(Track.VIDEO, 6_500));
        assertEquals(1_500 * 90 + 1, dts(Track.VIDEO, 5_500), "a second back is no jump");
        assertEquals(1_500 * 90 + 2, dts(Track.VIDEO, 6_499));
        assertEquals(1_501 * 90, dts(Track.VIDEO, 6_501));
    }

    @Test
    void moreThanASecondBackIsAJumpThatGoesOnWhereTheClockStood() {
        assertEquals(0, dts(Track.VIDEO, 5_000));
        assertEquals(1_500 * 90, dts(Track.VIDEO, 6_500));
        assertEquals(Verdict.JUMPED, timeline.stamp(Track.VIDEO, 5_499, 0));
        assertEquals((1_500 + 40) * 90, timeline.dts() - BASE);
        assertEquals((1_500 + 60) * 90, dts(Track.VIDEO, 5_519));
    }

    @Test
    void moreThanTenSecondsForwardIsAJump() {
        assertEquals(0, dts(Track.VIDEO, 0));
        assertEquals(10_000 * 90, dts(Track.VIDEO, 10_000));
        assertEquals(Verdict.JUMPED, timeline.stamp(Track.VIDEO, 20_001, 0));
        assertEquals(10_040 * 90, timeline.dts() - BASE);
    }

    @Test
    void aJumpGoesOnAfterTheLaterOfTheTwoTracks() {
        assertEquals(0, dts(Track.AUDIO, 0));
        assertEquals(900 * 90, dts(Track.AUDIO, 900));
        assertEquals(100 * 90, dts(Track.VIDEO, 100));
        assertEquals(Verdict.JUMPED, timeline.stamp(Track.VIDEO, 500_000, 0));
        assertEquals(940 * 90, timeline.dts() - BASE);
    }

    @Test
    void theWrapOfThirtyTwoBitsIsUnfolded() {
        assertEquals(0, dts(Track.VIDEO, 0xffff_ffffL - 39));
        assertEquals(40 * 90, dts(Track.VIDEO, 0));
        assertEquals(80 * 90, dts(Track.VIDEO, 40));
    }

    @Test
    void stragglersAreRefusedForAHundredStampsAfterAJumpAndThenJumpAgain() {
        dts(Track.VIDEO, 1_000);
        assertEquals(Verdict.JUMPED, timeline.stamp(Track.VIDEO, 900_000, 0));
        long after = timeline.dts();
        for (int i = 0; i < 50; i++) {
            assertEquals(Verdict.STALE, timeline.stamp(Track.AUDIO, 1_000 + i, 0));
            assertEquals(after, timeline.dts(), "a straggler changes nothing");
        }
        for (int i = 1; i <= 50; i++) {
            assertEquals(Verdict.FINE, timeline.stamp(Track.VIDEO, 900_000 + i, 0));
        }
        assertEquals(Verdict.JUMPED, timeline.stamp(Track.VIDEO, 1_000, 0));
    }

    @Test
    void compositionMovesThePresentationWithinBounds() {
        timeline.stamp(Track.VIDEO, 0, 80);
        assertEquals(80 * 90, timeline.pts() - timeline.dts());
        timeline.stamp(Track.VIDEO, 40, -80);
        assertEquals(timeline.dts(), timeline.pts());
        timeline.stamp(Track.VIDEO, 80, 10_001);
        assertEquals(10_000 * 90, timeline.pts() - timeline.dts());
    }
}
