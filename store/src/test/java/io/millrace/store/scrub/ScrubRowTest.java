package io.millrace.store.scrub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.store.space.StoreException;
import io.millrace.testkit.TestClock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** How far a scrub has come is kept to the byte, and what begins the next pass follows from it. */
class ScrubRowTest {
    private static final byte[] PLACE = {1, 2, 3};

    private static void assertSays(ScrubRow expected, ScrubRow row) {
        assertArrayEquals(expected.position(), row.position());
        assertEquals(expected.toString().split("@")[0], row.toString().split("@")[0]);
        assertEquals(
                new ScrubStatus(
                        true,
                        expected.pass(),
                        null,
                        expected.doneBytes(),
                        expected.totalBytes(),
                        null,
                        expected.found(),
                        expected.finishedMillis(),
                        null),
                new ScrubStatus(
                        true,
                        row.pass(),
                        null,
                        row.doneBytes(),
                        row.totalBytes(),
                        null,
                        row.found(),
                        row.finishedMillis(),
                        null));
    }

    @Test
    void aRowIsReadAsItWasWrittenInEachPhase() {
        for (ScrubRow.Phase phase : ScrubRow.Phase.values()) {
            ScrubRow row = new ScrubRow(phase, 300, 2_000, PLACE, 40_000, 500_000, 6, 70_000);
            assertSays(row, ScrubRow.decode(row.encode()));
        }
        assertSame(ScrubRow.NEVER, ScrubRow.decode(null));
        byte[] strange = ScrubRow.NEVER.encode();
        strange[1] = 5;
        StoreException refused = assertThrows(StoreException.class, () -> ScrubRow.decode(strange));
        assertEquals(StoreException.Code.CORRUPT, refused.code());
    }

    @Test
    void aPassCountsFromItsBeginningAndKeepsWhenTheLastOneEnded() {
        ScrubRow ended = new ScrubRow(ScrubRow.Phase.NONE, 7, 10, PLACE, 20, 30, 40, 50);
        ScrubRow begun = ended.begin(60, 1_000);
        assertSays(
                new ScrubRow(ScrubRow.Phase.EXTENTS, 8, 60, new byte[0], 0, 1_000, 0, 50), begun);
        ScrubRow read = begun.at(PLACE, 100, 0).at(PLACE, 200, 3);
        assertSays(new ScrubRow(ScrubRow.Phase.EXTENTS, 8, 60, PLACE, 300, 1_000, 3, 50), read);
        ScrubRow next = read.in(ScrubRow.Phase.KEY_SPACE);
        assertSays(
                new ScrubRow(ScrubRow.Phase.KEY_SPACE, 8, 60, new byte[0], 300, 1_000, 3, 50),
                next);
        assertSays(
                new ScrubRow(ScrubRow.Phase.NONE, 8, 60, new byte[0], 300, 1_000, 3, 80),
                next.end(80));
    }

    @Test
    void aPassIsDueWhenItsTimeHasComeOrOneIsUnderWayOrTheClockWasSetBack() {
        ScrubOptions daily = new ScrubOptions(1, Duration.ofMillis(100));
        assertTrue(daily.due(ScrubRow.NEVER, 0), "the first one");
        ScrubRow begun = ScrubRow.NEVER.begin(1_000, 5);
        assertTrue(daily.due(begun, 1_001), "it goes on");
        ScrubRow ended = begun.end(1_050);
        assertTrue(daily.due(ended, 1_100));
        assertFalse(daily.due(ended, 1_099));
        assertFalse(daily.due(ended, 1_000));
        assertTrue(daily.due(ended, 999));
        assertFalse(new ScrubOptions(0, Duration.ZERO).due(begun, 5_000));
        assertFalse(ScrubOptions.off().due(ScrubRow.NEVER, 5_000));
        assertEquals(Duration.ofDays(14), ScrubOptions.off().every());
    }

    @Test
    void optionsThatMakeNoSenseAreRefused() {
        assertThrows(StoreException.class, () -> new ScrubOptions(-1, Duration.ZERO));
        assertThrows(StoreException.class, () -> new ScrubOptions(0, Duration.ofMillis(-1)));
    }

    @Test
    void progressIsAShareThatNeverPassesTheWhole() {
        assertEquals(1, status(false, 5, 10).progress());
        assertEquals(0.5, status(true, 5, 10).progress());
        assertEquals(1, status(true, 15, 10).progress());
        assertEquals(0, status(true, 0, 0).progress());
    }

    private static ScrubStatus status(boolean running, long done, long total) {
        return new ScrubStatus(running, 1, Instant.EPOCH, done, total, null, 0, 0, null);
    }

    @Test
    void aReadIsFollowedByThePauseOfItsRateOrOneAsLongAsItTook() {
        TestClock clock = new TestClock(Instant.EPOCH);
        Pace pace = new Pace(clock.monotonic(), 1_000);
        clock.advance(Duration.ofSeconds(50));
        pace.begin();
        assertEquals(Duration.ofSeconds(2), pace.pause(2_000));
        clock.advance(Duration.ofMillis(500));
        assertEquals(Duration.ofMillis(1_500), pace.pause(2_000));
        clock.advance(Duration.ofMillis(2_500));
        assertEquals(Duration.ofSeconds(3), pace.pause(2_000));
        pace.begin();
        assertEquals(Duration.ofMillis(1), pace.pause(1));
    }
}
