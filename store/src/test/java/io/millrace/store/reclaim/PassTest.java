package io.millrace.store.reclaim;

import static io.millrace.store.Bench.GRACE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.kit.MonotonicClock;
import io.millrace.store.Bench;
import io.millrace.store.buckets.BucketRow;
import io.millrace.store.content.DeletionRow;
import io.millrace.store.content.Layout;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import io.millrace.store.uploads.UploadRow;
import io.millrace.work.Leases;
import io.millrace.work.WorkException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one pass of the work in the background does, in which order, and what hurries it. */
class PassTest {
    private static final Duration EXPIRY = Duration.ofDays(7);
    private static final Duration LOG = Duration.ofDays(3);
    private static final String RECLAIM = "store/reclaim";
    private static final int PATIENCE_SECONDS = 20;
    private static final long SHORT_BYTES = (1L << 30) * 3 / 2;
    private static final long FULL_BYTES = 1L << 29;

    @TempDir static Path directory;
    private static Bench.Ground ground;
    private Bench bench;
    private Leases leases;
    private Maintenance maintenance;

    @BeforeAll
    static void begin() {
        ground = new Bench.Ground(directory);
    }

    @AfterAll
    static void end() {
        ground.close();
    }

    @BeforeEach
    void open() {
        bench = new Bench(ground);
        leases =
                Leases.open(
                        bench.keySpace, "node", Leases.Options.standard(), MonotonicClock.system());
        maintenance = maintenance(Duration.ZERO);
    }

    private Maintenance maintenance(Duration interval) {
        return new Maintenance(bench.core, leases, new Schedule(GRACE, EXPIRY, LOG, interval));
    }

    @AfterEach
    void close() {
        maintenance.close();
        leases.close();
        bench.close();
    }

    @Test
    void aReportSaysWhatWasDoneOfEachKind() {
        bench.put("k", 300_000);
        bench.put("kept", 50_000);
        long number = bench.owned().getFirst().volume();
        bench.extents.seal(number);
        bench.delete("k");
        bench.initiate("up");
        bench.clock.advance(LOG.minusMillis(1));
        assertEquals(new MaintenanceReport(1, 0, 0, 0, 1), maintenance.pass());
        bench.clock.advance(Duration.ofMillis(2));
        assertEquals(new MaintenanceReport(0, 0, 3, 0, 0), maintenance.pass());
        bench.clock.advance(GRACE);
        assertEquals(new MaintenanceReport(0, 0, 0, 1, 0), maintenance.pass());
        bench.clock.advance(EXPIRY.minus(LOG).minus(GRACE).minusMillis(1));
        assertEquals(new MaintenanceReport(0, 0, 0, 0, 0), maintenance.pass(), "of that age");
        bench.clock.advance(Duration.ofMillis(1));
        assertEquals(new MaintenanceReport(0, 1, 0, 0, 0), maintenance.pass());
        assertArrayEquals(Bench.bytes("kept", 50_000), bench.get("kept"));
        assertEquals(0, maintenance.failures());
    }

    @Test
    void everyUploadThatIsOldEnoughExpiresHoweverManyThereAre() {
        bench.initiate("up");
        Entry one = bench.rows(StoreKeys.allUploads()).getFirst();
        byte[] row = new UploadRow(5, bench.now(), ObjectMetadata.NONE, 8, 9).encode();
        long bucket = ByteBuffer.wrap(one.key()).getLong(2);
        Batch.Builder many = Batch.builder();
        for (int i = 0; i < 1_100; i++) {
            byte[] id = ByteBuffer.allocate(16).putLong(100_000 + i).array();
            many.put(StoreKeys.upload(bucket, new byte[] {'z'}, id), row);
        }
        assertTrue(bench.commit(many.build()).committed());
        bench.clock.advance(EXPIRY.plusMillis(1));
        assertEquals(1_101, maintenance.pass().uploads());
        assertTrue(bench.rows(StoreKeys.allUploads()).isEmpty());
    }

    @Test
    void aShortDiskIsGivenBackWhatWasDeletedInOnePassWithoutAGrace() {
        bench.put("gone", 300_000);
        bench.put("kept", 100_000);
        long number = bench.owned().getFirst().volume();
        bench.delete("gone");
        bench.freeBytes = SHORT_BYTES;
        bench.clock.advance(Duration.ofMillis(300));
        assertEquals(new MaintenanceReport(1, 0, 0, 0, 1), maintenance.pass());
        assertTrue(volume(number).sealed());
        assertEquals(0, maintenance.pass().volumesDeleted());
        assertEquals(0, bench.gaveBack, "ten seconds are not over");
        // Where answers don't wait for the disk, a volume goes ten seconds later.
        bench.clock.advance(Duration.ofSeconds(10));
        assertEquals(1, maintenance.pass().volumesDeleted());
        assertEquals(1, bench.gaveBack);
        maintenance.pass();
        assertEquals(1, bench.gaveBack, "once in ten seconds");
        assertArrayEquals(Bench.bytes("kept", 100_000), bench.get("kept"));
    }

