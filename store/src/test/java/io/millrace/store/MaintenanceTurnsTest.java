package io.millrace.store;

import static io.millrace.store.Fixture.BUCKET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.Extents;
import io.millrace.keyspace.Scan;
import io.millrace.store.objects.PutObject;
import io.millrace.store.objects.PutOutcome;
import io.millrace.store.space.StoreKeys;
import io.millrace.work.Leases;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On one node that does all the work in the background. */
class MaintenanceTurnsTest {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final Scan DELETIONS =
            Scan.range(
                    StoreKeys.deletions(0, 0),
                    StoreKeys.deletions(StoreKeys.DELETION_SHARDS - 1, Long.MAX_VALUE),
                    1);
    @TempDir Path directory;
    private Fixture fixture;
    private BeforeCommit space;
    private Leases leases;
    private Extents extents;
    private Store store;

    @BeforeEach
    void open() {
        fixture = Fixture.open(directory.resolve("other"));
        space = new BeforeCommit(fixture.keySpace);
        leases = Fixture.leases(space, "node");
        extents = Fixture.extents(directory.resolve("node"));
        store = Store.open(space, leases, extents, fixture.options, fixture.clock.clocks());
    }

    @AfterEach
    void close() {
        store.close();
        extents.close();
        leases.close();
        fixture.close();
    }

    @Test
    void deletionsAreFreedWhileAVolumeIsBeingEmptied() throws Exception {
        put(store, "stays", 300_000);
        put(store, "late", 300_000);
        sealedAmongDeleted(store, extents);
        fixture.clock.advance(Duration.ofMinutes(11));
        AtomicReference<Boolean> freed = new AtomicReference<>(false);
        AtomicReference<Thread> beside = new AtomicReference<>();
        space.ofPut(
                new byte[] {'V', 'o'},
                () -> {
                    store.objects().delete(BUCKET, "late");
                    fixture.clock.advance(Duration.ofMinutes(11));
                    beside.set(Thread.startVirtualThread(store::maintain));
                    freed.set(noneToFree(fixture));
                });
        assertEquals(1, store.maintain().extentsMoved());
        beside.get().join();
        assertTrue(space.happened());
        assertTrue(freed.get(), "the deletion waited for the move");
    }

    @Test
    void aStoreIsNotClosedUnderAVolumeThatIsBeingEmptied() throws Exception {
        put(store, "stays", 300_000);
        sealedAmongDeleted(store, extents);
        fixture.clock.advance(Duration.ofMinutes(11));
        Thread closing = Thread.ofVirtual().unstarted(store::close);
        AtomicReference<Boolean> closed = new AtomicReference<>();
        space.ofPut(
                new byte[] {'V', 'o'},
                () -> {
                    closing.start();
                    closed.set(endsWithin(closing, Duration.ofMillis(500)));
                });
        store.maintain();
        assertEquals(false, closed.get());
        closing.join();
    }

    private static boolean endsWithin(Thread thread, Duration time) {
        try {
            return thread.join(time);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void sealedAmongDeleted(Store store, Extents extents) {
        for (int i = 0; i < 9; i++) {
            put(store, "dead" + i, 900_000);
        }
        extents.list().forEach(v -> extents.seal(v.volume()));
        for (int i = 0; i < 9; i++) {
            store.objects().delete(BUCKET, "dead" + i);
        }
    }

    private static boolean noneToFree(Fixture fixture) {
        long start = System.nanoTime();
        while (!fixture.keySpace.scan(DELETIONS).isEmpty()) {
            if (System.nanoTime() - start > PATIENCE_NANOS) {
                return false;
            }
            Thread.onSpinWait();
        }
        return true;
    }

    private static void put(Store store, String key, int length) {
        PutObject asked = PutObject.of(BUCKET, key, length);
        assertInstanceOf(PutOutcome.Stored.class, store.objects().put(asked, new byte[length]));
    }
}
