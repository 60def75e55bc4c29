package io.millrace.store;

import static io.millrace.store.Fixture.BUCKET;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.VolumeInfo;
import io.millrace.keyspace.Scan;
import io.millrace.kit.Crc64;
import io.millrace.store.objects.CopyObject;
import io.millrace.store.objects.CopyOutcome;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.ObjectType;
import io.millrace.store.objects.PutObject;
import io.millrace.store.objects.WriteConditions;
import io.millrace.store.uploads.CompleteUpload;
import io.millrace.store.uploads.Uploads;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bytes live as long as an object, a copy or a part stands on them, and for the grace after. */
class LifetimesTest {
    private static final byte[] SMALL = Fixture.bytes(1, 10);
    private static final byte[] LARGE = Fixture.bytes(2, 50_000);

    @TempDir Path directory;
    private Fixture fixture;
    private Uploads uploads;

    @BeforeEach
    void open() {
        fixture = Fixture.hasty(directory, Fixture.quick(), () -> Fixture.rocks(directory));
        uploads = fixture.store.uploads();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    /** One object of each kind, by its key. */
    private void oneOfEach() {
        fixture.objects().put(PutObject.of(BUCKET, "empty", 0), new byte[0]);
        fixture.put("small", SMALL);
        fixture.put("large", LARGE);
        for (String key : List.of("grown", "sealed")) {
            fixture.append(key, 0, SMALL);
            fixture.append(key, SMALL.length, LARGE);
        }
        fixture.objects().seal(BUCKET, "sealed", SMALL.length + LARGE.length);
        String id = uploads.initiate(BUCKET, "parts", ObjectMetadata.NONE).uploadId();
        UploadsTest.part(fixture, "parts", id, 1, LARGE);
        UploadsTest.part(fixture, "parts", id, 2, SMALL);
        UploadsTest.complete(fixture, "parts", id, List.of());
    }

    private static final List<String> KINDS =
            List.of("empty", "small", "large", "grown", "sealed", "parts");

    private ObjectInfo copy(String from, String to) {
        CopyOutcome outcome = fixture.objects().copy(CopyObject.of(BUCKET, from, BUCKET, to));
        return assertInstanceOf(CopyOutcome.Copied.class, outcome).info();
    }

    private void later(Duration passed) {
        fixture.clock.advance(passed);
        fixture.store.maintain();
        fixture.store.maintain();
    }

    /** Rows of contents, parts, owners and deletions. */
    private List<String> rows() {
        List<String> rows = new ArrayList<>();
        for (String family : List.of("X", "U", "Vo", "D")) {
            Scan scan = Scan.prefix(family.getBytes(StandardCharsets.US_ASCII), 100);
            fixture.keySpace.scan(scan).forEach(entry -> rows.add(family));
        }
        return rows;
    }

    @Test
    void ofAnObjectAndItsCopiesEachOutlivesTheOthers() {
        oneOfEach();
        for (String kind : KINDS) {
            byte[] bytes = fixture.get(kind);
            copy(kind, "short-lived");
            fixture.objects().delete(BUCKET, "short-lived");
            later(Duration.ofHours(1));
            assertArrayEquals(bytes, fixture.get(kind), kind);
            copy(kind, "copy");
            fixture.objects().delete(BUCKET, kind);
            later(Duration.ofHours(1));
            assertArrayEquals(bytes, fixture.get("copy"), kind);
            copy("copy", "copy's copy");
            copy("copy's copy", "another");
            fixture.objects().delete(BUCKET, "another");
            later(Duration.ofHours(1));
            fixture.objects().delete(BUCKET, "copy");
            later(Duration.ofHours(1));
            assertArrayEquals(bytes, fixture.get("copy's copy"), kind);
            fixture.objects().delete(BUCKET, "copy's copy");
        }
        later(Duration.ofHours(1));
        assertEquals(List.of(), rows());
        fixture.assertStatistics(0, 0);
    }

    @Test
    void whatIsMovedOutOfADeadVolumeIsFoundWhereItIsNow() {
        oneOfEach();
        copy("large", "copy");
        for (int i = 0; i < 9; i++) {
            fixture.put("filler" + i, Fixture.bytes(i, 900_000));
        }
        Map<String, byte[]> all = new LinkedHashMap<>();
        List<String> kinds = new ArrayList<>(KINDS);
        kinds.add("copy");
        kinds.forEach(key -> all.put(key, fixture.get(key)));
        Set<Long> volumes = new HashSet<>();
        for (VolumeInfo volume : fixture.extents.list()) {
            fixture.extents.seal(volume.volume());
            volumes.add(volume.volume());
        }
        for (int i = 0; i < 9; i++) {
            fixture.objects().delete(BUCKET, "filler" + i);
        }
        for (int pass = 0; pass < 4; pass++) {
            later(Duration.ofMinutes(11));
        }
        for (VolumeInfo volume : fixture.extents.list()) {
            assertFalse(volumes.contains(volume.volume()), volume + " is still there");
        }
        all.forEach((key, bytes) -> assertArrayEquals(bytes, fixture.get(key), key));
    }

    @Test
    void anObjectTellsHowItCameToBe() {
        oneOfEach();
        for (String kind : KINDS) {
            ObjectInfo info = fixture.objects().head(BUCKET, kind).orElseThrow();
            boolean changed = List.of("grown", "sealed").contains(kind);
            ObjectType type =
                    changed
                            ? ObjectType.APPENDABLE
                            : kind.equals("parts") ? ObjectType.MULTIPART : ObjectType.NORMAL;
            assertEquals(type, info.type(), kind);
            assertEquals(changed, info.versionId() != info.incarnation(), kind);
            assertEquals(fixture.clock.instant(), info.lastModified(), kind);
            assertEquals(kind.equals("sealed") ? info.lastModified() : null, info.sealedTime());
            assertEquals(ObjectMetadata.NONE, info.metadata());
            byte[] bytes = fixture.get(kind);
            assertEquals(bytes.length, info.sizeBytes());
            assertEquals(Crc64.of(bytes), info.crc64());
        }
    }

    @Test
    void aCopyTellsTheSameAsItsSourceButWhenItWasMade() {
        oneOfEach();
        fixture.clock.advance(Duration.ofDays(1));
        Instant now = fixture.clock.instant().truncatedTo(java.time.temporal.ChronoUnit.MILLIS);
        for (String kind : KINDS) {
            ObjectInfo source = fixture.objects().head(BUCKET, kind).orElseThrow();
            ObjectInfo copy = copy(kind, "copy of " + kind);
            assertTrue(copy.versionId() > source.versionId());
            ObjectType type = kind.equals("parts") ? ObjectType.MULTIPART : ObjectType.NORMAL;
            ObjectInfo wanted =
                    new ObjectInfo(
                            BUCKET,
                            "copy of " + kind,
                            source.sizeBytes(),
                            source.etag(),
                            source.crc64(),
                            now,
                            source.metadata(),
                            type,
                            null,
                            copy.versionId(),
                            copy.versionId());
            assertEquals(wanted, copy);
            assertEquals(wanted, fixture.objects().head(BUCKET, wanted.key()).orElseThrow());
            assertArrayEquals(fixture.get(kind), fixture.get(wanted.key()));
        }
    }

    @Test
    void aCopyIsMadeWhenItsTargetIsAsAsked() {
        ObjectInfo there = fixture.put("there", SMALL);
        fixture.put("source", LARGE);
        CopyObject onto = CopyObject.of(BUCKET, "source", BUCKET, "there");
        CopyObject anew = CopyObject.of(BUCKET, "source", BUCKET, "new");
        assertEquals(
                new CopyOutcome.PreconditionFailed(there),
                fixture.objects().copy(onto.with(WriteConditions.ABSENT)));
        assertEquals(
                new CopyOutcome.PreconditionFailed(null),
                fixture.objects().copy(anew.with(WriteConditions.ifMatch("*"))));
        assertArrayEquals(SMALL, fixture.get("there"));
        assertInstanceOf(
                CopyOutcome.Copied.class,
                fixture.objects().copy(onto.with(WriteConditions.ifMatch(there.etag()))));
        assertInstanceOf(
                CopyOutcome.Copied.class,
                fixture.objects().copy(anew.with(WriteConditions.ABSENT)));
        assertArrayEquals(LARGE, fixture.get("there"));
        assertArrayEquals(LARGE, fixture.get("new"));
    }

    @Test
    void whatIsLetGoIsKeptForTheGraceAndThenFreed() {
        String id = uploads.initiate(BUCKET, "m", ObjectMetadata.NONE).uploadId();
        CompleteUpload.NamedPart[] named = new CompleteUpload.NamedPart[1];
        Map<String, Runnable> ends = new LinkedHashMap<>();
        fixture.put("deleted", LARGE);
        ends.put("a deletion", () -> fixture.objects().delete(BUCKET, "deleted"));
        fixture.put("one of many", LARGE);
        ends.put("many", () -> fixture.objects().deleteMany(BUCKET, List.of("one of many")));
        fixture.put("replaced", LARGE);
        ends.put("a put", () -> fixture.put("replaced", SMALL));
        fixture.append("grown", 0, LARGE);
        ends.put("a deletion of what grew", () -> fixture.objects().delete(BUCKET, "grown"));
        named[0] = UploadsTest.part(fixture, "m", id, 1, SMALL);
        UploadsTest.part(fixture, "m", id, 2, LARGE);
        UploadsTest.part(fixture, "m", id, 3, LARGE);
        ends.put("another part", () -> UploadsTest.part(fixture, "m", id, 2, SMALL));
        ends.put("a completion", () -> UploadsTest.complete(fixture, "m", id, List.of(named[0])));
        String other = uploads.initiate(BUCKET, "n", ObjectMetadata.NONE).uploadId();
        UploadsTest.part(fixture, "n", other, 1, LARGE);
        ends.put("an abort", () -> uploads.abort(BUCKET, "n", other));
        int owners = ends.size();
        assertEquals(owners, owners());
        Duration grace = fixture.options.grace();
        for (Map.Entry<String, Runnable> end : ends.entrySet()) {
            later(Duration.ofHours(1));
            end.getValue().run();
            later(Duration.ZERO);
            later(grace.minusSeconds(1));
            assertEquals(owners, owners(), end.getKey());
            later(Duration.ofSeconds(2));
            assertEquals(--owners, owners(), end.getKey());
        }
        assertEquals(List.of(), rows().stream().filter("D"::equals).toList());
    }

    private int owners() {
        return (int) rows().stream().filter("Vo"::equals).count();
    }
}
