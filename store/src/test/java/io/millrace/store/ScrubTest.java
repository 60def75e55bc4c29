package io.millrace.store;

import static io.millrace.store.Fixture.BUCKET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import io.millrace.store.objects.AppendOutcome;
import io.millrace.store.objects.CopyObject;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.scrub.DamagedObject;
import io.millrace.store.scrub.ScrubOptions;
import io.millrace.store.scrub.ScrubStatus;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import io.millrace.store.uploads.CompleteUpload;
import io.millrace.work.Leases;
import io.millrace.work.WorkException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What lies damaged on the disk is found before somebody asks for it, named, and kept. */
class ScrubTest {
    @TempDir Path directory;

    @Test
    void aFlippedBitIsFoundNamedWithItsPlaceAndKnownAfterARestart() throws Exception {
        try (Fixture fixture = Fixture.open(directory)) {
            fixture.put("whole", Fixture.bytes(1, 300_000));
            byte[] hit = marked(2, 300_000, 200_000);
            fixture.put("hit", hit);
            long at = flip("mark 2");
            ScrubStatus status = fixture.store.scrub().pass();
            assertEquals(1, status.found());
            assertTrue(status.doneBytes() >= 600_000, status.toString());
            DamagedObject damaged = only(fixture);
            assertEquals("photos/hit", damaged.bucket() + "/" + damaged.key());
            assertEquals(1, damaged.places().size());
            long block = damaged.places().getFirst().offset();
            assertTrue(block <= at && at < block + 65_540, block + " " + at);
            assertTrue(damaged.places().getFirst().file().endsWith(".volume"));
            fixture.reopen();
            assertEquals("hit", only(fixture).key());
            assertEquals(status.finished(), fixture.store.scrub().status().finished());
            fixture.clock.advance(Duration.ofDays(1));
            fixture.store.scrub().pass();
            assertEquals(1, only(fixture).places().size(), "noted once");
            assertEquals(damaged.found(), only(fixture).found(), "noted all the time");
        }
    }

    @Test
    void everyKindOfOwnerIsNamed() throws Exception {
        try (Fixture fixture = Fixture.open(directory)) {
            byte[] first = marked(1, 50_000, 100);
            assertInstanceOf(AppendOutcome.Appended.class, fixture.append("grown", 0, first));
            for (int i = 1; i < 60; i++) {
                fixture.append("grown", i * 50_000L, Fixture.bytes(i, 50_000));
            }
            String open =
                    fixture.store.uploads().initiate(BUCKET, "up", ObjectMetadata.NONE).uploadId();
            UploadsTest.part(fixture, "up", open, 7, marked(2, 200_000, 100));
            String done =
                    fixture.store
                            .uploads()
                            .initiate(BUCKET, "parts", ObjectMetadata.NONE)
                            .uploadId();
            UploadsTest.complete(
                    fixture,
                    "parts",
                    done,
                    List.of(UploadsTest.part(fixture, "parts", done, 1, marked(3, 200_000, 100))));
            fixture.put("original", marked(4, 200_000, 100));
            fixture.objects().copy(CopyObject.of(BUCKET, "original", BUCKET, "copy"));
            for (int i = 1; i <= 4; i++) {
                flip("mark " + i);
            }
            fixture.store.scrub().pass();
            List<String> named =
                    fixture.store.scrub().found().objects().stream()
                            .map(d -> d.key() + (d.part() == 0 ? "" : "#" + d.part()))
                            .sorted()
                            .toList();
            assertEquals(List.of("copy", "grown", "original", "parts", "up#7"), named);
        }
    }

    @Test
    void rowsThatDontReadThemselvesHideNoOtherDamage() throws Exception {
        try (Fixture fixture = Fixture.open(directory)) {
            fixture.put("first", marked(1, 100_000, 10));
            fixture.put("second", marked(2, 100_000, 10));
            flip("mark 1");
            flip("mark 2");
            fixture.store.scrub().pass();
            assertEquals(2, fixture.store.scrub().found().objects().size());
            for (byte[] family : List.of(StoreKeys.damages(), new byte[] {'M'})) {
                cut(fixture, family);
            }
            fixture.store.scrub().pass();
            assertTrue(fixture.store.scrub().status().finished() != null);
            assertEquals("second", only(fixture).key());
        }
    }

