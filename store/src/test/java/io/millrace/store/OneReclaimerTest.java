package io.millrace.store;

import static io.millrace.store.Fixture.BUCKET;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.Extents;
import io.millrace.extents.VolumeInfo;
import io.millrace.store.reclaim.MaintenanceReport;
import io.millrace.work.Leases;
import io.millrace.work.WorkException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes over one key space, each with volumes of its own. */
class OneReclaimerTest {
    private static final byte[] LARGE = new byte[100_000];
    @TempDir Path directory;

    @Test
    void oneNodeFreesWhatBothDeletedAndEachDeletesItsOwnVolumes() {
        try (Fixture first = Fixture.open(directory.resolve("first"));
                Leases leases = Fixture.leases(first.keySpace, "second");
                Extents extents = Fixture.extents(directory.resolve("second"));
                Store second =
                        Store.open(
                                first.keySpace,
                                leases,
                                extents,
                                first.options,
                                first.clock.clocks())) {
            first.put("a", LARGE);
            first.objects().delete(BUCKET, "a");
            first.extents.list().forEach(v -> first.extents.seal(v.volume()));
            first.clock.advance(Duration.ofHours(1));
            assertEquals(1, second.maintain().deletions(), "the second came first");
            MaintenanceReport noted = first.store.maintain();
            assertEquals(0, noted.deletions());
            assertEquals(0, noted.volumesDeleted(), "its grace begins");
            first.clock.advance(Duration.ofHours(1));
            assertEquals(0, second.maintain().volumesDeleted());
            assertEquals(1, first.store.maintain().volumesDeleted());
        }
    }

    @Test
    void aReclaimerWhoseLeaseWasTakenFreesNothingMore() {
        try (Fixture old = Fixture.open(directory)) {
            assertEquals(0, old.store.maintain().deletions());
            old.put("a", LARGE);
            old.objects().delete(BUCKET, "a");
            old.clock.advance(Duration.ofHours(1));
            try (Leases next = Fixture.leases(old.keySpace, old.leases.node())) {
                assertTrue(next.acquire("store/reclaim").isPresent());
                WorkException refused =
                        assertThrows(WorkException.class, () -> old.store.maintain());
                assertEquals(WorkException.Code.LOST, refused.code());
                try (Store taken =
                        Store.open(
                                old.keySpace, next, old.extents, old.options, old.clock.clocks())) {
                    assertEquals(1, taken.maintain().deletions(), "freed once, by the next");
                }
            }
        }
    }

    @Test
    void aCompactorWhoseLeaseWasTakenMovesNothingAndDeletesNoVolume() {
        try (Fixture old = Fixture.open(directory)) {
            byte[] kept = Fixture.bytes(1, 300_000);
            old.put("kept", kept);
            for (int i = 0; i < 9; i++) {
                old.put("gone" + i, new byte[900_000]);
            }
            old.extents.list().forEach(v -> old.extents.seal(v.volume()));
            for (int i = 0; i < 9; i++) {
                old.objects().delete(BUCKET, "gone" + i);
            }
            String compact = "store/compact/" + old.store.extentStore();
            assertTrue(old.leases.acquire(compact).isPresent());
            try (Leases next = Fixture.leases(old.keySpace, old.leases.node())) {
                assertTrue(next.acquire(compact).isPresent());
                List<VolumeInfo> volumes = old.extents.list();
                old.clock.advance(Duration.ofHours(1));
                WorkException refused =
                        assertThrows(WorkException.class, () -> old.store.maintain());
                assertEquals(WorkException.Code.LOST, refused.code());
                assertEquals(volumes, old.extents.list(), "nothing was moved, nothing deleted");
                assertArrayEquals(kept, old.get("kept"));
                assertTrue(next.acquire(compact).isPresent(), "and it is the next one's still");
            }
        }
    }
}
