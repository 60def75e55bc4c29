package io.millrace.e2e.backup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.backup.Backup;
import io.millrace.backup.DirectoryTarget;
import io.millrace.backup.Held;
import io.millrace.backup.Holds;
import io.millrace.backup.Manifest;
import io.millrace.backup.Progress;
import io.millrace.backup.Repository;
import io.millrace.backup.Restore;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.Clocks;
import io.millrace.store.Store;
import io.millrace.store.StoreOptions;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.objects.AppendObject;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.objects.PutObject;
import io.millrace.store.reclaim.MaintenanceReport;
import io.millrace.store.scrub.ScrubOptions;
import io.millrace.testkit.Seed;
import io.millrace.work.Leases;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Backups while small volumes fill, are compacted and deleted without any grace: each one restores
 * to what was acknowledged at one moment between its begin and its end.
 *
 * <p>The system property {@code millrace.backup.rounds} says how many backups are made.
 */
class BackupWhileReclaimingTest {
    private static final int ROUNDS = Integer.getInteger("millrace.backup.rounds", 5);
    private static final String BUCKET = "load";
    private static final int KEYS = 25;

    @TempDir Path directory;

    private final Seed seed = Seed.fresh();
    private final long base = seed.random().nextLong();
    private final Histories histories = new Histories();
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicLong deleted = new AtomicLong();
    private final AtomicLong moved = new AtomicLong();
    private final List<Throwable> failures = new ArrayList<>();

    /** A store over a data directory as the server opens it, with small volumes and no grace. */
    private record Node(KeySpace keySpace, Leases leases, LocalExtents extents, Store store)
            implements AutoCloseable {
        static Node open(Path data) {
            Clocks clocks = Clocks.system();
            KeySpace keySpace = RocksKeySpace.open(data.resolve("keyspace"));
            Leases leases =
                    Leases.open(
                            keySpace,
                            data.toString(),
                            Leases.Options.standard(),
                            clocks.monotonic());
            LocalExtents extents =
                    LocalExtents.open(
                            List.of(data.resolve("extents")),
                            ExtentsOptions.standard().withVolumeBytes(2 << 20).withReserveBytes(0));
            StoreOptions options =
                    new StoreOptions(
                            "local",
                            16 * 1024,
                            0,
                            Duration.ofMillis(50),
                            Duration.ZERO,
                            Duration.ofDays(7),
                            Duration.ofDays(7),
                            Duration.ZERO,
                            ScrubOptions.off());
            return new Node(
                    keySpace,
                    leases,
                    extents,
                    Store.open(keySpace, leases, extents, options, clocks));
        }

        @Override
        public void close() {
            store.close();
            extents.close();
            leases.close();
            keySpace.close();
        }
    }

    @Test
    void everyObjectIsAsItWasAtOneMomentWhileVolumesAreMovedAndDeleted() throws Exception {
        Path data = directory.resolve("data");
        List<Manifest> made = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        try (Node node = Node.open(data)) {
            node.store().buckets().create(BUCKET, "root", BucketAcl.PRIVATE);
            for (int i = 0; i < 3; i++) {
                int worker = i;
                threads.add(start(() -> put(node.store(), worker)));
            }
            threads.add(start(() -> append(node.store())));
            threads.add(start(() -> maintain(node.store())));
            try (Holds holds =
                    Holds.open(
                            node.keySpace(),
                            node.extents(),
                            data,
                            "test",
                            Clocks.system().wall(),
                            Clocks.system().monotonic(),
                            List::of)) {
                long end = System.nanoTime() + Duration.ofMinutes(3).toNanos();
                while (failures.isEmpty()
                        && System.nanoTime() < end
                        && (made.size() < ROUNDS || deleted.get() < 5 || moved.get() < 5)) {
                    made.add(backup(holds, data));
                }
            } finally {
                over.set(true);
                for (Thread thread : threads) {
                    thread.join();
                }
            }
        }
        assertEquals(List.of(), failures, seed.toString());
        assertTrue(deleted.get() > 0 && moved.get() > 0, "nothing was reclaimed; " + seed);
        System.out.printf(
                "%d operations, %d volumes deleted, %d extents moved, %d backups; %s%n",
                histories.operations(), deleted.get(), moved.get(), made.size(), seed);
        for (Manifest one : made.subList(0, Math.min(ROUNDS, made.size()))) {
            assertRestored(one);
        }
    }