    @Test
    void aFullDiskTakesVolumesOfWhichLittleIsDeadToo() {
        bench.put("gone", 100_000);
        bench.put("kept", 400_000);
        bench.extents.seal(bench.owned().getFirst().volume());
        bench.delete("gone");
        bench.freeBytes = SHORT_BYTES;
        bench.clock.advance(Duration.ofMillis(300));
        assertEquals(new MaintenanceReport(1, 0, 0, 0, 0), maintenance.pass());
        bench.freeBytes = FULL_BYTES;
        bench.clock.advance(Duration.ofMillis(300));
        assertEquals(new MaintenanceReport(0, 0, 0, 0, 1), maintenance.pass());
        assertArrayEquals(Bench.bytes("kept", 400_000), bench.get("kept"));
    }

    @Test
    void withRoomAnOpenVolumeIsLeftOpen() {
        bench.put("gone", 300_000);
        bench.put("kept", 100_000);
        long number = bench.owned().getFirst().volume();
        bench.delete("gone");
        assertEquals(new MaintenanceReport(0, 0, 0, 0, 0), maintenance.pass());
        bench.clock.advance(GRACE.plusMillis(1));
        assertEquals(new MaintenanceReport(1, 0, 0, 0, 0), maintenance.pass());
        assertFalse(volume(number).sealed());
        assertEquals(0, bench.gaveBack);
    }

    @Test
    void aPartThatFailsIsToldAndKeepsNoOtherFromItsTurn() {
        bench.put("gone", 300_000);
        bench.put("kept", 100_000);
        long number = bench.owned().getFirst().volume();
        bench.extents.seal(number);
        bench.delete("gone");
        bench.clock.advance(GRACE.plusMillis(1));
        bench.scans =
                scan -> {
                    if (scan.from()[0] == 'U') {
                        throw new KeySpaceException(KeySpaceException.Code.UNAVAILABLE, "gone");
                    }
                };
        StoreException told = assertThrows(StoreException.class, maintenance::pass);
        assertEquals(StoreException.Code.UNAVAILABLE, told.code());
        assertTrue(bench.rows('D').isEmpty(), "it was freed all the same");
        assertEquals(1, maintenance.failures());
        assertTrue(maintenance.trouble().orElseThrow().startsWith("store/reclaim: "));
        bench.scans = scan -> {};
        assertEquals(1, maintenance.pass().extentsMoved());
        assertEquals(Optional.empty(), maintenance.trouble());
    }

    @Test
    void anUploadThatDoesNotReadIsToldAndKeepsNoOtherFromItsExpiry() {
        String first = bench.initiate("a");
        bench.part("a", first, 1, Bench.bytes("one", 50_000));
        byte[] broken = bench.rows(StoreKeys.allUploads()).getFirst().key();
        bench.write(broken, new byte[] {1});
        String second = bench.initiate("b");
        bench.part("b", second, 1, Bench.bytes("two", 50_000));
        bench.clock.advance(EXPIRY.plusMillis(1));
        StoreException told = assertThrows(StoreException.class, maintenance::pass);
        assertEquals(StoreException.Code.CORRUPT, told.code());
        assertEquals(1, bench.rows(StoreKeys.allUploads()).size());
        bench.erase(broken);
        bench.clock.advance(GRACE.plusMillis(1));
        assertEquals(1, maintenance.pass().deletions(), "of the upload that expired");
        assertEquals(1, bench.owned().size());
    }

    @Test
    void anEngineThatFailsIsNoUploadThatDoesNotRead() {
        bench.initiate("a");
        bench.initiate("b");
        bench.clock.advance(EXPIRY.plusMillis(1));
        bench.before(
                StoreKeys.allUploads(),
                () -> {
                    throw new KeySpaceException(KeySpaceException.Code.UNAVAILABLE, "gone");
                });
        StoreException told = assertThrows(StoreException.class, maintenance::pass);
        assertEquals(StoreException.Code.UNAVAILABLE, told.code());
        assertEquals(2, bench.rows(StoreKeys.allUploads()).size(), "nor is the next one tried");
    }

