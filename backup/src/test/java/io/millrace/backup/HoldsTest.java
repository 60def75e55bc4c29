package io.millrace.backup;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.ExtentRef;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Listed;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.keyspace.Scan;
import io.millrace.kit.Damage;
import io.millrace.testkit.TestClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is held is of one moment, and stays as long as somebody copies it, and no longer. */
class HoldsTest {
    private static final byte[] KEY = Keys.family('T').text("reference").done();
    private static final Holds.Copier SELF = Holds.Copier.current();

    @TempDir Path data;

    private final TestClock clock = new TestClock(Instant.parse("2026-01-02T03:04:05Z"));
    private KeySpace keySpace;
    private LocalExtents extents;
    private Runnable before = () -> {};
    private Runnable after = () -> {};
    private Holds holds;
    private List<Damage> damaged = List.of();

    @BeforeEach
    void open() throws IOException {
        Files.createDirectories(data.resolve("spool"));
        keySpace = RocksKeySpace.open(data.resolve("keyspace"));
        extents =
                LocalExtents.open(
                        List.of(data.resolve("extents")),
                        ExtentsOptions.standard().withReserveBytes(0));
        holds =
                Holds.open(
                        new AroundTheCopy(),
                        extents,
                        data,
                        "test",
                        clock,
                        clock.monotonic(),
                        () -> damaged);
    }

    @AfterEach
    void close() {
        holds.close();
        extents.close();
        keySpace.close();
    }

    @Test
    void whatIsDamagedIsAskedAtEachHold() {
        Holds.Hold first = holds.take(SELF);
        assertEquals(List.of(), Held.read(data, first.id()).damaged());
        holds.release(first.id());
        Damage place = new Damage(Damage.Kind.VOLUME, "7.volume", 5, "another");
        damaged = List.of(place);
        assertEquals(List.of(place.toString()), Held.read(data, holds.take(SELF).id()).damaged());
    }

    @Test
    void whatTheCopiedKeySpaceNamesLiesInTheHeldVolumesBelowTheirTails() throws IOException {
        byte[] bytes = Source.bytes(300_000, 1);
        ExtentRef[] late = new ExtentRef[1];
        before =
                () -> {
                    late[0] = extents.append(bytes, 0, bytes.length);
                    commit("named");
                };
        after = () -> extents.delete(late[0].volume());
        Held held = Held.read(data, holds.take(SELF).id());
        try (KeySpace copy = RocksKeySpace.open(held.path().resolve(Held.KEY_SPACE))) {
            assertArrayEquals("named".getBytes(), copy.get(KEY));
        }
        Held.Extents one = held.extents().getFirst();
        Held.Volume volume =
                one.volumes().stream()
                        .filter(v -> v.file().contains("%d.".formatted(late[0].volume())))
                        .findFirst()
                        .orElseThrow();
        byte[] kept = Files.readAllBytes(Path.of(one.directory()).resolve(volume.file()));
        assertTrue(kept.length > bytes.length, "the volume was deleted, not its second name");
        assertTrue(
                volume.sealed() || volume.tail() >= late[0].offset() + bytes.length,
                volume + " ends before " + late[0]);
    }

    @Test
    void whatIsCommittedAfterTheCopyIsNotInIt() {
        commit("before");
        after = () -> commit("after");
        Held held = Held.read(data, holds.take(SELF).id());
        try (KeySpace copy = RocksKeySpace.open(held.path().resolve(Held.KEY_SPACE))) {
            assertArrayEquals("before".getBytes(), copy.get(KEY));
        }
    }

