package io.millrace.live.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** The start of media on the wall clock: guessed freely at first, moved slowly later. */
class WallClockTest {
    private static final long WALL = 1_700_000_000_000_000L;
    private final WallClock clock = new WallClock();

    @Test
    void theEarliestArrivalOfTheFirstTwoSecondsIsTheAnchor() {
        clock.arrived(5_000_000, WALL + 300);
        assertEquals(WALL + 300, clock.at(5_000_000));
        clock.arrived(5_040_000, WALL + 40_000 + 100);
        assertEquals(WALL + 100, clock.at(5_000_000));
        clock.arrived(5_080_000, WALL + 80_000 + 200);
        assertEquals(WALL + 100, clock.at(5_000_000));
        clock.arrived(6_999_999, WALL + 1_999_999 + 50);
        assertEquals(WALL + 50, clock.at(5_000_000));
        clock.arrived(7_000_000, WALL + 2_000_000);
        assertEquals(WALL + 50, clock.at(5_000_000), "two seconds are over");
    }

    @Test
    void laterItMovesByFiveHundredPartsInAMillionEitherWay() {
        clock.arrived(0, WALL);
        clock.arrived(3_000_000, WALL + 3_000_000 - 10_000);
        clock.slew(2_000_000);
        assertEquals(WALL - 1_000, clock.at(0));
        clock.arrived(5_000_000, WALL + 5_000_000 + 10_000);
        clock.slew(2_000_000);
        assertEquals(WALL, clock.at(0));
        clock.arrived(6_000_000, WALL + 6_000_000 + 300);
        clock.slew(2_000_000);
        assertEquals(WALL + 300, clock.at(0), "no further than what was seen");
        clock.slew(2_000_000);
        assertEquals(WALL + 300, clock.at(0), "nothing arrived, nothing moves");
    }

    @Test
    void aResetForgetsEverything() {
        clock.arrived(0, WALL);
        clock.reset();
        clock.slew(2_000_000);
        clock.arrived(10_000_000, WALL + 77);
        assertEquals(WALL + 77, clock.at(10_000_000));
        clock.arrived(11_000_000, WALL + 1_000_000 + 7);
        assertEquals(WALL + 7, clock.at(10_000_000), "free again after a reset");
    }
}