    @Test
    void aCompactionThatFailsIsToldByTheStoresName() {
        bench.scans =
                scan -> {
                    if (scan.from()[0] == 'V' && scan.from()[1] == 'h') {
                        throw new KeySpaceException(KeySpaceException.Code.UNAVAILABLE, "gone");
                    }
                };
        StoreException told = assertThrows(StoreException.class, maintenance::pass);
        assertEquals(StoreException.Code.UNAVAILABLE, told.code());
        String trouble = maintenance.trouble().orElseThrow();
        assertTrue(trouble.startsWith("store/compact/" + bench.store() + ": "), trouble);
    }

    @Test
    void whatWasDeletedIsKeptForItsGrace() {
        bench.put("k", 300_000);
        bench.delete("k");
        bench.clock.advance(GRACE);
        assertEquals(0, maintenance.pass().deletions());
        bench.clock.advance(Duration.ofMillis(1));
        assertEquals(1, maintenance.pass().deletions());
    }

    @Test
    void aBucketWhoseDeletionWasCutOffLongAgoLivesAgain() {
        byte[] key = StoreKeys.bucket(Bench.BUCKET);
        byte[] living = Objects.requireNonNull(bench.keySpace.get(key));
        BucketRow row = BucketRow.decode(living);
        BucketRow deleting =
                new BucketRow(
                        row.id(),
                        row.owner(),
                        row.region(),
                        row.placed(),
                        row.acl(),
                        row.cors(),
                        row.corsVary(),
                        row.createdMillis(),
                        1);
        bench.write(key, deleting.encode());
        maintenance.pass();
        assertArrayEquals(living, bench.keySpace.get(key));
    }

    @Test
    void aPassRemembersWhatTheLastOneOfTheSameTenureHasSeen() {
        maintenance.pass();
        bench.clock.advance(Duration.ofHours(1));
        maintenance.pass();
        byte[] longAgo = StoreKeys.deletion(bench.now() - Duration.ofHours(2).toMillis(), 3);
        bench.write(longAgo, new DeletionRow.OfObject(1, Layout.EMPTY).encode());
        assertEquals(0, maintenance.pass().deletions());
    }

    @Test
    void nothingIsDoneOnceItIsClosed() {
        maintenance.close();
        StoreException closed = assertThrows(StoreException.class, maintenance::pass);
        assertEquals(StoreException.Code.CLOSED, closed.code());
        assertEquals(0, maintenance.failures());
        maintenance.close();
    }