    @Test
    void aSegmentOnItsWayIntoTheStoreIsHeldWhetherItCameOrWentMeanwhile() throws IOException {
        Path goes = Files.write(data.resolve("spool/goes.segment"), Source.bytes(500, 2));
        before =
                () -> {
                    try {
                        Files.delete(goes);
                        Files.write(data.resolve("spool/comes.segment"), Source.bytes(600, 3));
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                };
        Path spool = Held.read(data, holds.take(SELF).id()).path().resolve(Held.SPOOL);
        assertArrayEquals(Source.bytes(500, 2), Files.readAllBytes(spool.resolve("goes.segment")));
        assertArrayEquals(Source.bytes(600, 3), Files.readAllBytes(spool.resolve("comes.segment")));
    }

    @Test
    void aHoldLivesAMinuteFromItsLastRenewalWhateverTheWallClockSays() {
        Holds.Hold hold = holds.take(SELF);
        for (int i = 0; i < 3; i++) {
            clock.advance(Duration.ofSeconds(59));
            clock.stepWall(Duration.ofHours(i - 1));
            assertTrue(holds.renew(hold.id()), "renewal " + i);
        }
        assertTrue(extents.isHeld(hold.id()));
        assertTrue(Files.exists(hold.directory().resolve(Held.KEY_SPACE)));
        clock.advance(Holds.LEASE.plusSeconds(1));
        assertFalse(holds.renew(hold.id()));
        assertFalse(extents.isHeld(hold.id()));
        assertFalse(Files.exists(hold.directory()));
        assertFalse(holds.release(hold.id()));
    }

    @Test
    void thereIsOneHoldAtATimeUnlessItsProcessIsGone() throws Exception {
        Holds.Hold first = holds.take(SELF);
        assertEquals(
                BackupException.Code.BUSY,
                assertThrows(BackupException.class, () -> holds.take(SELF)).code());
        assertTrue(holds.renew(first.id()), "the other's attempt takes nothing away");
        assertTrue(holds.release(first.id()));
        Process gone = new ProcessBuilder("true").start();
        gone.waitFor();
        Holds.Hold abandoned = holds.take(new Holds.Copier(gone.pid(), SELF.space()));
        Holds.Hold next = holds.take(SELF);
        assertFalse(holds.renew(abandoned.id()));
        assertTrue(holds.renew(next.id()));
    }

    /** Its ids mean nothing here: the one that copies may well live. */
    @Test
    void theHoldOfAProcessInAnotherContainerIsNotTakenForAbandoned() throws Exception {
        Process gone = new ProcessBuilder("true").start();
        gone.waitFor();
        Holds.Hold first = holds.take(new Holds.Copier(gone.pid(), "pid:[another]"));
        assertEquals(
                BackupException.Code.BUSY,
                assertThrows(BackupException.class, () -> holds.take(SELF)).code());
        assertTrue(holds.renew(first.id()));
    }

    private void commit(String value) {
        Batch batch = Batch.builder().put(KEY, value.getBytes()).build();
        assertTrue(keySpace.commit(batch).committed());
    }

    /** The key space, where something happens just before and after it is copied. */
    private final class AroundTheCopy implements KeySpace {
        @Override
        public void checkpoint(Path directory) {
            before.run();
            keySpace.checkpoint(directory);
            after.run();
        }

        @Override
        public byte @Nullable [] get(byte[] key) {
            return keySpace.get(key);
        }

        @Override
        public List<byte @Nullable []> multiGet(List<byte[]> keys) {
            return keySpace.multiGet(keys);
        }

        @Override
        public List<Entry> scan(Scan scan) {
            return keySpace.scan(scan);
        }

        @Override
        public List<Listed> scanDelimited(
                byte[] prefix, byte[] delimiter, byte[] after, int limit) {
            return keySpace.scanDelimited(prefix, delimiter, after, limit);
        }

        @Override
        public CommitOutcome commit(Batch batch) {
            return keySpace.commit(batch);
        }

        @Override
        public Instant storeNow() {
            return keySpace.storeNow();
        }

        @Override
        public long idBlock(String name, int count) {
            return keySpace.idBlock(name, count);
        }

        @Override
        public void close() {}
    }
}
