package io.millrace.bench;

import com.sun.management.OperatingSystemMXBean;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.Clocks;
import io.millrace.kit.MonotonicClock;
import io.millrace.store.Store;
import io.millrace.store.StoreOptions;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.objects.AppendObject;
import io.millrace.store.objects.AppendOutcome;
import io.millrace.store.objects.ListObjects;
import io.millrace.store.objects.Listing;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.objects.Objects;
import io.millrace.store.objects.PutObject;
import io.millrace.store.objects.PutOutcome;
import io.millrace.work.Leases;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Puts, gets, appends and lists through the store, durable, with virtual threads as clients; prints
 * operations a second and CPU a operation.
 *
 * <p>Arguments: directory (is filled, not deleted), clients (64), seconds for each measure (5).
 */
public final class StoreBench {
    private static final String BUCKET = "bench";

    private final Objects objects;
    private final int clients;
    private final Duration time;

    private StoreBench(Store store, int clients, Duration time) {
        this.objects = store.objects();
        this.clients = clients;
        this.time = time;
    }

    /** One operation of one client; {@code round} counts the client's own. */
    private interface Operation {
        void run(int client, long round) throws IOException;
    }

    /** Runs the measures. */
    public static void main(String[] args) throws Exception {
        Path directory =
                args.length > 0 ? Path.of(args[0]) : Files.createTempDirectory("millrace-bench");
        int clients = args.length > 1 ? Integer.parseInt(args[1]) : 64;
        int seconds = args.length > 2 ? Integer.parseInt(args[2]) : 5;
        try (RocksKeySpace keySpace = RocksKeySpace.open(directory.resolve("keys"));
                Leases leases =
                        Leases.open(
                                keySpace,
                                "node",
                                Leases.Options.standard(),
                                MonotonicClock.system());
                LocalExtents extents =
                        LocalExtents.open(
                                List.of(directory.resolve("volumes")), ExtentsOptions.standard());
                Store store =
                        Store.open(
                                keySpace,
                                leases,
                                extents,
                                StoreOptions.defaults(),
                                Clocks.system())) {
            store.buckets().create(BUCKET, "bench", BucketAcl.PRIVATE);
            new StoreBench(store, clients, Duration.ofSeconds(seconds)).run();
            System.out.println(store.statistics());
        }
    }

    private void run() throws InterruptedException {
        byte[] small = random(4096);
        byte[] middle = random(64 * 1024);
        byte[] large = random(8 << 20);
        AtomicLong[] counts = new AtomicLong[clients];
        for (int i = 0; i < clients; i++) {
            counts[i] = new AtomicLong();
        }
        measure("warm-up", (c, r) -> put("warm/" + c + "/" + r % 100, small));
        measure(
                "put 4 KiB",
                (c, r) -> {
                    put("k/" + c + "/" + r, small);
                    counts[c].incrementAndGet();
                });
        measure("overwrite 4 KiB", (c, r) -> put("warm/" + c + "/" + r % 100, small));
        measure(
                "get 4 KiB",
                (c, r) -> {
                    long which = ThreadLocalRandom.current().nextLong(counts[c].get());
                    get("k/" + c + "/" + which, 4096);
                });
        long[] lengths = new long[clients];
        measure(
                "append 4 KiB, an object a client",
                (c, r) -> lengths[c] = append("grown-" + c, lengths[c], small));
        measure("put 64 KiB", (c, r) -> put("m/" + c + "/" + r % 500, middle));
        measure("get 64 KiB", (c, r) -> get("m/" + c + "/0", middle.length));
        measure("put 8 MiB", (c, r) -> put("l/" + c + "/" + r % 2, large));
        measure("get 8 MiB", (c, r) -> get("l/" + c + "/0", large.length));
        measure("list 1,000 keys", (c, r) -> list("k/" + c + "/", ""));
        measure("list with delimiter", (c, r) -> list("k/", "/"));
    }

    private void measure(String name, Operation operation) throws InterruptedException {
        AtomicLong done = new AtomicLong();
        long end = System.nanoTime() + time.toNanos();
        long cpu = cpuNanos();
        long begin = System.nanoTime();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            int client = i;
            threads.add(
                    Thread.startVirtualThread(
                            () -> {
                                for (long round = 0; System.nanoTime() < end; round++) {
                                    once(operation, client, round);
                                    done.incrementAndGet();
                                }
                            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        double cpuMicros = (cpuNanos() - cpu) / 1e3 / Math.max(1, done.get());
        System.out.printf(
                "%-34s %,10.0f/s   %,10.1f µs CPU each%n", name, done.get() / seconds, cpuMicros);
    }

    private static void once(Operation operation, int client, long round) {
        try {
            operation.run(client, round);
        } catch (IOException e) {
            throw new IllegalStateException("a measure failed", e);
        }
    }

    private void put(String key, byte[] bytes) {
        if (!(objects.put(PutObject.of(BUCKET, key, bytes.length), bytes)
                instanceof PutOutcome.Stored)) {
            throw new IllegalStateException("not stored: " + key);
        }
    }

    private long append(String key, long position, byte[] bytes) {
        AppendOutcome outcome =
                objects.append(AppendObject.of(BUCKET, key, position, bytes.length), bytes);
        if (outcome instanceof AppendOutcome.Appended appended) {
            return appended.nextPosition();
        }
        throw new IllegalStateException("not appended: " + outcome);
    }

    private void get(String key, int length) {
        try (ObjectReader reader = objects.open(BUCKET, key).orElseThrow()) {
            byte[] into = new byte[Math.min(length, 256 * 1024)];
            int at = 0;
            while (at < length) {
                at += reader.read(at, into, 0, into.length);
            }
        }
    }

    private void list(String prefix, String delimiter) {
        Listing page = objects.list(new ListObjects(BUCKET, prefix, delimiter, "", 1000));
        if (page.entries().isEmpty() && page.commonPrefixes().isEmpty()) {
            throw new IllegalStateException("nothing listed");
        }
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(1).nextBytes(bytes);
        return bytes;
    }

    private static long cpuNanos() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
    }
}
