package io.millrace.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Scan;
import io.millrace.kit.Crc64;
import io.millrace.store.log.Change;
import io.millrace.store.log.ChangeKind;
import io.millrace.store.objects.AppendOutcome;
import io.millrace.store.objects.CopyObject;
import io.millrace.store.objects.CopyOutcome;
import io.millrace.store.objects.DeleteOutcome;
import io.millrace.store.objects.ListObjects;
import io.millrace.store.objects.Listing;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.objects.ObjectType;
import io.millrace.store.objects.PutObject;
import io.millrace.store.objects.PutOutcome;
import io.millrace.store.objects.ReadConditions;
import io.millrace.store.objects.SealOutcome;
import io.millrace.store.uploads.CompleteOutcome;
import io.millrace.store.uploads.CompleteUpload;
import io.millrace.store.uploads.PartInfo;
import io.millrace.store.uploads.PartOutcome;
import io.millrace.store.uploads.UploadPartCopy;
import io.millrace.testkit.Seed;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Random operations on the store and on a plain map; after each the touched object, and every so
 * often everything, must agree: contents, listing, counters, the change log. At the end all is
 * deleted, and then nothing may be left anywhere.
 */
final class ModelRun {
    private static final String BUCKET = Fixture.BUCKET;
    private final Fixture fixture;
    private final Seed seed;
    private final Random random;

    private final TreeMap<String, Model> model = new TreeMap<>();
    private final Map<String, List<String>> changes = new HashMap<>();

    /** What an object should be. */
    private record Model(byte[] bytes, ObjectType type, boolean sealed) {}

    ModelRun(Fixture fixture, Seed seed) {
        this.fixture = fixture;
        this.seed = seed;
        this.random = seed.random();
    }

    /** Takes that many steps, then deletes everything. */
    void run(int steps) {
        int step = 0;
        try {
            for (; step < steps; step++) {
                step();
                if (step % 50 == 49) {
                    checkAll();
                }
            }
            clear();
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError("at step " + step + ": " + seed, e);
        }
    }

    private void step() {
        String key = key();
        switch (random.nextInt(22)) {
            case 0, 1, 2, 3, 4 -> put(key);
            case 5, 6, 7, 8, 9, 10 -> append(key);
            case 11, 12 -> delete(key);
            case 13, 14, 15 -> copy(key(), key);
            case 16, 17 -> multipart(key);
            case 18 -> seal(key);
            case 19 -> {
                fixture.clock.advance(Duration.ofMinutes(random.nextInt(20)));
                fixture.store.maintain();
            }
            case 20 -> deleteMany();
            default -> {
                if (random.nextInt(4) == 0) {
                    fixture.reopen();
                }
            }
        }
        check(key);
    }

    private String key() {
        return List.of("a", "b", "c", "dir/a", "dir/b", "dir/sub/c", "é").get(random.nextInt(7));
    }

    private byte[] bytes() {
        int size =
                switch (random.nextInt(8)) {
                    case 0 -> 0;
                    case 1, 2, 3 -> 1 + random.nextInt(3000);
                    case 4 -> 16_380 + random.nextInt(10);
                    case 5, 6 -> 17_000 + random.nextInt(100_000);
                    default -> 200_000 + random.nextInt(600_000);
                };
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }

    private void changed(String key, ChangeKind kind, long newLength) {
        Model old = model.get(key);
        long oldLength = old == null ? -1 : old.bytes().length;
        changes.computeIfAbsent(key, k -> new ArrayList<>())
                .add(kind + " " + oldLength + " " + newLength);
    }

    private void put(String key) {
        byte[] bytes = bytes();
        if (random.nextBoolean()) {
            fixture.put(key, bytes);
        } else {
            assertInstanceOf(
                    PutOutcome.Stored.class,
                    fixture.objects()
                            .put(PutObject.of(BUCKET, key, -1), new ByteArrayInputStream(bytes)));
        }
        changed(key, ChangeKind.PUT, bytes.length);
        model.put(key, new Model(bytes, ObjectType.NORMAL, false));
    }

