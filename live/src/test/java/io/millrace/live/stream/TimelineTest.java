package io.millrace.live.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TimelineTest {
    @Test
    void aDriftingEncoderIsFollowedAndNeighboursStayConsistent() {
        WallClock clock = new WallClock();
        long wall = 1_700_000_000_000_000L;
        double drift = 1.0002; // the encoder's second is 200 ppm too short
        long before = 0;
        for (int second = 0; second < 3_600; second += 2) {
            long media = second * 1_000_000L;
            for (int frame = 0; frame < 50; frame++) {
                long at = media + frame * 40_000L;
                long jitter = (frame * 7919L) % 30_000;
                clock.arrived(at, wall + (long) (at * drift) + jitter);
            }
            long start = clock.at(media);
            if (second > 0) {
                assertEquals(2_000_000, start - before, 1_100, "at " + second);
            }
            before = start;
            clock.slew(2_000_000);
        }
        long truth = wall + (long) (3_598_000_000L * drift);
        assertTrue(Math.abs(before - truth) < 5_000, "off by " + (before - truth) + " µs");
    }
}
