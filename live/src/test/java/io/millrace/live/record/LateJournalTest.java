package io.millrace.live.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.keyspace.Scan;
import io.millrace.kit.MonotonicClock;
import io.millrace.work.Leases;
import io.millrace.work.Tenure;
import io.millrace.work.WorkException;
import io.millrace.work.outgoing.Announcements;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** A node that was asleep while another took over its stream. */
class LateJournalTest {
    private static final String LEASE = "live/stream/s";
    private static final SessionRow SESSION =
            new SessionRow(
                    "s",
                    "20260131T235959Z",
                    "recordings",
                    "",
                    0,
                    -1,
                    -1,
                    -1,
                    0,
                    0,
                    0,
                    0,
                    0,
                    MediaDescription.UNKNOWN,
                    0);
    private static final SegmentRow SEGMENT =
            new SegmentRow(7, 2_000_000, 0, false, 0, 1_000, 1, true);

    private static final Leases.Options SILENT =
            new Leases.Options(Duration.ofSeconds(60), Duration.ofSeconds(120));

    @TempDir Path directory;

    @Test
    void numbersSessionsAndSegmentsOfAFormerOwnerAreNotWritten() {
        try (KeySpace keySpace = RocksKeySpace.open(directory);
                Leases slept = leases(keySpace)) {
            Tenure tenure = slept.acquire(LEASE).orElseThrow();
            Journal late = new Journal(tenure, Announcements.NONE);
            late.session(SESSION);
            try (Leases next = leases(keySpace)) {
                Journal owner = new Journal(next.acquire(LEASE).orElseThrow(), Announcements.NONE);
                assertTrue(late.holds(), "it can't know yet");
                assertRefused(keySpace, () -> late.checkpoint("s", Checkpoint.NEW));
                assertRefused(keySpace, () -> late.session(SESSION));
                assertRefused(keySpace, () -> late.landed(SESSION, SEGMENT));
                owner.landed(SESSION, SEGMENT);
                assertEquals(2, rows(keySpace).size(), "the owner writes");
            }
        }
    }

    private static void assertRefused(KeySpace keySpace, Executable write) {
        WorkException refused = assertThrows(WorkException.class, write);
        assertEquals(WorkException.Code.LOST, refused.code());
        assertEquals(1, rows(keySpace).size(), "the session that was kept before");
    }

    private static List<Entry> rows(KeySpace keySpace) {
        return keySpace.scan(Scan.prefix(new byte[] {'S'}, 10));
    }

    private static Leases leases(KeySpace keySpace) {
        return Leases.open(keySpace, "node", SILENT, MonotonicClock.system());
    }
}
