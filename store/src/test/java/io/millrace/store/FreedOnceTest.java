package io.millrace.store;

import static io.millrace.store.Fixture.BUCKET;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.Extents;
import io.millrace.extents.StoreId;
import io.millrace.extents.VolumeInfo;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import io.millrace.store.content.OwnerRow;
import io.millrace.store.objects.AppendOutcome;
import io.millrace.store.objects.CopyObject;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.objects.PutObject;
import io.millrace.store.objects.PutOutcome;
import io.millrace.store.space.StoreKeys;
import io.millrace.store.uploads.Uploads;
import io.millrace.work.Leases;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One node frees deletions while the other compacts the volumes that they lie in: each owner leaves
 * its extent once, and each extent's death is counted once.
 */
class FreedOnceTest {
    @TempDir Path directory;
    private Fixture compacting;
    private BeforeCommit between;
    private Leases leases;
    private Extents extents;
    private Store reclaiming;

    @BeforeEach
    void open() {
        compacting = Fixture.open(directory.resolve("compacting"));
        between = new BeforeCommit(compacting.keySpace);
        leases = Fixture.leases(between, "reclaiming");
        extents = Fixture.extents(directory.resolve("reclaiming"));
        reclaiming =
                Store.open(between, leases, extents, compacting.options, compacting.clock.clocks());
        assertEquals(0, reclaiming.maintain().deletions(), "from now on it is this one's work");
    }

    @AfterEach
    void close() {
        reclaiming.close();
        extents.close();
        leases.close();
        compacting.close();
    }

    @Test
    void whatIsMovedWhileItIsFreedIsFreedWhereItIsThen() {
        assertInstanceOf(
                AppendOutcome.Appended.class, compacting.append("grown", 0, new byte[300_000]));
        amidDeadBytes();
        compacting.objects().delete(BUCKET, "grown");
        later();
        between.ofDelete(
                new byte[] {'X'},
                () -> assertEquals(1, compacting.store.maintain().extentsMoved()));
        settle();
        assertTrue(between.happened());
        assertEquals(List.of(), owners(), "nobody owns what nobody can name");
    }

    @Test
    void aPartThatIsMovedWhileItIsFreedIsFreedWhereItIsThen() {
        Uploads uploads = compacting.store.uploads();
        String id = uploads.initiate(BUCKET, "parts", ObjectMetadata.NONE).uploadId();
        UploadsTest.part(compacting, "parts", id, 1, new byte[300_000]);
        amidDeadBytes();
        assertTrue(uploads.abort(BUCKET, "parts", id));
        later();
        between.ofDelete(
                new byte[] {'U', 'p'},
                () -> assertEquals(1, compacting.store.maintain().extentsMoved()));
        settle();
        assertTrue(between.happened());
        assertEquals(List.of(), owners(), "nobody owns what nobody can name");
    }

    @Test
    void ofTwoOwnersThatLeaveAtOnceOneIsTheLast() {
        byte[] bytes = Fixture.bytes(1, 300_000);
        compacting.put("gone", bytes);
        compacting.objects().copy(CopyObject.of(BUCKET, "gone", BUCKET, "stays"));
        amidDeadBytes();
        compacting.objects().delete(BUCKET, "gone");
        later();
        between.ofDelete(
                new byte[] {'V', 'o'},
                () -> assertEquals(1, compacting.store.maintain().extentsMoved()));
        reclaiming.maintain();
        assertTrue(between.happened());
        reclaiming.maintain();
        assertDeadIsWhatNobodyOwns(compacting.extents);
        assertArrayEquals(bytes, compacting.get("stays"));
    }

    @Test
    void ofTwoOwnersTheOneThatIsMovedAsTheOtherIsFreedIsTheLast() {
        BeforeCommit first = new BeforeCommit(compacting.keySpace);
        try (Leases node = Fixture.leases(first, "moving");
                Extents own = Fixture.extents(directory.resolve("moving"));
                Store moving =
                        Store.open(
                                first, node, own, compacting.options, compacting.clock.clocks())) {
            put(moving, "gone", 300_000);
            moving.objects().copy(CopyObject.of(BUCKET, "gone", BUCKET, "stays"));
            amidDeadBytes(moving, own);
            moving.objects().delete(BUCKET, "gone");
            later();
            first.ofDelete(
                    new byte[] {'V', 'o'},
                    () -> assertEquals(1, reclaiming.maintain().deletions()));
            assertEquals(1, moving.maintain().extentsMoved());
            assertTrue(first.happened());
            assertDeadIsWhatNobodyOwns(own);
        }
    }

    @Test
    void whatIsOverwrittenWhileItIsMovedIsNotBroughtBack() {
        BeforeCommit first = new BeforeCommit(compacting.keySpace);
        byte[] newer = Fixture.bytes(2, 200_000);
        try (Leases node = Fixture.leases(first, "moving");
                Extents own = Fixture.extents(directory.resolve("moving"));
                Store moving =
                        Store.open(
                                first, node, own, compacting.options, compacting.clock.clocks())) {
            put(moving, "overwritten", 300_000);
            amidDeadBytes(moving, own);
            first.ofDelete(new byte[] {'V', 'o'}, () -> compacting.put("overwritten", newer));
            moving.maintain();
            assertTrue(first.happened());
            assertArrayEquals(newer, compacting.get("overwritten"));
        }
    }

