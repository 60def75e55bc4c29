package io.millrace.store;

import static io.millrace.store.Fixture.BUCKET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.RowFamily;
import io.millrace.keyspace.Scan;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.content.PartRow;
import io.millrace.store.content.Piece;
import io.millrace.store.objects.AppendOutcome;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.space.StoreKeys;
import io.millrace.store.verify.Hit;
import io.millrace.store.verify.Span;
import io.millrace.store.verify.StoreVerify;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A look at everything reads every byte, names what is hit, and says nothing of what is whole. */
class VerifyTest {
    private static final RowFamily WORK = new RowFamily('W', "work", VerifyTest::anything);
    private static final List<RowFamily> OTHERS = List.of(RowFamily.KEY_SPACE, WORK);
    private static final int BLOCK = 64 << 10;

    @TempDir Path directory;
    private Fixture fixture;

    @BeforeEach
    void open() {
        fixture = Fixture.open(directory);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private static void anything(Entry row) {}

    private StoreVerify.Report verify() {
        return verify(fixture.keySpace, OTHERS);
    }

    private StoreVerify.Report verify(KeySpace keySpace, List<RowFamily> others) {
        return StoreVerify.run(
                keySpace, fixture.extents, fixture.clock.clocks(), others, progress -> {});
    }

    @Test
    void aKeyThatIsCutOffIsAHitOfItsOwnAndEndsNothing() {
        fixture.put("whole", new byte[] {1});
        Entry whole = fixture.keySpace.scan(Scan.prefix(new byte[] {'M'}, 1)).getFirst();
        byte[] cut = {'M', 0, 0};
        fixture.keySpace.commit(Batch.builder().put(cut, whole.value()).build());
        StoreVerify.Report report = verify();
        assertEquals(1, report.hits().size(), report.hits()::toString);
        assertEquals(1, report.objects());
        List<byte[]> keys = List.of(new byte[0], cut, whole.key());
        List<Hit> named = StoreVerify.names(fixture.keySpace, keys, "it was hit");
        assertEquals(List.of("whole"), named.stream().map(Hit::key).toList());
    }

    @Test
    void whateverKindOfObjectOrOpenPartIsReadToItsEndAndCounted() {
        fixture.put("empty", new byte[0]);
        fixture.put("in a row", Fixture.bytes(1, 1_000));
        fixture.put("in extents", Fixture.bytes(2, 300_001));
        for (int i = 0; i < 3; i++) {
            assertInstanceOf(
                    AppendOutcome.Appended.class,
                    fixture.append("grown", i * 50_000L, Fixture.bytes(i, 50_000)));
        }
        String done = initiate("made of parts");
        UploadsTest.complete(
                fixture,
                "made of parts",
                done,
                List.of(
                        part("made of parts", done, 1, Fixture.bytes(3, 200_000)),
                        part("made of parts", done, 2, Fixture.bytes(4, 7))));
        String open = initiate("open");
        part("open", open, 1, Fixture.bytes(5, 8_000));
        part("open", open, 2, Fixture.bytes(6, 170_000));
        List<StoreVerify.Progress> heard = new ArrayList<>();
        StoreVerify.Report report =
                StoreVerify.run(
                        fixture.keySpace,
                        fixture.extents,
                        fixture.clock.clocks(),
                        OTHERS,
                        heard::add);
        assertEquals(List.of(), report.hits());
        assertEquals(5, report.objects());
        long ofObjects = 1_000 + 300_001 + 150_000 + 200_007;
        assertEquals(ofObjects + 178_000, report.bytes());
        assertEquals(rows(), report.rows());
        assertEquals(
                List.of(1L, 2L, 3L, 4L, 5L),
                heard.stream().map(StoreVerify.Progress::objects).toList());
        assertEquals(ofObjects, heard.getLast().bytes());
        assertTrue(heard.getFirst().rows() > 0 && heard.getLast().rows() < report.rows());
    }

    private long rows() {
        byte[] all = {1};
        return fixture.keySpace.scan(Scan.range(all, new byte[] {(byte) 0xFF}, 10_000)).size();
    }

    @Test
    void whatIsHitIsNamedWithThePlacesThatDontRead() {
        fixture.put("whole", Fixture.bytes(1, 100_000));
        String open = initiate("open");
        part("open", open, 7, Fixture.bytes(2, 100_000));
        part("open", open, 8, Fixture.bytes(2, 5_000));
        fixture.put("lost", Fixture.bytes(3, BLOCK + 100));
        fixture.extents.list().stream()
                .filter(v -> v.usedBytes() > 0 && !holds("whole", v.volume()))
                .forEach(v -> fixture.extents.delete(v.volume()));
        List<Hit> hits = verify().hits();
        assertEquals(
                List.of(BUCKET + "/lost", BUCKET + "/open, part 7 of an open upload"),
                hits.stream().map(h -> h.bucket() + "/" + h.key()).toList());
        assertEquals(List.of(new Span(0, BLOCK + 100)), hits.getFirst().places());
        assertEquals(List.of(new Span(0, 100_000)), hits.getLast().places());
    }

    /** Whether an object's bytes stand in a volume. */
    private boolean holds(String key, long volume) {
        return fixture.keySpace.scan(Scan.prefix(Keys.family('V').u8('o').done(), 100)).stream()
                .anyMatch(
                        row ->
                                StoreKeys.ownedVolume(row.key()) == volume
                                        && new String(row.value(), StandardCharsets.ISO_8859_1)
                                                .endsWith(key));
    }

    @Test
    void aPartWhosePiecesTellAnotherPlaceOrLengthIsHit() {
        String open = initiate("open");
        part("open", open, 1, Fixture.bytes(1, 100_000));
        part("open", open, 2, Fixture.bytes(2, 100_000));
        part("open", open, 3, Fixture.bytes(3, 100_000));
        Entry first = partRows().get(0);
        PartRow row = PartRow.decode(first.value());
        Piece whole = row.pieces().getFirst();
        // The same bytes as two pieces, the second one from its middle on.
        put(
                first.key(),
                row.with(
                                List.of(
                                        new Piece(whole.ref(), whole.from(), 30_000),
                                        new Piece(whole.ref(), whole.from() + 30_000, 70_000)))
                        .encode());
        Entry second = partRows().get(1);
        Piece other = PartRow.decode(second.value()).pieces().getFirst();
        put(
                second.key(),
                PartRow.decode(second.value())
                        .with(List.of(new Piece(other.ref(), other.from() + 1, 99_999)))
                        .encode());
        Entry third = partRows().get(2);
        PartRow swapped = PartRow.decode(third.value());
        put(third.key(), swapped.with(row.pieces()).encode());
        List<Hit> hits = verify().hits();
        assertEquals(
                List.of(
                        BUCKET
                                + "/open, part 2 of an open upload, bytes 98304 to 99999:"
                                + " it is shorter than its record says",
                        BUCKET
                                + "/open, part 3 of an open upload from byte 0 on:"
                                + " its bytes do not have the CRC64 of its record"),
                hits.stream().map(Hit::toString).toList());
    }

    @Test
    void aRowOfWhichNothingIsKnownOrUnderstoodIsHitAndOthersAreStillRead() {
        List<byte[]> strange = new ArrayList<>();
        for (int family : List.of(1, (int) 'Q', 0x7F, 0x80, 0xFE)) {
            byte[] key = {(byte) family, 'x'};
            strange.add(key);
            put(key, new byte[0]);
            put(new byte[] {(byte) family, 'y'}, new byte[0]);
        }
        put(new byte[] {'W', 5, ' ', '~', 0x7F}, new byte[0]);
        fixture.put("whole", Fixture.bytes(1, 100));
        RowFamily work =
                new RowFamily(
                        'W',
                        "work",
                        row -> {
                            if (row.key()[1] == 5) {
                                throw new IllegalStateException("five");
                            }
                        });
        StoreVerify.Report report = verify(fixture.keySpace, List.of(RowFamily.KEY_SPACE, work));
        assertEquals(1, report.objects());
        assertEquals(
                List.of(
                        "?/row W\\05\\20~\\7f from byte 0 on: work: five",
                        "?/row \\01x from byte 0 on: nobody knows this family",
                        "?/row Qx from byte 0 on: nobody knows this family",
                        "?/row \\7fx from byte 0 on: nobody knows this family",
                        "?/row \\80x from byte 0 on: nobody knows this family",
                        "?/row \\fex from byte 0 on: nobody knows this family"),
                report.hits().stream().map(Hit::toString).toList());
    }

    @Test
    void anObjectIsNamedByWhateverStillTellsItsBucket() {
        fixture.put("row", Fixture.bytes(1, 100));
        fixture.put("unreadable", Fixture.bytes(1, 100));
        fixture.store.buckets().create("second", "root", BucketAcl.PRIVATE);
        long number = number(BUCKET);
        long second = number("second");
        put(StoreKeys.object(number, utf8("unreadable")), new byte[] {1});
        put(StoreKeys.object(99, utf8("of nobody")), new byte[] {1});
        put(StoreKeys.bucket(BUCKET), new byte[] {1});
        put(StoreKeys.bucketName(second), utf8("third"));
        List<String> hits = verify().hits().stream().map(h -> h.bucket() + "/" + h.key()).toList();
        assertEquals(
                List.of(
                        "?/row Bi\\00\\00\\00\\00\\00\\00\\00\\" + String.format("%02x", number),
                        "?/row Bi\\00\\00\\00\\00\\00\\00\\00\\" + String.format("%02x", second),
                        "?/row Bn" + BUCKET,
                        BUCKET + "/unreadable",
                        "#99/of nobody"),
                hits);
        List<byte[]> asked =
                List.of(
                        StoreKeys.object(number, utf8("row")),
                        StoreKeys.object(99, utf8("k")),
                        StoreKeys.objects(number),
                        StoreKeys.bucket(BUCKET + " that is long"));
        assertEquals(
                List.of(
                        new Hit(BUCKET, "row", 0, "in a file"),
                        new Hit("#99", "k", 0, "in a file")),
                StoreVerify.names(fixture.keySpace, asked, "in a file"));
        put(StoreKeys.object(second, utf8("k")), new byte[] {1});
        assertTrue(
                verify().hits().stream().anyMatch(h -> h.bucket().equals("second")),
                "its own row comes first");
    }

    @Test
    void anObjectWithoutItsContentIsHitAsAWholeAndSoIsAPartOfAnUnknownBucket() {
        fixture.put("in a row", Fixture.bytes(1, 1_000));
        for (Entry row : fixture.keySpace.scan(Scan.prefix(new byte[] {'X'}, 10))) {
            delete(row.key());
        }
        String open = initiate("open");
        part("open", open, 3, Fixture.bytes(2, 1_000));
        Entry part = partRows().getFirst();
        PartRow row = PartRow.decode(part.value());
        put(
                part.key(),
                new PartRow(
                                row.partId(),
                                row.sizeBytes(),
                                row.md5(),
                                row.crc64() + 1,
                                row.modifiedMillis(),
                                row.inline(),
                                row.pieces())
                        .encode());
        long number = number(BUCKET);
        delete(StoreKeys.bucketName(number));
        assertEquals(BUCKET, verify().hits().getLast().bucket(), "its own row tells it too");
        delete(StoreKeys.bucket(BUCKET));
        List<Hit> hits = verify().hits();
        assertEquals(
                List.of(
                        "#" + number + "/in a row",
                        "#" + number + "/open, part 3 of an open upload"),
                hits.stream().map(h -> h.bucket() + "/" + h.key()).toList());
        delete(fixture.keySpace.scan(Scan.prefix(StoreKeys.allUploads(), 1)).getFirst().key());
        assertEquals(1, verify().hits().size(), "what is no part of an open upload");
    }

    @Test
    void rowsThatTheEngineCantReadAreToldAsAGapAndAllOthersAreLookedAt() {
        for (String key : List.of("a", "b", "c", "d")) {
            fixture.put(key, Fixture.bytes(1, 100));
        }
        String open = initiate("open");
        part("open", open, 3, Fixture.bytes(2, 1_000));
        byte[] gone = StoreKeys.object(number(BUCKET), utf8("c"));
        StoreVerify.Report report = verify(damaged(row -> Arrays.equals(row, gone)), OTHERS);
        assertEquals(3, report.objects());
        assertEquals(1, report.hits().size());
        Hit hit = report.hits().getFirst();
        assertEquals(BUCKET + "/b", hit.bucket() + "/" + hit.key());
        assertTrue(hit.text().startsWith("the rows behind M\\00"), hit.text());
        assertTrue(hit.text().endsWith("d can't be read: a block of the test"), hit.text());
        byte[] all = {'W'};
        Hit first = verify(damaged(row -> row[0] == all[0]), OTHERS).hits().getFirst();
        assertEquals(
                "?/row W from byte 0 on: the rows behind W can't be read: a block of the test",
                first.toString());
        List<Hit> last = verify(damaged(row -> row[0] == 'U' && row[1] == 'u'), OTHERS).hits();
        assertEquals(1, last.size(), "each part is whole");
        assertTrue(last.getFirst().text().startsWith("the rows behind U"), last.toString());
        List<Hit> none = verify(damaged(row -> row[0] == 'Q'), OTHERS).hits();
        assertEquals(List.of(), none, "a block is told of by the families beside it");
    }

    @Test
    void aPartWhoseUploadCantBeToldIsReadAndNamedByItsRow() {
        String open = initiate("open");
        part("open", open, 3, Fixture.bytes(2, 100_000));
        fixture.extents.list().forEach(v -> fixture.extents.delete(v.volume()));
        List<Hit> hits = verify(damaged(row -> row[0] == 'U' && row[1] == 'u'), OTHERS).hits();
        assertTrue(
                hits.stream().anyMatch(h -> h.key().startsWith("row Up") && h.from() == 0),
                hits.toString());
    }

    @Test
    void anEngineThatFailsEndsTheLookWithoutAWordOfDamage() {
        KeySpaceException failed =
                assertThrows(
                        KeySpaceException.class,
                        () ->
                                verify(
                                        failing(
                                                row -> row[0] == 'Q',
                                                KeySpaceException.Code.UNAVAILABLE),
                                        OTHERS));
        assertEquals(KeySpaceException.Code.UNAVAILABLE, failed.code());
    }

    private KeySpace damaged(Predicate<byte[]> rows) {
        return failing(rows, KeySpaceException.Code.CORRUPT);
    }

    /** The key space where pages with such rows, or scans that begin there, can't be read. */
    private KeySpace failing(Predicate<byte[]> rows, KeySpaceException.Code code) {
        return (KeySpace)
                Proxy.newProxyInstance(
                        KeySpace.class.getClassLoader(),
                        new Class<?>[] {KeySpace.class},
                        (proxy, method, arguments) -> {
                            try {
                                Object answer = method.invoke(fixture.keySpace, arguments);
                                if (arguments != null
                                        && arguments[0] instanceof Scan scan
                                        && (hit(scan, rows) || hit((List<?>) answer, rows))) {
                                    throw new KeySpaceException(code, "a block of the test");
                                }
                                return answer;
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    private static boolean hit(Scan scan, Predicate<byte[]> rows) {
        return scan.from().length == 1 && rows.test(new byte[] {scan.from()[0], 0});
    }

    private static boolean hit(List<?> page, Predicate<byte[]> rows) {
        return page.stream().anyMatch(row -> row instanceof Entry e && rows.test(e.key()));
    }

    private String initiate(String key) {
        return fixture.store.uploads().initiate(BUCKET, key, ObjectMetadata.NONE).uploadId();
    }

    private io.millrace.store.uploads.CompleteUpload.NamedPart part(
            String key, String id, int number, byte[] bytes) {
        return UploadsTest.part(fixture, key, id, number, bytes);
    }

    private List<Entry> partRows() {
        return fixture.keySpace.scan(Scan.prefix(Keys.family('U').u8('p').done(), 10));
    }

    private long number(String bucket) {
        byte[] numbers = Keys.family('B').u8('i').done();
        return fixture.keySpace.scan(Scan.prefix(numbers, 10)).stream()
                .filter(row -> Arrays.equals(row.value(), utf8(bucket)))
                .map(row -> ByteBuffer.wrap(row.key()).getLong(2))
                .findFirst()
                .orElseThrow();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void put(byte[] key, byte[] value) {
        assertTrue(fixture.keySpace.commit(Batch.builder().put(key, value).build()).committed());
    }

    private void delete(byte[] key) {
        assertTrue(fixture.keySpace.commit(Batch.builder().delete(key).build()).committed());
    }
}