    @Test
    void bothKindsOfPassesRunByThemselvesAndNoMoreAfterTheClose() throws InterruptedException {
        CountDownLatch reclaimed = new CountDownLatch(3);
        CountDownLatch compacted = new CountDownLatch(3);
        AtomicInteger all = new AtomicInteger();
        bench.scans =
                scan -> {
                    all.incrementAndGet();
                    if (scan.from()[0] == 'D' && scan.from()[1] == 0) {
                        reclaimed.countDown();
                    } else if (scan.from()[0] == 'V' && scan.from()[1] == 'h') {
                        compacted.countDown();
                    }
                };
        Maintenance running = maintenance(Duration.ofMillis(1));
        running.start();
        assertTrue(reclaimed.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
        assertTrue(compacted.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
        running.close();
        int before = all.get();
        assertThrows(StoreException.class, running::pass);
        assertEquals(before, all.get());
    }

    @Test
    void theCloseEndsTheTasksThatWaitForTheirTurn() throws InterruptedException {
        AtomicInteger all = new AtomicInteger();
        bench.scans = scan -> all.incrementAndGet();
        Maintenance never = maintenance(Duration.ZERO);
        never.start();
        Maintenance running = maintenance(Duration.ofHours(1));
        running.start();
        Leases.Options standard = Leases.Options.standard();
        MonotonicClock clock = MonotonicClock.system();
        try (Leases other = Leases.open(bench.keySpace, "other", standard, clock)) {
            for (String lease : List.of(RECLAIM, compact())) {
                long begun = clock.nanos();
                while (other.holder(lease).isEmpty()) {
                    assertTrue(clock.elapsed(begun).toSeconds() < PATIENCE_SECONDS, lease);
                    Thread.sleep(5);
                }
            }
            running.close();
            for (String lease : List.of(RECLAIM, compact())) {
                assertTrue(other.acquire(lease).isPresent(), lease);
            }
        }
        assertEquals(0, all.get(), "an hour is not over, and without an interval none comes");
        never.close();
    }

    @Test
    void theCloseWaitsForAPassThatWasAskedFor() throws Exception {
        for (char[] scanned : List.of(new char[] {'D', 0}, new char[] {'V', 'h'})) {
            CountDownLatch inside = new CountDownLatch(1);
            CountDownLatch goOn = new CountDownLatch(1);
            bench.scans =
                    scan -> {
                        if (scan.from()[0] == scanned[0] && scan.from()[1] == scanned[1]) {
                            inside.countDown();
                            await(goOn);
                        }
                    };
            Maintenance asked = maintenance(Duration.ZERO);
            Thread pass = Thread.ofVirtual().start(() -> refusedOrDone(asked));
            await(inside);
            Thread close = Thread.ofVirtual().start(asked::close);
            assertFalse(close.join(Duration.ofMillis(100)), "a pass runs");
            goOn.countDown();
            assertTrue(close.join(Duration.ofSeconds(PATIENCE_SECONDS)));
            assertTrue(pass.join(Duration.ofSeconds(PATIENCE_SECONDS)));
            Thread late = Thread.ofVirtual().start(() -> refusedOrDone(asked));
            assertTrue(
                    late.join(Duration.ofSeconds(PATIENCE_SECONDS)), "refused, not kept waiting");
        }
    }

    private static void refusedOrDone(Maintenance asked) {
        try {
            asked.pass();
        } catch (StoreException e) {
            assertEquals(StoreException.Code.CLOSED, e.code());
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aPassWhoseLeaseIsGoneFreesNothingAndTheNextOneDoes() {
        bench.put("gone", 300_000);
        bench.extents.seal(bench.owned().getFirst().volume());
        bench.delete("gone");
        bench.clock.advance(GRACE.plusMillis(1));
        loses(RECLAIM, 'D', (char) 0);
        assertThrows(WorkException.class, maintenance::pass);
        assertEquals(1, bench.rows('D').size());
        assertEquals(1, maintenance.pass().deletions());
        bench.clock.advance(GRACE);
        loses(compact(), 'V', 'h');
        assertThrows(WorkException.class, maintenance::pass);
        assertEquals(1, bench.extents.list().size());
        assertEquals(1, maintenance.pass().volumesDeleted());
    }

    /** At the first scan of such rows the lease goes back. */
    private void loses(String lease, char family, char kind) {
        bench.scans =
                scan -> {
                    if (scan.from()[0] == family && scan.from()[1] == kind) {
                        bench.scans = next -> {};
                        leases.acquire(lease).orElseThrow().close();
                    }
                };
    }

    @Test
    void whatIsReadInTwoPassesIsNoted() {
        Runnable release = bench.core.pins().hold(new Layout.Rows(7));
        maintenance.pass();
        assertFalse(LongReads.isRead(bench.core, 7));
        maintenance.pass();
        assertTrue(LongReads.isRead(bench.core, 7));
        release.run();
        maintenance.pass();
        assertFalse(LongReads.isRead(bench.core, 7));
    }

    @Test
    void howMuchIsDeadInAnOpenVolumeBeforeItIsEndedDependsOnTheRoom() {
        bench.put("gone", 100_000);
        bench.put("kept", 400_000);
        long number = bench.owned().getFirst().volume();
        bench.delete("gone");
        bench.freeBytes = SHORT_BYTES;
        bench.clock.advance(Duration.ofMillis(300));
        maintenance.pass();
        assertFalse(volume(number).sealed());
        bench.freeBytes = FULL_BYTES;
        bench.clock.advance(Duration.ofMillis(300));
        maintenance.pass();
        assertTrue(volume(number).sealed());
    }

    @Test
    void aFullDiskEndsTheHoldOfABackupThatKeepsDeletedVolumes() {
        bench.put("gone", 300_000);
        bench.extents.seal(bench.owned().getFirst().volume());
        bench.extents.hold("copy", () -> {});
        bench.delete("gone");
        bench.freeBytes = SHORT_BYTES;
        bench.clock.advance(Duration.ofMillis(300));
        maintenance.pass();
        bench.clock.advance(Duration.ofSeconds(10));
        assertEquals(1, maintenance.pass().volumesDeleted());
        assertTrue(bench.extents.isHeld("copy"));
        bench.freeBytes = FULL_BYTES;
        bench.clock.advance(Duration.ofMillis(300));
        maintenance.pass();
        assertFalse(bench.extents.isHeld("copy"));
    }

    @Test
    void anUploadThatEndsMeanwhileIsNotCounted() {
        String id = bench.initiate("up");
        bench.clock.advance(EXPIRY.plusMillis(1));
        bench.before(StoreKeys.allUploads(), () -> bench.uploads.abort(Bench.BUCKET, "up", id));
        assertEquals(0, maintenance.pass().uploads());
        assertTrue(bench.happened());
        assertTrue(bench.rows(StoreKeys.allUploads()).isEmpty());
    }

    private String compact() {
        return "store/compact/" + bench.store();
    }

    private LocalVolume volume(long number) {
        return LocalVolume.all(bench.core).stream()
                .filter(v -> v.number() == number)
                .findFirst()
                .orElseThrow();
    }
}
