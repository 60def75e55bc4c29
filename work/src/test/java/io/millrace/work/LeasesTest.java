package io.millrace.work;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.RocksKeySpace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeasesTest {
    private static final Leases.Options QUICK =
            new Leases.Options(Duration.ofMillis(50), Duration.ofMillis(400));
    private static final Leases.Options SILENT =
            new Leases.Options(Duration.ofSeconds(60), Duration.ofSeconds(120));

    @TempDir Path directory;
    private KeySpace keySpace;

    @BeforeEach
    void open() {
        keySpace = RocksKeySpace.open(directory);
    }

    @AfterEach
    void close() {
        keySpace.close();
    }

    @Test
    void oneNodeHoldsALeaseUntilItGivesItBack() {
        try (Leases a = Leases.open(keySpace, "a", SILENT);
                Leases b = Leases.open(keySpace, "b", SILENT)) {
            Lease held = a.acquire("stream/x").orElseThrow();
            assertEquals(1, held.epoch());
            assertEquals(Optional.of(held), a.acquire("stream/x"));
            assertEquals(Optional.empty(), b.acquire("stream/x"));
            assertEquals(Optional.of(held), b.holder("stream/x"));
            assertTrue(a.release(held));
            assertFalse(a.release(held));
            assertEquals(Optional.empty(), b.holder("stream/x"));
            assertEquals(2, b.acquire("stream/x").orElseThrow().epoch());
        }
    }

    @Test
    void aHeartbeatKeepsTheLease() throws Exception {
        try (Leases a = Leases.open(keySpace, "a", QUICK);
                Leases b = Leases.open(keySpace, "b", QUICK)) {
            Lease held = a.acquire("x").orElseThrow();
            Thread.sleep(900);
            assertTrue(a.alive());
            assertEquals(Optional.empty(), b.acquire("x"));
            assertEquals(Optional.of(held), a.acquire("x"));
        }
    }

    @Test
    void theLeaseOfASilentNodeIsTakenAndItsWritesAreFencedOff() throws Exception {
        Leases.Options silentSoon =
                new Leases.Options(Duration.ofMillis(150), Duration.ofMillis(300));
        Leases sleeper = Leases.open(keySpace, "sleeper", silentSoon);
        Lease old = sleeper.acquire("x").orElseThrow();
        sleeper.close();
        try (Leases next = Leases.open(keySpace, "next", SILENT)) {
            Lease taken = next.acquire("x").orElseThrow();
            assertEquals(2, taken.epoch());
            byte[] key = Keys.family('T').text("k").done();
            Batch late =
                    new Batch(
                            List.of(old.guard()),
                            Batch.builder().put(key, new byte[] {1}).build().mutations(),
                            true);
            assertFalse(keySpace.commit(late).committed());
            assertFalse(sleeper.alive());
            assertEquals(Optional.empty(), sleeper.acquire("x"));
        }
    }

    @Test
    void aSecondStartUnderTheSameNameTakesOver() throws Exception {
        try (Leases first = Leases.open(keySpace, "a", QUICK)) {
            Lease held = first.acquire("x").orElseThrow();
            try (Leases second = Leases.open(keySpace, "a", QUICK)) {
                Lease taken = second.acquire("x").orElseThrow();
                assertEquals(held.epoch() + 1, taken.epoch());
                long deadline = System.nanoTime() + Duration.ofSeconds(5).toNanos();
                while (first.alive() && System.nanoTime() < deadline) {
                    Thread.sleep(20);
                }
                assertFalse(first.alive());
                assertTrue(second.alive());
            }
        }
    }
}
