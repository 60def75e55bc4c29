package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Scan;
import io.millrace.kit.MonotonicClock;
import io.millrace.work.Leases;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What has ended is swept, and nothing else. */
class SweepTest {
    @TempDir Path directory;

    private static void ending(Parts parts, String kind, String name, long at) {
        Object record =
                switch (kind) {
                    case "session" -> new Records.Session("alice", "u1", 1, at);
                    case "link" -> new Records.Link("alice", "u1", 1, at);
                    case "enrol" -> new Records.Code("cam1", "d1", at, null);
                    default -> new Records.Nonce(at);
                };
        parts.elsewhere(Rows.key(kind, name), record);
    }

    private static int count(Parts parts, String kind) {
        return parts.keySpace.scan(Scan.prefix(Rows.key(kind), 5_000)).size();
    }

    private static Leases leases(Parts parts) {
        return Leases.open(parts.keySpace, Desk.NODE, Desk.SILENT, MonotonicClock.system());
    }

    @Test
    void aSignatureIsUsedOnceForAsLongAsItHolds() {
        try (Parts parts = new Parts(directory);
                Leases leases = leases(parts);
                Access access =
                        Access.open(
                                parts.keySpace,
                                leases,
                                parts.master,
                                AccessOptions.defaults(),
                                parts.clock.clocks());
                Sweeper sweeper = new Sweeper(leases, parts.clock.clocks())) {
            String signature = "0123456789abcdef".repeat(4);
            assertTrue(access.firstUse("KEY", signature));
            assertFalse(access.firstUse("KEY", signature));
            assertTrue(access.firstUse("ANOTHER", signature));
            assertTrue(access.firstUse("KEY", signature.replace('0', '1')));
            parts.clock.advance(Duration.ofMinutes(30));
            sweeper.sweep();
            assertFalse(access.firstUse("KEY", signature), "signed 15 minutes ahead");
            parts.clock.advance(Duration.ofMillis(1));
            sweeper.sweep();
            assertEquals(0, count(parts, "nonce"));
        }
    }

    @Test
    void whatEndsNowIsSweptAndWhatEndsLaterStays() {
        List<String> kinds = List.of("session", "link", "enrol", "nonce");
        try (Parts parts = new Parts(directory);
                Leases leases = leases(parts);
                Sweeper sweeper = new Sweeper(leases, parts.clock.clocks())) {
            long now = Parts.NOON.toEpochMilli();
            for (String kind : kinds) {
                ending(parts, kind, "past", now - 1);
                ending(parts, kind, "now", now);
                ending(parts, kind, "soon", now + 1);
            }
            parts.users.create("alice", null, List.of()).orThrow();
            sweeper.sweep();
            for (String kind : kinds) {
                assertEquals(1, count(parts, kind), kind);
            }
            assertEquals(1, count(parts, "user"));
            parts.clock.stepWall(Duration.ofDays(1));
            sweeper.sweep();
            assertEquals(1, count(parts, "nonce"), "a clock that is set forwards ends nothing");
            parts.clock.stepWall(Duration.ofDays(-2));
            parts.clock.advance(Duration.ofSeconds(1));
            sweeper.sweep();
            assertEquals(1, count(parts, "nonce"), "nor one that is set back");
            parts.clock.stepWall(Duration.ofDays(1));
            sweeper.sweep();
            assertEquals(0, count(parts, "nonce"));
        }
    }

    @Test
    void moreThanAPageIsSwept() {
        try (Parts parts = new Parts(directory);
                Leases leases = leases(parts);
                Sweeper sweeper = new Sweeper(leases, parts.clock.clocks())) {
            io.millrace.keyspace.Batch.Builder batch = io.millrace.keyspace.Batch.builder();
            for (int i = 0; i < 1_001; i++) {
                long ends = i % 2 == 0 ? 0 : Long.MAX_VALUE;
                batch.put(
                        Rows.key("nonce", "" + (1_000 + i)),
                        Records.encode(new Records.Nonce(ends)));
            }
            parts.rows.commit(batch.build());
            sweeper.sweep();
            assertEquals(500, count(parts, "nonce"));
        }
    }
}