    private void append(String key) {
        byte[] bytes = bytes();
        Model old = model.get(key);
        int length = old == null ? 0 : old.bytes().length;
        int position = random.nextInt(5) == 0 ? length + 1 : length;
        AppendOutcome outcome = fixture.append(key, position, bytes);
        if (old != null && old.type() != ObjectType.APPENDABLE) {
            assertInstanceOf(AppendOutcome.NotAppendable.class, outcome);
        } else if (old != null && old.sealed()) {
            assertInstanceOf(AppendOutcome.Sealed.class, outcome);
        } else if (position != length) {
            long crc = old == null ? 0 : Crc64.of(old.bytes());
            assertEquals(new AppendOutcome.PositionMismatch(length, crc), outcome);
        } else {
            assertInstanceOf(AppendOutcome.Appended.class, outcome);
            byte[] grown =
                    Arrays.copyOf(old == null ? new byte[0] : old.bytes(), length + bytes.length);
            System.arraycopy(bytes, 0, grown, length, bytes.length);
            changed(key, ChangeKind.APPEND, grown.length);
            model.put(key, new Model(grown, ObjectType.APPENDABLE, false));
        }
    }

    private void delete(String key) {
        DeleteOutcome outcome = fixture.objects().delete(BUCKET, key);
        deleted(key, outcome);
    }

    private void deleted(String key, DeleteOutcome outcome) {
        if (model.containsKey(key)) {
            assertInstanceOf(DeleteOutcome.Deleted.class, outcome);
            changed(key, ChangeKind.DELETE, -1);
            model.remove(key);
        } else {
            assertInstanceOf(DeleteOutcome.Absent.class, outcome);
        }
    }

    private void deleteMany() {
        List<String> keys = List.of(key(), "never", "dir/a");
        List<DeleteOutcome> outcomes = fixture.objects().deleteMany(BUCKET, keys);
        for (int i = 0; i < keys.size(); i++) {
            if (i == 0 || !keys.get(i).equals(keys.get(0))) {
                deleted(keys.get(i), outcomes.get(i));
            }
        }
    }

    private void copy(String from, String to) {
        CopyOutcome outcome = fixture.objects().copy(CopyObject.of(BUCKET, from, BUCKET, to));
        Model source = model.get(from);
        if (source == null) {
            assertInstanceOf(CopyOutcome.NoSuchSource.class, outcome);
            return;
        }
        assertInstanceOf(CopyOutcome.Copied.class, outcome);
        changed(to, ChangeKind.PUT, source.bytes().length);
        ObjectType type =
                source.type() == ObjectType.APPENDABLE ? ObjectType.NORMAL : source.type();
        model.put(to, new Model(source.bytes(), type, false));
    }

    private void multipart(String key) {
        String id = fixture.store.uploads().initiate(BUCKET, key, ObjectMetadata.NONE).uploadId();
        if (random.nextInt(5) == 0) {
            UploadsTest.part(fixture, key, id, 1, bytes());
            assertTrue(fixture.store.uploads().abort(BUCKET, key, id));
            return;
        }
        List<CompleteUpload.NamedPart> parts = new ArrayList<>();
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        for (int number = 1; number <= 4; number++) {
            byte[] bytes = bytes();
            if (random.nextInt(4) == 0) {
                UploadsTest.part(fixture, key, id, number, bytes());
            }
            CompleteUpload.NamedPart part = part(key, id, number, bytes, whole);
            if (part != null) {
                parts.add(part);
            }
        }
        if (parts.isEmpty()) {
            fixture.store.uploads().abort(BUCKET, key, id);
            return;
        }
        assertInstanceOf(
                CompleteOutcome.Completed.class, UploadsTest.complete(fixture, key, id, parts));
        changed(key, ChangeKind.PUT, whole.size());
        model.put(key, new Model(whole.toByteArray(), ObjectType.MULTIPART, false));
    }