    @Test
    void bytesWhoseCommitIsStillToComeAreNotCountedDead() {
        BeforeCommit first = new BeforeCommit(compacting.keySpace);
        try (Leases node = Fixture.leases(first, "writing");
                Extents own = Fixture.extents(directory.resolve("writing"));
                Store writing =
                        Store.open(
                                first, node, own, compacting.options, compacting.clock.clocks())) {
            for (int i = 0; i < 8; i++) {
                put(writing, "there" + i, 100_000); // Some in each open volume.
            }
            first.ofPut(
                    new byte[] {'M'},
                    () -> {
                        own.list().forEach(v -> own.seal(v.volume()));
                        writing.maintain();
                    });
            put(writing, "coming", 200_000);
            assertTrue(first.happened());
            writing.maintain();
            assertDeadIsWhatNobodyOwns(own);
        }
    }

    @Test
    void aDownloadThatIsLongerThanTheGraceIsKnownToTheNodeThatFrees() {
        byte[] bytes = Fixture.bytes(1, 300_000);
        assertInstanceOf(AppendOutcome.Appended.class, compacting.append("grown", 0, bytes));
        ObjectReader reader = compacting.objects().open(BUCKET, "grown").orElseThrow();
        compacting.objects().delete(BUCKET, "grown");
        for (int minutes = 0; minutes < 40; minutes += 2) {
            compacting.clock.advance(Duration.ofMinutes(2));
            compacting.store.maintain();
            assertEquals(0, reclaiming.maintain().deletions(), "it is read");
            assertEquals(0, reclaiming.maintain().deletions(), "and nobody takes that back");
        }
        assertArrayEquals(bytes, Fixture.read(reader));
        compacting.store.maintain();
        assertEquals(1, reclaiming.maintain().deletions(), "who has read keeps nothing");
        byte[] notes = StoreKeys.allReads();
        assertEquals(List.of(), compacting.keySpace.scan(Scan.prefix(notes, 1)));
    }

    @Test
    void aNodeThatDiesWhileItReadsKeepsBytesForOneGrace() {
        compacting.append("grown", 0, Fixture.bytes(1, 300_000));
        ObjectReader reader = compacting.objects().open(BUCKET, "grown").orElseThrow();
        compacting.objects().delete(BUCKET, "grown");
        compacting.store.maintain();
        compacting.store.maintain();
        compacting.store.close();
        compacting.clock.advance(Duration.ofMinutes(9));
        assertEquals(0, reclaiming.maintain().deletions(), "it may be read");
        later();
        assertEquals(1, reclaiming.maintain().deletions());
        later();
        reclaiming.maintain();
        byte[] notes = StoreKeys.allReads();
        assertEquals(List.of(), compacting.keySpace.scan(Scan.prefix(notes, 1)));
        reader.close();
    }

    private void amidDeadBytes() {
        amidDeadBytes(compacting.store, compacting.extents);
    }

    /** Makes the volumes worth compacting. */
    private void amidDeadBytes(Store store, Extents volumes) {
        for (int i = 0; i < 9; i++) {
            put(store, "filler" + i, 900_000);
        }
        volumes.list().forEach(v -> volumes.seal(v.volume()));
        for (int i = 0; i < 9; i++) {
            store.objects().delete(BUCKET, "filler" + i);
        }
        later();
        assertEquals(9, reclaiming.maintain().deletions());
    }

    private static void put(Store store, String key, int length) {
        PutObject asked = PutObject.of(BUCKET, key, length);
        assertInstanceOf(PutOutcome.Stored.class, store.objects().put(asked, new byte[length]));
    }

    private void later() {
        compacting.clock.advance(Duration.ofMinutes(11));
    }

    private void settle() {
        for (int pass = 0; pass < 3; pass++) {
            reclaiming.maintain();
            compacting.store.maintain();
            later();
        }
    }

    private List<Entry> owners() {
        return compacting.keySpace.scan(Scan.prefix(Keys.family('V').u8('o').done(), 1_000));
    }

    private boolean audited(VolumeInfo volume) {
        StoreId store = Objects.requireNonNull(volume.store());
        return compacting.keySpace.get(StoreKeys.audited(store, volume.volume())) != null;
    }

    /** Of volumes counted afresh after they were sealed; others miss what a crash left out. */
    private void assertDeadIsWhatNobodyOwns(Extents volumes) {
        int counted = 0;
        for (VolumeInfo volume : volumes.list()) {
            if (audited(volume)) {
                Map<Long, Long> live = new HashMap<>();
                byte[] below =
                        StoreKeys.owners(Objects.requireNonNull(volume.store()), volume.volume());
                for (Entry owner : compacting.keySpace.scan(Scan.prefix(below, 1_000))) {
                    long length = OwnerRow.extent(volume.store(), volume.volume(), owner).length();
                    live.put(StoreKeys.ownedOffset(owner.key()), length);
                }
                long owned = live.values().stream().mapToLong(l -> l).sum();
                byte[] dead = StoreKeys.deadBytes(volume.store(), volume.volume());
                assertEquals(
                        volume.usedBytes() - owned,
                        Keys.counter(compacting.keySpace.get(dead)),
                        volume.toString());
                counted++;
            }
        }
        assertTrue(counted > 0, "no volume was looked at");
    }
}
