package io.millrace.store;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.Durability;
import io.millrace.extents.ExtentRef;
import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.extents.StoreId;
import io.millrace.extents.StoreIdentity;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Mutation;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.keyspace.Scan;
import io.millrace.kit.Damages;
import io.millrace.kit.DiskReserve;
import io.millrace.kit.DiskSpace;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.buckets.Buckets;
import io.millrace.store.content.Bodies;
import io.millrace.store.content.ExpectedDigests;
import io.millrace.store.content.OwnerRow;
import io.millrace.store.content.Pins;
import io.millrace.store.log.ChangeLog;
import io.millrace.store.objects.AppendObject;
import io.millrace.store.objects.AppendOutcome;
import io.millrace.store.objects.CopyObject;
import io.millrace.store.objects.CopyOutcome;
import io.millrace.store.objects.Core;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.objects.Objects;
import io.millrace.store.objects.PutObject;
import io.millrace.store.objects.PutOutcome;
import io.millrace.store.objects.Suspects;
import io.millrace.store.objects.WriteConditions;
import io.millrace.store.space.Room;
import io.millrace.store.space.Space;
import io.millrace.store.space.StoreKeys;
import io.millrace.store.space.Stripes;
import io.millrace.store.space.VersionIds;
import io.millrace.store.uploads.CompleteOutcome;
import io.millrace.store.uploads.CompleteUpload;
import io.millrace.store.uploads.PartOutcome;
import io.millrace.store.uploads.UploadPart;
import io.millrace.store.uploads.Uploads;
import io.millrace.testkit.TestClock;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What the store is made of on a real key space and real extents, without the store's door: the
 * work in the background stands still until a test does a step of it. Not thread-safe.
 */
public final class Bench implements AutoCloseable {
    public static final String BUCKET = "photos";
    public static final Duration GRACE = Duration.ofMinutes(10);
    private static final long RESERVE = 1L << 30;
    private static final long PLENTY = 100 * RESERVE;

    public final TestClock clock = new TestClock(Instant.parse("2026-01-02T03:04:05.678Z"));
    public final KeySpace keySpace;
    public final LocalExtents extents;
    public final Core core;
    public final Damages damages = new Damages();
    public final Objects objects;
    public final Uploads uploads;

    /** What the disk has left. */
    public long freeBytes = PLENTY;

    /** Hears of each scan before it is done. */
    public Consumer<Scan> scans = scan -> {};

    /** Hears of each key that is asked for before it is. */
    public Consumer<byte[]> gets = key -> {};

    /** How often the key space was asked to sort out what was deleted. */
    public int gaveBack;

    private final Path volumes;
    private final KeySpace real;
    private @Nullable Predicate<Batch> when;
    private Function<Batch, @Nullable CommitOutcome> fate = batch -> null;

    /** The engines below, opened once for all tests of a class. */
    public static final class Ground implements AutoCloseable {
        private final KeySpace keySpace;
        private final LocalExtents extents;
        private final Path volumes;

        public Ground(Path directory) {
            keySpace = RocksKeySpace.open(directory.resolve("keys"));
            volumes = directory.resolve("volumes");
            ExtentsOptions options =
                    new ExtentsOptions(Durability.NONE, 1 << 20, 1, DiskReserve.ofBytes(0));
            extents = LocalExtents.open(List.of(volumes), options);
            extents.join(keySpace.id(), 1, null, UUID.randomUUID());
            extents.confirm();
        }

        private void clear() {
            Batch.Builder all =
                    Batch.builder().deleteRange(new byte[] {1}, new byte[] {(byte) 0xFF});
            assertTrue(keySpace.commit(all.build()).committed());
            extents.list().forEach(v -> extents.delete(v.volume()));
            extents.damaged().forEach(extents::forget);
        }

        @Override
        public void close() {
            extents.close();
            keySpace.close();
        }
    }