    @Test
    void anObjectWhoseRecordDoesntReadEitherStaysNamed() throws Exception {
        try (Fixture fixture = Fixture.open(directory)) {
            fixture.put("hit", marked(1, 100_000, 10));
            flip("mark 1");
            fixture.store.scrub().pass();
            cut(fixture, new byte[] {'M'});
            assertEquals("hit", only(fixture).key());
            fixture.store.scrub().pass();
            assertEquals("hit", only(fixture).key());
        }
    }

    /** Damages the first row of a family. */
    private static void cut(Fixture fixture, byte[] family) {
        Entry row = fixture.keySpace.scan(Scan.prefix(family, 1)).getFirst();
        byte[] cut = Arrays.copyOf(row.value(), 3);
        Batch batch = Batch.builder().put(row.key(), cut).build();
        assertTrue(fixture.keySpace.commit(batch).committed());
    }

    @Test
    void whatIsDeletedOverwrittenOrReadsAgainIsToldOfNoMore() throws Exception {
        try (Fixture fixture = Fixture.open(directory)) {
            fixture.put("deleted", marked(1, 100_000, 10));
            fixture.put("overwritten", marked(2, 100_000, 10));
            fixture.put("mended", marked(3, 100_000, 10));
            flip("mark 1");
            flip("mark 2");
            long at = flip("mark 3");
            fixture.store.scrub().pass();
            assertEquals(3, fixture.store.scrub().found().objects().size());
            fixture.objects().delete(BUCKET, "deleted");
            fixture.put("overwritten", Fixture.bytes(5, 100_000));
            assertEquals("mended", only(fixture).key(), "at once, whatever waits for its grace");
            flipAt(at);
            fixture.store.scrub().pass();
            assertEquals(List.of(), fixture.store.scrub().found().objects());
            assertEquals(List.of(), fixture.extents.damaged());
        }
    }

    @Tag("slow")
    @Test
    void whatADownloadMeetsIsNotedWithoutAPass() throws Exception {
        StoreOptions options =
                Fixture.quick().withMaintenance(Duration.ofHours(1)).withScrub(ScrubOptions.off());
        try (Fixture fixture = Fixture.open(directory, options)) {
            fixture.put("hit", marked(1, 100_000, 10));
            flip("mark 1");
            StoreException refused = assertThrows(StoreException.class, () -> fixture.get("hit"));
            assertEquals(StoreException.Code.CORRUPT, refused.code());
            await(() -> fixture.store.scrub().found().objects().size() == 1);
            assertEquals(0, fixture.store.scrub().status().pass());
        }
    }

