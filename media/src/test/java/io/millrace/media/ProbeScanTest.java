package io.millrace.media;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.keyspace.Scan;
import io.millrace.kit.Clocks;
import io.millrace.kit.MonotonicClock;
import io.millrace.store.Store;
import io.millrace.store.StoreOptions;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.objects.PutObject;
import io.millrace.work.Leases;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A follower that was away for longer than the change log is kept. */
@Timeout(300)
final class ProbeScanTest {
    @TempDir Path directory;

    @Test
    void whatTheLogNoLongerTellsIsFoundByAScan() throws Exception {
        StoreOptions d = StoreOptions.defaults();
        StoreOptions forgetful =
                new StoreOptions(
                        d.region(),
                        d.inlineBytes(),
                        d.minPartBytes(),
                        Duration.ZERO,
                        d.grace(),
                        d.uploadExpiry(),
                        Duration.ofMillis(1),
                        Duration.ZERO,
                        d.scrub());
        try (RocksKeySpace keySpace = RocksKeySpace.open(directory.resolve("keys"));
                Leases leases =
                        Leases.open(
                                keySpace,
                                "node",
                                Leases.Options.standard(),
                                MonotonicClock.system());
                LocalExtents extents =
                        LocalExtents.open(
                                List.of(directory.resolve("volumes")),
                                ExtentsOptions.standard().withReserveBytes(0));
                Store store = Store.open(keySpace, leases, extents, forgetful, Clocks.system())) {
            store.buckets().create("photos", "root", BucketAcl.PRIVATE);
            byte[] picture = Samples.picture(directory, "a.png");
            try (Media media = open(store, keySpace, leases)) {
                put(store, "gone.png", picture);
                await(media, "gone.png");
            }
            put(store, "new.png", picture);
            store.objects().delete("photos", "gone.png");
            Thread.sleep(20);
            store.maintain();
            long trimmed = IntStream.range(0, 64).mapToLong(s -> store.changes().trimmed(s)).sum();
            assertTrue(trimmed >= 3, "trimmed " + trimmed);
            try (Media media = open(store, keySpace, leases)) {
                assertInstanceOf(ProbeOutcome.Image.class, await(media, "new.png").outcome());
                put(store, "later.png", picture);
                await(media, "later.png");
                assertEquals(Optional.empty(), media.probe("photos", "gone.png"));
                assertEquals(2, keySpace.scan(Scan.prefix(new byte[] {'P'}, 100)).size());
            }
        }
    }

    private static Media open(Store store, RocksKeySpace keySpace, Leases leases) {
        return Media.open(store, keySpace, leases, MediaOptions.defaults(), Clocks.system());
    }

    private static void put(Store store, String key, byte[] bytes) {
        store.objects().put(PutObject.of("photos", key, bytes.length), bytes);
    }

    private static Probe await(Media media, String key) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (System.nanoTime() < end) {
            Optional<Probe> probe = media.probe("photos", key);
            if (probe.isPresent()) {
                return probe.get();
            }
            Thread.sleep(20);
        }
        throw new AssertionError("no probe of " + key);
    }
}