    public Bench(Ground ground) {
        ground.clear();
        real = ground.keySpace;
        keySpace = watched();
        extents = ground.extents;
        volumes = ground.volumes;
        Space space = new Space(keySpace, false);
        Pins pins = new Pins();
        Room room = new Room(Optional.empty(), List.of(disk()));
        VersionIds ids = new VersionIds(space);
        core =
                new Core(
                        space,
                        extents,
                        new Bodies(extents, space, pins, room, 16 << 10),
                        pins,
                        new Buckets(space, ids, "local", Duration.ZERO, clock.clocks()),
                        new ChangeLog(space, clock.monotonic()),
                        ids,
                        new Stripes(),
                        room,
                        clock,
                        clock.monotonic(),
                        damages,
                        new Suspects());
        objects = new Objects(core);
        uploads = new Uploads(core, 0);
        core.buckets().create(BUCKET, "root", BucketAcl.PRIVATE);
    }

    /** The same over other extents. */
    public Core with(Extents others) {
        return new Core(
                core.space(),
                others,
                core.bodies(),
                core.pins(),
                core.buckets(),
                core.changes(),
                core.ids(),
                core.stripes(),
                core.room(),
                core.clock(),
                core.monotonic(),
                core.damages(),
                core.suspects());
    }

    /** The same over extents that say they have volumes of version 0.1, too. */
    public Core unnamed() {
        StoreIdentity is = extents.identity();
        StoreIdentity says =
                new StoreIdentity(
                        is.store(),
                        true,
                        is.keySpace(),
                        is.epoch(),
                        is.accepted(),
                        is.offered(),
                        is.joined(),
                        is.adopt(),
                        is.place());
        Object others =
                Proxy.newProxyInstance(
                        Extents.class.getClassLoader(),
                        new Class<?>[] {Extents.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("identity")) {
                                return says;
                            }
                            try {
                                return method.invoke(extents, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
        return with((Extents) others);
    }

    private DiskSpace disk() {
        DiskSpace.Meter meter =
                new DiskSpace.Meter() {
                    @Override
                    public String device() {
                        return "disk";
                    }

                    @Override
                    public long totalBytes() {
                        return PLENTY;
                    }

                    @Override
                    public long freeBytes() {
                        return freeBytes;
                    }
                };
        return new DiskSpace(meter, DiskReserve.ofBytes(RESERVE), clock.monotonic());
    }

    private KeySpace watched() {
        return (KeySpace)
                Proxy.newProxyInstance(
                        KeySpace.class.getClassLoader(),
                        new Class<?>[] {KeySpace.class},
                        (proxy, method, arguments) -> {
                            switch (method.getName()) {
                                case "get" -> gets.accept((byte[]) arguments[0]);
                                case "scan" -> scans.accept((Scan) arguments[0]);
                                case "commit" -> {
                                    CommitOutcome decided = decided((Batch) arguments[0]);
                                    if (decided != null) {
                                        return decided;
                                    }
                                }
                                case "giveBack" -> {
                                    gaveBack++;
                                    return null;
                                }
                                default -> {}
                            }
                            try {
                                return method.invoke(real, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    private @Nullable CommitOutcome decided(Batch batch) {
        if (when == null || !when.test(batch)) {
            return null;
        }
        when = null;
        return fate.apply(batch);
    }

    /** Instead of the next commit that changes such a key; null: it is done after that. */
    public void atCommitOf(byte[] prefix, Function<Batch, @Nullable CommitOutcome> other) {
        fate = other;
        when = batch -> batch.mutations().stream().anyMatch(m -> Keys.startsWith(key(m), prefix));
    }

    private static byte[] key(Mutation mutation) {
        return switch (mutation) {
            case Mutation.Put put -> put.key();
            case Mutation.Delete delete -> delete.key();
            case Mutation.DeleteRange range -> range.from();
            case Mutation.Add add -> add.key();
            case Mutation.AppendStamped stamped -> stamped.keyPrefix();
        };
    }

    /** Before the next commit that changes such a key. */
    public void before(byte[] prefix, Runnable other) {
        atCommitOf(
                prefix,
                batch -> {
                    other.run();
                    return null;
                });
    }

    /** Whether what was told to happen at a commit did. */
    public boolean happened() {
        return when == null;
    }

    /** A commit past all that watches. */
    public CommitOutcome commit(Batch batch) {
        return real.commit(batch);
    }

    public void write(byte[] key, byte[] value) {
        assertTrue(real.commit(Batch.builder().put(key, value).build()).committed());
    }

    public void erase(byte[] key) {
        assertTrue(real.commit(Batch.builder().delete(key).build()).committed());
    }

    public List<Entry> rows(byte[] prefix) {
        return real.scan(Scan.prefix(prefix, 10_000));
    }

    public List<Entry> rows(char family, char... kind) {
        Keys prefix = Keys.family(family);
        for (char k : kind) {
            prefix.u8(k);
        }
        return rows(prefix.done());
    }

    public StoreId store() {
        return extents.identity().store();
    }

    public long dead(long volume) {
        return Keys.counter(real.get(StoreKeys.deadBytes(store(), volume)));
    }

    /** Each extent that somebody owns, in the order of their places. */
    public List<ExtentRef> owned() {
        return rows('V', 'o').stream()
                .map(row -> OwnerRow.extent(store(), StoreKeys.ownedVolume(row.key()), row))
                .distinct()
                .toList();
    }

    /** The extent of an object that was put last into the open volume, which is ended. */
    public ExtentRef sealed(String key, int length) {
        put(key, length);
        List<ExtentRef> owned = owned();
        ExtentRef last = owned.getLast();
        extents.seal(last.volume());
        return last;
    }

    public void put(String key, int length) {
        assertInstanceOf(
                PutOutcome.Stored.class,
                objects.put(PutObject.of(BUCKET, key, length), bytes(key, length)));
    }

    public void append(String key, long position, byte[] bytes) {
        assertInstanceOf(
                AppendOutcome.Appended.class,
                objects.append(AppendObject.of(BUCKET, key, position, bytes.length), bytes));
    }

    public void copy(String from, String to) {
        assertInstanceOf(
                CopyOutcome.Copied.class, objects.copy(CopyObject.of(BUCKET, from, BUCKET, to)));
    }

    public void delete(String key) {
        objects.delete(BUCKET, key);
    }

    public String initiate(String key) {
        return uploads.initiate(BUCKET, key, ObjectMetadata.NONE).uploadId();
    }

    public CompleteUpload.NamedPart part(String key, String id, int number, byte[] bytes) {
        PartOutcome outcome =
                uploads.uploadPart(
                        new UploadPart(BUCKET, key, id, number, bytes.length, ExpectedDigests.NONE),
                        new ByteArrayInputStream(bytes));
        return new CompleteUpload.NamedPart(
                number, assertInstanceOf(PartOutcome.Stored.class, outcome).part().etag());
    }

    public void complete(String key, String id, List<CompleteUpload.NamedPart> parts) {
        assertInstanceOf(
                CompleteOutcome.Completed.class,
                uploads.complete(
                        new CompleteUpload(
                                BUCKET,
                                key,
                                id,
                                parts,
                                ExpectedDigests.NONE,
                                WriteConditions.NONE)));
    }

    public byte[] get(String key) {
        try (ObjectReader reader = objects.open(BUCKET, key).orElseThrow();
                InputStream in = reader.stream()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Bytes that are another key's never. */
    public static byte[] bytes(String key, int length) {
        byte[] bytes = new byte[length];
        new Random(key.hashCode()).nextBytes(bytes);
        return bytes;
    }

    /** Flips a bit in the middle of an extent on the disk; flipped twice it is whole again. */
    public void flip(ExtentRef ref) {
        Path file = volumes.resolve("%012d.volume".formatted(ref.volume()));
        try (RandomAccessFile volume = new RandomAccessFile(file.toFile(), "rw")) {
            long at = ref.offset() + ref.length() / 2;
            volume.seek(at);
            int was = volume.read();
            volume.seek(at);
            volume.write(was ^ 0x10);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public long now() {
        return clock.instant().toEpochMilli();
    }

    @Override
    public void close() {
        core.bodies().close();
    }
}
