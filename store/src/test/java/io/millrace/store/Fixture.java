package io.millrace.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.millrace.extents.Durability;
import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.MonotonicClock;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.objects.AppendObject;
import io.millrace.store.objects.AppendOutcome;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.objects.Objects;
import io.millrace.store.objects.PutObject;
import io.millrace.store.objects.PutOutcome;
import io.millrace.store.scrub.ScrubOptions;
import io.millrace.store.space.StoreException;
import io.millrace.testkit.TestClock;
import io.millrace.work.Leases;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;

/** A store on a real key space and real extents in a directory. */
final class Fixture implements AutoCloseable {
    static final String BUCKET = "photos";

    final TestClock clock = new TestClock(Instant.parse("2026-01-02T03:04:05.678Z"));
    final StoreOptions options;
    private final Path directory;
    private final Supplier<KeySpace> opener;
    KeySpace keySpace;
    Leases leases;
    Extents extents;
    Store store;

    private final Durability durability;

    private Fixture(
            Path directory,
            StoreOptions options,
            Supplier<KeySpace> opener,
            Durability durability) {
        this.directory = directory;
        this.options = options;
        this.opener = opener;
        this.durability = durability;
        this.keySpace = opener.get();
        this.leases = leases(keySpace, "node " + directory.getFileName());
        this.extents = extents(directory, durability);
        try {
            this.store = Store.open(keySpace, leases, extents, options, clock.clocks());
        } catch (StoreException e) {
            extents.close();
            leases.close();
            keySpace.close();
            throw e;
        }
    }

    static Leases leases(KeySpace keySpace, String node) {
        return Leases.open(keySpace, node, Leases.Options.standard(), MonotonicClock.system());
    }

    static KeySpace rocks(Path directory) {
        return RocksKeySpace.open(directory.resolve("keys"));
    }

    static LocalExtents extents(Path directory) {
        return extents(directory, Durability.STRICT);
    }

    private static LocalExtents extents(Path directory, Durability durability) {
        ExtentsOptions options =
                ExtentsOptions.standard()
                        .withVolumeBytes(4 << 20)
                        .withDurability(durability)
                        .withReserveBytes(0);
        return LocalExtents.open(List.of(directory.resolve("volumes")), options);
    }

    /** No waits, no background thread, no least part size. */
    static StoreOptions quick() {
        return quick(16 * 1024);
    }

    static StoreOptions quick(int inlineBytes) {
        return new StoreOptions(
                "local",
                inlineBytes,
                0,
                Duration.ofMillis(50),
                Duration.ofMinutes(10),
                Duration.ofDays(7),
                Duration.ofDays(7),
                Duration.ZERO,
                ScrubOptions.off());
    }

    static Fixture open(Path directory) {
        return open(directory, quick());
    }

    static Fixture open(Path directory, StoreOptions options) {
        return open(directory, options, () -> rocks(directory));
    }

    static Fixture open(Path directory, StoreOptions options, Supplier<KeySpace> opener) {
        return open(directory, options, opener, Durability.STRICT);
    }

    /** Without waits for the disk: for thousands of changes. */
    static Fixture hasty(Path directory, StoreOptions options, Supplier<KeySpace> opener) {
        return open(directory, options, opener, Durability.NONE);
    }

    private static Fixture open(
            Path directory,
            StoreOptions options,
            Supplier<KeySpace> opener,
            Durability durability) {
        Fixture fixture = new Fixture(directory, options, opener, durability);
        fixture.store.buckets().create(BUCKET, "root", BucketAcl.PRIVATE);
        return fixture;
    }

    void reopen() {
        close();
        keySpace = opener.get();
        leases = leases(keySpace, "node " + directory.getFileName());
        extents = extents(directory, durability);
        store = Store.open(keySpace, leases, extents, options, clock.clocks());
    }

    Objects objects() {
        return store.objects();
    }

    ObjectInfo put(String key, byte[] bytes) {
        PutOutcome outcome = objects().put(PutObject.of(BUCKET, key, bytes.length), bytes);
        return assertInstanceOf(PutOutcome.Stored.class, outcome).info();
    }

    AppendOutcome append(String key, long position, byte[] bytes) {
        return objects().append(AppendObject.of(BUCKET, key, position, bytes.length), bytes);
    }

    byte[] get(String key) {
        try (ObjectReader reader = objects().open(BUCKET, key).orElseThrow()) {
            return read(reader);
        }
    }

    /** All its bytes; closes it, so that it pins nothing any more. */
    static byte[] read(ObjectReader reader) {
        try (reader;
                InputStream in = reader.stream()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static byte[] bytes(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Runs all at once on virtual threads; the results stand in their order. */
    static <T> List<T> together(List<? extends Callable<T>> tasks) {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<T>> futures =
                    tasks.stream().map(t -> threads.submit((Callable<T>) t)).toList();
            return futures.stream().map(Fixture::result).toList();
        }
    }

    private static <T> T result(Future<T> future) {
        try {
            return future.get();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    void assertStatistics(long objects, long bytes) {
        assertEquals(new StoreStatistics.OfBucket(objects, bytes), store.statistics(BUCKET));
    }

    @Override
    public void close() {
        store.close();
        extents.close();
        leases.close();
        keySpace.close();
    }
}