    private Thread start(Histories.Step work) {
        return Thread.ofPlatform()
                .start(
                        () -> {
                            try {
                                work.run();
                            } catch (Exception | Error e) {
                                synchronized (failures) {
                                    failures.add(e);
                                }
                            }
                        });
    }

    private void put(Store store, int worker) throws Exception {
        Random random = new Random(base + worker);
        for (int i = 0; !over.get(); i++) {
            String key = "put/" + worker + "/" + random.nextInt(KEYS);
            if (random.nextInt(5) == 0) {
                histories.run(key, null, () -> store.objects().delete(BUCKET, key));
                continue;
            }
            int length = random.nextInt(3) == 0 ? random.nextInt(1_000) : random.nextInt(150_000);
            Histories.Content content = new Histories.Content(key + i, length);
            byte[] bytes = content.bytes();
            histories.run(
                    key,
                    content,
                    () -> store.objects().put(PutObject.of(BUCKET, key, bytes.length), bytes));
        }
    }

    private void append(Store store) throws Exception {
        Random random = new Random(base + 100);
        for (int object = 0; !over.get(); object++) {
            String key = "grow/" + object % KEYS;
            byte[] all = new Histories.Content(key + object, 600_000).bytes();
            int length = 0;
            histories.run(key, null, () -> store.objects().delete(BUCKET, key));
            while (!over.get() && length < 500_000) {
                int from = length;
                length += 1 + random.nextInt(60_000);
                byte[] more = Arrays.copyOfRange(all, from, length);
                histories.run(
                        key,
                        new Histories.Content(key + object, length),
                        () ->
                                store.objects()
                                        .append(
                                                AppendObject.of(BUCKET, key, from, more.length),
                                                more));
            }
        }
    }

    private void maintain(Store store) {
        while (!over.get()) {
            MaintenanceReport report = store.maintain();
            deleted.addAndGet(report.volumesDeleted());
            moved.addAndGet(report.extentsMoved());
        }
    }

    private Repository repository(Held held) {
        return Repository.openOrMake(
                new DirectoryTarget(directory.resolve("target")), held.keySpace(), null);
    }

    private Manifest backup(Holds holds, Path data) {
        Holds.Hold hold = holds.take(Holds.Copier.current());
        try {
            Held held = Held.read(data, hold.id());
            Backup.Plan plan = new Backup.Plan(null, false, false);
            return Backup.run(
                            repository(held),
                            held,
                            plan,
                            Progress.NONE,
                            () -> holds.renew(hold.id()))
                    .manifest();
        } finally {
            holds.release(hold.id());
        }
    }

    private void assertRestored(Manifest manifest) throws IOException {
        Path data = directory.resolve("restored-" + manifest.id());
        Repository repository =
                Repository.open(new DirectoryTarget(directory.resolve("target")), null);
        Restore.run(repository, repository.manifest(manifest.id()), data, Progress.NONE);
        try (Node node = Node.open(data)) {
            Map<String, byte[]> found = new TreeMap<>();
            for (String key : histories.keys()) {
                try (ObjectReader reader = node.store().objects().open(BUCKET, key).orElse(null)) {
                    if (reader != null) {
                        found.put(key, read(reader));
                    }
                }
            }
            List<String> wrong = new ArrayList<>();
            for (String key : histories.keys()) {
                Manifest.Moment moment = manifest.moment();
                String what = histories.wrong(key, found.get(key), moment.from(), moment.to());
                if (what != null) {
                    wrong.add(what);
                }
            }
            assertEquals(List.of(), wrong, "of " + manifest.id() + "; " + seed);
            assertTrue(histories.areOfOneMoment(found), "of several moments; " + seed);
        }
    }

    private static byte[] read(ObjectReader reader) {
        byte[] bytes = new byte[(int) reader.info().sizeBytes()];
        for (int at = 0; at < bytes.length; ) {
            at += reader.read(at, bytes, at, bytes.length - at);
        }
        return bytes;
    }
}
