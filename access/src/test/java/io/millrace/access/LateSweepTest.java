package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Scan;
import io.millrace.kit.MonotonicClock;
import io.millrace.work.Leases;
import io.millrace.work.WorkException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which node sweeps, and when it begins. */
class LateSweepTest {
    private static final String LEASE = "access/sweep";
    @TempDir Path directory;

    @Test
    void nothingIsSweptByTheNodeThatDidItBefore() {
        try (Desk desk = new Desk(directory)) {
            desk.access.sweep();
            desk.access.users().create("alice", "correct horse", List.of()).orThrow();
            desk.access.sessions().signIn("alice", "correct horse", "10.0.0.1");
            assertEquals(1, sessions(desk));
            desk.clock.advance(Duration.ofDays(1));
            try (Leases next =
                    Leases.open(desk.keySpace, Desk.NODE, Desk.SILENT, MonotonicClock.system())) {
                assertTrue(next.acquire(LEASE).isPresent());
                WorkException refused =
                        assertThrows(WorkException.class, () -> desk.access.sweep());
                assertEquals(WorkException.Code.LOST, refused.code());
                assertEquals(1, sessions(desk));
            }
        }
    }

    /** Servers that are started again and again would pile up what has ended. */
    @Test
    void aNodeThatGetsTheLeaseSweepsAtOnce() throws InterruptedException {
        try (Desk desk = new Desk(directory)) {
            desk.access.users().create("alice", "correct horse", List.of()).orThrow();
            desk.access.sessions().signIn("alice", "correct horse", "10.0.0.1");
            desk.clock.advance(Duration.ofDays(1));
            assertEquals(1, sessions(desk));
            try (Leases next =
                            Leases.open(
                                    desk.keySpace,
                                    Desk.NODE,
                                    Desk.SILENT,
                                    MonotonicClock.system());
                    Sweeper sweeper = new Sweeper(next, desk.clock.clocks())) {
                await(() -> sessions(desk) == 0);
            }
        }
    }

    private static void await(BooleanSupplier holds) throws InterruptedException {
        for (long end = System.nanoTime() + 60_000_000_000L; !holds.getAsBoolean(); ) {
            assertTrue(System.nanoTime() < end, "not within a minute");
            Thread.sleep(20);
        }
    }

    private static int sessions(Desk desk) {
        return desk.keySpace.scan(Scan.prefix(Rows.key("session"), 10)).size();
    }
}
