package io.millrace.gateway.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.kit.MonotonicClock;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PaceTest {
    private final AtomicLong nanos = new AtomicLong();
    private final MonotonicClock clock = nanos::get;

    private void passes(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void whatIsOnTimePaysForEachPiece() {
        Pace pace = new Pace(clock, 819_200, Thread::sleep);
        for (int i = 0; i < 10; i++) {
            Duration pause = pace.pause(10_240);
            assertEquals(Duration.ofMillis(100), pause);
            passes(pause);
        }
    }

    @Test
    void aPieceThatTookTimeItselfWaitsThatMuchLess() {
        Pace pace = new Pace(clock, 819_200, Thread::sleep);
        passes(Duration.ofMillis(30));
        assertEquals(Duration.ofMillis(70), pace.pause(10_240));
    }

    @Test
    void whoWasLateCatchesUpByHalfASecondAtMost() {
        Pace pace = new Pace(clock, 819_200, Thread::sleep);
        passes(Duration.ofMinutes(1));
        for (int i = 0; i < 5; i++) {
            assertEquals(Duration.ZERO, pace.pause(10_240));
        }
        assertEquals(Duration.ofMillis(100), pace.pause(10_240));
    }

    @Test
    void theBytesStayAsTheyAre() throws Exception {
        byte[] bytes = new byte[100_000];
        new java.util.Random(1).nextBytes(bytes);
        Pace pace = new Pace(clock, 838_860_800, Thread::sleep);
        passes(Duration.ofHours(1));
        assertArrayEquals(bytes, pace.hold(new ByteArrayInputStream(bytes)).readAllBytes());
    }
}
