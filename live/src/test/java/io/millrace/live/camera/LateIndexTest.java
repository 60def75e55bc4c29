package io.millrace.live.camera;

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
import java.nio.file.Path;
import java.time.Duration;
import java.util.AbstractList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** A node that was asleep while another took over the cameras' index. */
class LateIndexTest {
    private static final String LEASE = "follower/cameras/s";
    private static final CameraIndex.Pending OBJECT = new CameraIndex.Pending("yard", 3, 1, "a.ts");

    private static final Leases.Options SILENT =
            new Leases.Options(Duration.ofSeconds(60), Duration.ofSeconds(120));

    @TempDir Path directory;

    @Test
    void nothingIsWrittenByTheNodeThatScannedBefore() {
        try (KeySpace keySpace = RocksKeySpace.open(directory);
                Leases slept = leases(keySpace)) {
            Tenure tenure = slept.acquire(LEASE).orElseThrow();
            OwnedIndex late = new OwnedIndex(tenure.keySpace(), "s");
            try (Leases next = leases(keySpace)) {
                OwnedIndex taken =
                        new OwnedIndex(next.acquire(LEASE).orElseThrow().keySpace(), "s");
                assertTrue(tenure.holds(), "it can't know yet");
                taken.await(OBJECT);
                List<byte[]> before = keys(keySpace);
                assertRefused(keySpace, before, late::markCurrent);
                assertRefused(keySpace, before, () -> late.done("yard", 3));
                assertRefused(keySpace, before, () -> late.forget("yard", 3));
                taken.done("yard", 3);
                assertEquals(before.size() - 1, keys(keySpace).size(), "the next one writes");
            }
        }
    }

    @Test
    void theCursorIsWrittenAfterAllRunsThatLieBeforeIt() {
        try (KeySpace keySpace = RocksKeySpace.open(directory);
                Leases leases = leases(keySpace)) {
            OwnedIndex index = new OwnedIndex(leases.acquire(LEASE).orElseThrow().keySpace(), "s");
            CameraObject object =
                    new CameraObject(
                            "yard", 1, "b", "a.ts", 3, 0, 0, 200, ScanCursor.START, Damages.NONE);
            List<SegmentRun> runs =
                    new AbstractList<>() {
                        @Override
                        public SegmentRun get(int i) {
                            assertTrue(index.object("yard", 3).isEmpty(), "before run " + i);
                            return new SegmentRun(
                                    List.of(
                                            new CameraSegment(
                                                    3, i * 100L, 100, 90_000, i * 9_000L, true)));
                        }

                        @Override
                        public int size() {
                            return 200;
                        }
                    };
            assertTrue(index.save(object, runs, List.of(), null));
            assertTrue(index.object("yard", 3).isPresent());
            assertEquals(200, index.runs("yard", 3, 0, 1_000).size());
        }
    }

    private static void assertRefused(KeySpace keySpace, List<byte[]> before, Executable write) {
        WorkException refused = assertThrows(WorkException.class, write);
        assertEquals(WorkException.Code.LOST, refused.code());
        assertEquals(before.size(), keys(keySpace).size());
    }

    private static List<byte[]> keys(KeySpace keySpace) {
        return keySpace.scan(Scan.prefix(new byte[] {'S'}, 100)).stream().map(Entry::key).toList();
    }

    private static Leases leases(KeySpace keySpace) {
        return Leases.open(keySpace, "node", SILENT, MonotonicClock.system());
    }
}