    @Test
    void whatLayInAVolumeThatIsGoneIsNamedAtTheStartWithoutAPass() throws Exception {
        StoreOptions options =
                Fixture.quick().withMaintenance(Duration.ofHours(1)).withScrub(ScrubOptions.off());
        try (Fixture fixture = Fixture.open(directory, options)) {
            fixture.put("lost", marked(1, 100_000, 10));
            fixture.put("row", Fixture.bytes(2, 100));
            fixture.close();
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path volume : files.filter(f -> f.toString().endsWith(".volume")).toList()) {
                    Files.delete(volume);
                }
            }
            fixture.reopen();
            fixture.put("later", Fixture.bytes(3, 100_000));
            await(() -> fixture.store.scrub().found().objects().size() == 1);
            assertEquals("lost", only(fixture).key());
            StoreException refused = assertThrows(StoreException.class, () -> fixture.get("lost"));
            assertEquals(StoreException.Code.CORRUPT, refused.code());
            assertEquals(0, fixture.store.scrub().status().pass());
        }
    }

    @Tag("slow")
    @Test
    void aPassGoesOnAfterARestartWhereItStood() throws Exception {
        StoreOptions slow =
                Fixture.quick()
                        .withMaintenance(Duration.ofHours(1))
                        .withScrub(new ScrubOptions(1 << 20, Duration.ofDays(1)));
        long before;
        try (Fixture fixture = Fixture.open(directory, slow)) {
            for (int i = 0; i < 60; i++) {
                fixture.put("o" + i, Fixture.bytes(i, 300_000));
            }
            fixture.store.scrub().startNow();
            await(() -> fixture.store.scrub().status().doneBytes() >= 900_000);
            fixture.close();
            before = fixture.store.scrub().status().doneBytes();
        }
        try (Fixture fixture = Fixture.open(directory)) {
            ScrubStatus resumed = fixture.store.scrub().status();
            assertTrue(resumed.running(), resumed.toString());
            assertEquals(before, resumed.doneBytes());
            ScrubStatus ended = fixture.store.scrub().pass();
            assertEquals(resumed.pass(), ended.pass(), "the same pass");
            assertTrue(ended.allBytes() <= 61 * 300_000 + (8 << 20) - before, ended.toString());
            assertNotNull(ended.finished());
        }
    }

    @Test
    void aScrubThatCantReadItsNotesSaysWhyItDoesntGoOn() throws Exception {
        AtomicBoolean refused = new AtomicBoolean(true);
        StoreOptions kept = Fixture.quick().withMaintenance(Duration.ofHours(1));
        try (Fixture fixture =
                Fixture.open(directory, kept, () -> withoutNotes(directory, refused))) {
            await(() -> fixture.store.scrub().status().waitsFor() != null);
            assertEquals("the notes are refused", fixture.store.scrub().status().waitsFor());
            refused.set(false);
            fixture.reopen();
            fixture.put("a", marked(1, 100_000, 10));
            flip("mark 1");
            assertThrows(StoreException.class, () -> fixture.get("a"));
            await(() -> fixture.store.scrub().found().objects().size() == 1);
            assertNull(fixture.store.scrub().status().waitsFor());
        }
    }

    /** A key space that can't be asked what was noted as damaged, for as long as that is so. */
    private static KeySpace withoutNotes(Path directory, AtomicBoolean refused) {
        KeySpace real = Fixture.rocks(directory);
        return (KeySpace)
                Proxy.newProxyInstance(
                        KeySpace.class.getClassLoader(),
                        new Class<?>[] {KeySpace.class},
                        (proxy, method, arguments) -> {
                            if (refused.get()
                                    && method.getName().equals("scan")
                                    && Keys.startsWith(
                                            ((Scan) arguments[0]).from(), StoreKeys.damages())) {
                                throw new KeySpaceException(
                                        KeySpaceException.Code.UNAVAILABLE,
                                        "the notes are refused");
                            }
                            try {
                                return method.invoke(real, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    @Test
    void aPassBesideDeletionsAndCompactionReportsNoDamage() throws Exception {
        try (Fixture fixture = Fixture.open(directory)) {
            AtomicBoolean end = new AtomicBoolean();
            Thread churn =
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        for (int round = 0; !end.get(); round++) {
                                            churn(fixture, round);
                                        }
                                    });
            for (int i = 0; i < 15; i++) {
                assertEquals(0, fixture.store.scrub().pass().found());
            }
            end.set(true);
            churn.join();
            assertEquals(List.of(), fixture.store.scrub().found().objects());
            assertEquals(List.of(), fixture.extents.damaged());
        }
    }

    private static void churn(Fixture fixture, int round) {
        for (int i = 0; i < 12; i++) {
            fixture.put("o" + i, Fixture.bytes(round * 31L + i, 700_000));
        }
        for (int i = 0; i < 11; i++) {
            fixture.objects().delete(BUCKET, "o" + i);
        }
        String grown = "grown" + round % 2;
        fixture.objects().delete(BUCKET, grown);
        for (int i = 0; i < 4; i++) {
            fixture.append(grown, i * 50_000L, Fixture.bytes(round + i, 50_000));
        }
        fixture.objects().copy(CopyObject.of(BUCKET, grown, BUCKET, "copy" + round % 3));
        String made =
                fixture.store.uploads().initiate(BUCKET, "made", ObjectMetadata.NONE).uploadId();
        CompleteUpload.NamedPart part =
                UploadsTest.part(fixture, "made", made, 1, Fixture.bytes(round, 100_000));
        if (round % 3 > 0) {
            UploadsTest.complete(fixture, "made", made, List.of(part));
        } else {
            fixture.store.uploads().abort(BUCKET, "made", made);
        }
        fixture.extents.list().forEach(v -> fixture.extents.seal(v.volume()));
        for (int i = 0; i < 3; i++) {
            fixture.clock.advance(Duration.ofMinutes(11));
            fixture.store.maintain();
        }
    }

    @Test
    void aScrubWhoseLeaseWasTakenWritesNothingMore() throws Exception {
        try (Fixture old = Fixture.open(directory)) {
            old.store.scrub().pass();
            old.put("a", marked(1, 100_000, 10));
            flip("mark 1");
            String lease = "store/scrub/" + old.extents.identity().store();
            try (Leases next = Fixture.leases(old.keySpace, old.leases.node())) {
                assertTrue(next.acquire(lease).isPresent());
                WorkException refused =
                        assertThrows(WorkException.class, () -> old.store.scrub().pass());
                assertEquals(WorkException.Code.LOST, refused.code());
                assertEquals(List.of(), old.store.scrub().found().objects());
            }
        }
    }

    @Test
    void aVolumeThatIsGoneIsDamage() throws Exception {
        try (Fixture fixture = Fixture.open(directory)) {
            fixture.put("a", Fixture.bytes(1, 100_000));
            fixture.extents.list().forEach(v -> fixture.extents.delete(v.volume()));
            assertEquals(2, fixture.store.scrub().pass().found(), "blocks of 64 KiB");
            assertEquals("a", only(fixture).key());
        }
    }

    @Tag("slow")
    @Test
    void aFlippedBitInATableOfTheKeySpaceIsFound() throws Exception {
        try (Fixture fixture = Fixture.open(directory)) {
            for (int i = 0; i < 200; i++) {
                fixture.put("small" + i, Fixture.bytes(i, 2_000));
            }
            fixture.reopen();
            assertEquals(0, fixture.store.scrub().pass().found());
            Path blob;
            try (Stream<Path> files = Files.list(directory.resolve("keys"))) {
                blob = files.filter(f -> f.toString().endsWith(".blob")).findFirst().orElseThrow();
            }
            try (RandomAccessFile file = new RandomAccessFile(blob.toFile(), "rw")) {
                flip(file, 5_000);
            }
            assertEquals(2, fixture.store.scrub().pass().found(), "the file and who stands in it");
            String hit = only(fixture).key();
            assertEquals(blob.toString(), fixture.store.scrub().found().files().getFirst().file());
            fixture.reopen();
            assertEquals(1, fixture.store.scrub().found().files().size());
            assertEquals(hit, only(fixture).key());
            fixture.store.scrub().pass();
            assertEquals(1, fixture.store.scrub().found().files().size(), "until it is whole");
            try (RandomAccessFile file = new RandomAccessFile(blob.toFile(), "rw")) {
                flip(file, 5_000);
            }
            assertEquals(0, fixture.store.scrub().pass().found());
            assertEquals(List.of(), fixture.store.scrub().found().files());
            assertEquals(List.of(), fixture.store.scrub().found().objects());
        }
    }

    private static DamagedObject only(Fixture fixture) {
        List<DamagedObject> all = fixture.store.scrub().found().objects();
        assertEquals(1, all.size(), all.toString());
        return all.getFirst();
    }

    /** Bytes with a text in them by which their place on the disk is found. */
    private static byte[] marked(int number, int length, int at) {
        byte[] bytes = Fixture.bytes(number, length);
        byte[] mark = ("mark " + number).getBytes(StandardCharsets.UTF_8);
        System.arraycopy(mark, 0, bytes, at, mark.length);
        return bytes;
    }

    private record Place(Path file, long offset) {}

    /** Flips a bit behind a mark in a volume; answers where. */
    private long flip(String mark) throws IOException {
        Place place = find(mark);
        lastFile = place.file();
        flipAt(place.offset());
        return place.offset();
    }

    private @org.jspecify.annotations.Nullable Path lastFile;

    private void flipAt(long offset) throws IOException {
        Path file = Objects.requireNonNull(lastFile);
        try (RandomAccessFile volume = new RandomAccessFile(file.toFile(), "rw")) {
            flip(volume, offset);
        }
    }

    private static void flip(RandomAccessFile file, long offset) throws IOException {
        file.seek(offset);
        int was = file.read();
        file.seek(offset);
        file.write(was ^ 0x10);
    }

    private Place find(String mark) throws IOException {
        byte[] wanted = mark.getBytes(StandardCharsets.UTF_8);
        try (Stream<Path> files = Files.list(directory.resolve("volumes"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".volume")).toList()) {
                byte[] bytes = Files.readAllBytes(file);
                for (int i = 0; i + wanted.length + 20 < bytes.length; i++) {
                    if (bytes[i] == wanted[0]
                            && Arrays.equals(
                                    bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
                        return new Place(file, i + 15);
                    }
                }
            }
        }
        throw new AssertionError("not on the disk: " + mark);
    }

    private interface Condition {
        boolean holds();
    }

    private static void await(Condition condition) throws InterruptedException {
        long until = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.holds()) {
            assertTrue(System.nanoTime() < until, "it never came");
            Thread.sleep(20);
        }
    }
}