    /** Uploads or copies a part, and leaves some of them out of the object (null). */
    private CompleteUpload.@org.jspecify.annotations.Nullable NamedPart part(
            String key, String id, int number, byte[] bytes, ByteArrayOutputStream whole) {
        String source = key();
        Model from = model.get(source);
        if (from != null && from.bytes().length > 0 && random.nextInt(3) == 0) {
            int at = random.nextInt(from.bytes().length);
            int length = 1 + random.nextInt(from.bytes().length - at);
            PartOutcome outcome =
                    fixture.store
                            .uploads()
                            .uploadPartCopy(
                                    new UploadPartCopy(
                                            BUCKET,
                                            key,
                                            id,
                                            number,
                                            BUCKET,
                                            source,
                                            at,
                                            length,
                                            ReadConditions.NONE));
            PartInfo info = assertInstanceOf(PartOutcome.Stored.class, outcome).part();
            whole.write(from.bytes(), at, length);
            return new CompleteUpload.NamedPart(number, info.etag());
        }
        CompleteUpload.NamedPart part = UploadsTest.part(fixture, key, id, number, bytes);
        if (random.nextInt(5) == 0) {
            return null;
        }
        whole.writeBytes(bytes);
        return part;
    }

    private void seal(String key) {
        Model old = model.get(key);
        int length = old == null ? 0 : old.bytes().length;
        SealOutcome outcome = fixture.objects().seal(BUCKET, key, length);
        if (old == null) {
            assertInstanceOf(SealOutcome.NoSuchKey.class, outcome);
        } else if (old.type() != ObjectType.APPENDABLE) {
            assertInstanceOf(SealOutcome.NotAppendable.class, outcome);
        } else {
            assertInstanceOf(SealOutcome.Sealed.class, outcome);
            if (!old.sealed()) {
                changed(key, ChangeKind.SEAL, length);
            }
            model.put(key, new Model(old.bytes(), old.type(), true));
        }
    }

    private void check(String key) {
        Model wanted = model.get(key);
        if (wanted == null) {
            assertTrue(fixture.objects().head(BUCKET, key).isEmpty(), key);
            return;
        }
        ObjectReader reader = fixture.objects().open(BUCKET, key).orElseThrow();
        assertArrayEquals(wanted.bytes(), Fixture.read(reader), key);
        assertEquals(Crc64.of(wanted.bytes()), reader.info().crc64(), key);
        assertEquals(wanted.type(), reader.info().type(), key);
        assertEquals(wanted.sealed(), reader.info().sealedTime() != null, key);
    }

    private void checkAll() {
        model.keySet().forEach(key -> check(key));
        Listing listing = fixture.objects().list(new ListObjects(BUCKET, "", "", "", 1000));
        assertEquals(
                List.copyOf(model.keySet()),
                listing.entries().stream().map(ObjectInfo::key).toList());
        long bytes = model.values().stream().mapToLong(m -> m.bytes().length).sum();
        fixture.assertStatistics(model.size(), bytes);
        Map<String, List<String>> logged = new HashMap<>();
        for (Change change : ChangeLogTest.all(fixture.store.changes())) {
            logged.computeIfAbsent(change.key(), k -> new ArrayList<>())
                    .add(change.kind() + " " + change.oldLength() + " " + change.newLength());
        }
        assertEquals(changes, logged);
    }

    /** Deletes everything: no row and no live byte may be left. */
    private void clear() {
        for (String key : List.copyOf(model.keySet())) {
            delete(key);
        }
        checkAll();
        fixture.extents.list().forEach(v -> fixture.extents.seal(v.volume()));
        for (int pass = 0; pass < 3; pass++) {
            fixture.clock.advance(Duration.ofHours(1));
            fixture.store.maintain();
        }
        for (char family : "MXUD".toCharArray()) {
            assertEquals(
                    List.of(),
                    fixture.keySpace.scan(Scan.prefix(new byte[] {(byte) family}, 10)).stream()
                            .map(e -> java.util.HexFormat.of().formatHex(e.key()))
                            .toList(),
                    "family " + family);
        }
        assertEquals(
                List.of(), fixture.keySpace.scan(Scan.prefix(new byte[] {'V', 'o'}, 10)), "owners");
        assertTrue(fixture.extents.list().stream().noneMatch(v -> v.sealed()), "volumes");
    }
}
