package io.millrace.bench;

import io.millrace.extents.ExtentRef;
import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.keyspace.Scan;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * Measures the key space and the extents in one process: durable operations a second and processor
 * time for each. Arguments: a directory on the disk to measure, and the seconds for each measure
 * (3).
 */
public final class EngineBench {
    private static final PrintStream OUT = System.out;

    private final Path directory;
    private final Duration time;

    private EngineBench(Path directory, Duration time) {
        this.directory = directory;
        this.time = time;
    }

    public static void main(String[] arguments) throws Exception {
        Path root = Path.of(arguments.length > 0 ? arguments[0] : "target/engine-bench");
        int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
        Path directory = root.resolve("run-" + ProcessHandle.current().pid());
        try {
            new EngineBench(directory, Duration.ofSeconds(seconds)).run();
        } finally {
            deleteTree(directory);
        }
    }

    private void run() throws Exception {
        OUT.printf("%-46s %12s %12s %14s%n", "measure", "per second", "MB/s", "CPU µs each");
        try (KeySpace keySpace = RocksKeySpace.open(directory.resolve("keyspace"))) {
            keySpace(keySpace);
        }
        Path volumes = directory.resolve("extents");
        try (Extents extents = LocalExtents.open(List.of(volumes), ExtentsOptions.standard())) {
            extents(extents);
        }
    }

    private void keySpace(KeySpace keySpace) throws Exception {
        byte[] value = random(4_096);
        puts(keySpace, 64, value, Duration.ofSeconds(1), "warm-up");
        for (int writers : new int[] {1, 16, 64, 256}) {
            puts(keySpace, writers, value, time, "durable put 4 KiB, " + writers + " writers");
        }
        byte[] small = random(200);
        measure(
                "guarded put 200 B with a stamped log, 64",
                64,
                200,
                time,
                (writer, n) -> {
                    byte[] key = Keys.family('M').u32(writer).u64(n).done();
                    byte[] counter = Keys.family('N').u32(writer % 64).done();
                    byte[] log = Keys.family('L').u32(writer % 64).done();
                    Batch batch =
                            Batch.builder()
                                    .absent(key)
                                    .put(key, small)
                                    .appendStamped(counter, log, small)
                                    .build();
                    if (!keySpace.commit(batch).committed()) {
                        throw new IllegalStateException("a commit failed");
                    }
                });
        measure(
                "get 200 B, 16 readers",
                16,
                200,
                time,
                (reader, n) -> keySpace.get(Keys.family('M').u32(reader).u64(n % 1_000).done()));
        byte[] prefix = Keys.family('M').u32(0).done();
        measure(
                "scan of 1,000 entries, 1 reader",
                1,
                200_000,
                time,
                (reader, n) -> keySpace.scan(Scan.prefix(prefix, 1_000)));
    }

    private void puts(KeySpace keySpace, int writers, byte[] value, Duration length, String name)
            throws Exception {
        long run = ThreadLocalRandom.current().nextLong() >>> 1;
        measure(
                name,
                writers,
                value.length,
                length,
                (writer, n) -> {
                    byte[] key = Keys.family('X').u64(run).u32(writer).u64(n).done();
                    if (!keySpace.commit(Batch.builder().put(key, value).build()).committed()) {
                        throw new IllegalStateException("a commit failed");
                    }
                });
    }

    private void extents(Extents extents) throws Exception {
        append(extents, 32, 4 << 10, Duration.ofSeconds(1), "warm-up");
        append(extents, 32, 4 << 10, time, "durable append 4 KiB, 32 writers");
        append(extents, 1, 64 << 10, time, "durable append 64 KiB, 1 writer");
        append(extents, 32, 64 << 10, time, "durable append 64 KiB, 32 writers");
        append(extents, 32, 1 << 20, time, "durable append 1 MiB, 32 writers");
        byte[] bytes = random(1 << 20);
        List<ExtentRef> refs = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            refs.add(extents.append(bytes, 0, bytes.length));
        }
        ThreadLocal<byte[]> into = ThreadLocal.withInitial(() -> new byte[1 << 20]);
        measure(
                "verified read 1 MiB, 4 readers",
                4,
                1 << 20,
                time,
                (reader, n) -> {
                    ExtentRef ref = refs.get((int) (n % 64));
                    extents.read(ref, 0, into.get(), 0, 1 << 20);
                });
        for (var volume : extents.list()) {
            extents.delete(volume.volume());
        }
    }

    private static void append(Extents extents, int writers, int size, Duration length, String name)
            throws Exception {
        byte[] bytes = random(size);
        measure(name, writers, size, length, (writer, n) -> extents.append(bytes, 0, size));
    }

    /** One operation of one worker, counted from 0. */
    private interface Operation {
        void run(int worker, long n) throws Exception;
    }

    private static void measure(
            String name, int workers, int bytesEach, Duration length, Operation operation)
            throws Exception {
        AtomicLong done = new AtomicLong();
        long cpuBefore = cpuNanos();
        long start = System.nanoTime();
        long end = start + length.toNanos();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < workers; i++) {
                int worker = i;
                executor.submit(
                        () -> {
                            long n = 0;
                            while (System.nanoTime() < end) {
                                operation.run(worker, n++);
                            }
                            done.addAndGet(n);
                            return null;
                        });
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        double each = done.get() / seconds;
        OUT.printf(
                "%-46s %,12.0f %,12.1f %14.1f%n",
                name,
                each,
                each * bytesEach / 1e6,
                (cpuNanos() - cpuBefore) / 1e3 / Math.max(1, done.get()));
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean)
                        ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        ThreadLocalRandom.current().nextBytes(bytes);
        return bytes;
    }

    private static void deleteTree(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
