package io.millrace.live.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
        assertEquals(Verdict.FINE, timeline.stamp(track, timestamp, 0, 0));
        return timeline.dts() - BASE;
    }

    @Test
    void theFirstStampIsTheBaseWhateverItSays() {
        assertEquals(12 * 90_000, BASE);
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
        assertEquals(Verdict.JUMPED, timeline.stamp(Track.VIDEO, 5_499, 0, 0));
        assertEquals((1_500 + 40) * 90, timeline.dts() - BASE);
        assertEquals((1_500 + 60) * 90, dts(Track.VIDEO, 5_519));
    }

    @Test
    void moreThanTenSecondsForwardIsAJump() {
        assertEquals(0, dts(Track.VIDEO, 0));
        assertEquals(10_000 * 90, dts(Track.VIDEO, 10_000));
        assertEquals(Verdict.JUMPED, timeline.stamp(Track.VIDEO, 20_001, 0, 0));
        assertEquals(10_040 * 90, timeline.dts() - BASE);
    }

    @Test
    void aJumpGoesOnAfterTheLaterOfTheTwoTracks() {
        assertEquals(0, dts(Track.AUDIO, 0));
        assertEquals(900 * 90, dts(Track.AUDIO, 900));
        assertEquals(100 * 90, dts(Track.VIDEO, 100));
        assertEquals(Verdict.JUMPED, timeline.stamp(Track.VIDEO, 500_000, 0, 0));
        assertEquals(940 * 90, timeline.dts() - BASE);
    }

    @Test
    void theWrapOfThirtyTwoBitsIsUnfolded() {
        assertEquals(0, dts(Track.VIDEO, 0xffff_ffffL - 39));
        assertEquals(40 * 90, dts(Track.VIDEO, 0));
        assertEquals(80 * 90, dts(Track.VIDEO, 40));
    }

    @Test
    void aTrackThatIsStillBeforeTheJumpGoesOnAndFollows() {
        dts(Track.VIDEO, 1_000);
        dts(Track.AUDIO, 0);
        assertEquals(Verdict.JUMPED, timeline.stamp(Track.VIDEO, 900_000, 0, 0));
        for (int i = 1; i <= 50; i++) {
            assertEquals((20 * i - 1_000) * 90, dts(Track.AUDIO, 20 * i));
            assertEquals((40 + i) * 90, dts(Track.VIDEO, 900_000 + i));
        }
        assertEquals(-960 * 90 + 1_060 * 90, dts(Track.AUDIO, 900_060), "the other's offset");
    }

    @Test
    void picturesThatFollowTheSoundsJumpAreADiscontinuityToo() {
        dts(Track.VIDEO, 0);
        dts(Track.AUDIO, 0);
        assertEquals(Verdict.JUMPED, timeline.stamp(Track.AUDIO, 900_000, 0, 0));
        assertEquals(Verdict.JUMPED, timeline.stamp(Track.VIDEO, 900_020, 0, 0));
        assertEquals(60 * 90, timeline.dts() - BASE);
    }

    @Test
    void eachTrackHasAClockOfItsOwn() {
        for (int apart : new int[] {-5_000, -1_500, 1_500, 5_000}) {
            Timeline skewed = new Timeline();
            for (int time = 0; time < 60_000; time += 20) {
                assertEquals(Verdict.FINE, skewed.stamp(Track.VIDEO, time, 0, 0));
                assertEquals(BASE + time * 90L, skewed.dts());
                assertEquals(Verdict.FINE, skewed.stamp(Track.AUDIO, time + apart, 0, 1_920));
                assertEquals(BASE + (time + apart) * 90L, skewed.dts());
                assertTrue(skewed.dts() > 0);
            }
        }
    }

    @Test
    void aClockThatStandsStillGoesOnByTheLengthOfItsFrames() {
        for (int frame = 0; frame < 1_000; frame++) {
            assertEquals(Verdict.FINE, timeline.stamp(Track.VIDEO, frame * 40, 0, 0));
            assertEquals(Verdict.FINE, timeline.stamp(Track.AUDIO, 0, 0, 1_920));
            assertEquals(BASE + frame * 1_920L, timeline.dts());
        }
    }

    @Test
    void aTrackThatWasSilentComesBackInStep() {
        dts(Track.VIDEO, 0);
        for (int second = 0; second <= 98; second++) {
            dts(Track.AUDIO, second * 1_000);
        }
        assertEquals(98_000 * 90, dts(Track.VIDEO, 98_000));
    }

    @Test
    void aSecondTrackFarAwayHasItsOwnOffset() {
        dts(Track.VIDEO, 5_000_000);
        dts(Track.VIDEO, 5_000_040);
        assertEquals(40 * 90, dts(Track.AUDIO, 0));
        assertEquals(60 * 90, dts(Track.AUDIO, 20));
    }

    @Test
    void compositionMovesThePresentationWithinBounds() {
        timeline.stamp(Track.VIDEO, 0, 80, 0);
        assertEquals(80 * 90, timeline.pts() - timeline.dts());
        timeline.stamp(Track.VIDEO, 40, -80, 0);
        assertEquals(timeline.dts(), timeline.pts());
        timeline.stamp(Track.VIDEO, 80, 10_001, 0);
        assertEquals(10_000 * 90, timeline.pts() - timeline.dts());
    }
}
