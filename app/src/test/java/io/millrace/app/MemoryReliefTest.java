package io.millrace.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.testkit.TestClock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MemoryReliefTest {
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final AtomicInteger collections = new AtomicInteger();
    private final TestClock clock = new TestClock(Instant.parse("2026-03-01T12:00:00Z"));
    private final MemoryRelief relief =
            new MemoryRelief(metrics, clock.monotonic(), collections::incrementAndGet);

    private AtomicInteger door(String name) {
        AtomicInteger connections = new AtomicInteger();
        Gauge.builder("millrace.door.connections", connections, AtomicInteger::get)
                .tag("door", name)
                .register(metrics);
        return connections;
    }

    private int collectionsWith(AtomicInteger door, int connections) {
        door.set(connections);
        relief.look();
        return collections.get();
    }

    @Test
    void memoryIsGivenBackOnceWhenACrowdHasLeft() {
        AtomicInteger object = door("object");
        AtomicInteger edge = door("edge");
        assertEquals(0, collectionsWith(object, 3_000));
        assertEquals(0, collectionsWith(edge, 3_000));
        assertEquals(0, collectionsWith(object, 0), "half are still there");
        assertEquals(0, collectionsWith(edge, 100), "it may come back");
        assertEquals(1, collectionsWith(edge, 100));
        assertEquals(1, collectionsWith(edge, 0));
        assertEquals(1, collectionsWith(edge, 999));
        assertEquals(1, collectionsWith(edge, 0), "that was no crowd");
        assertEquals(1, collectionsWith(edge, 1_000));
        assertEquals(1, collectionsWith(edge, 249));
        assertEquals(1, collectionsWith(edge, 249), "not again so soon");
        clock.advance(Duration.ofMinutes(1));
        assertEquals(2, collectionsWith(edge, 249));
    }
}
