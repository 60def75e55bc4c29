package io.millrace.store;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.VolumeInfo;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Scan;
import io.millrace.kit.Checksum;
import io.millrace.kit.ChecksumAlgorithm;
import io.millrace.kit.Crc64;
import io.millrace.store.content.ExpectedDigests;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.Objects;
import io.millrace.store.objects.ReadConditions;
import io.millrace.store.objects.WriteConditions;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import io.millrace.store.uploads.CompleteOutcome;
import io.millrace.store.uploads.CompleteUpload;
import io.millrace.store.uploads.ListUploads;
import io.millrace.store.uploads.ObjectChecksum;
import io.millrace.store.uploads.PartInfo;
import io.millrace.store.uploads.PartListing;
import io.millrace.store.uploads.PartOutcome;
import io.millrace.store.uploads.UploadInfo;
import io.millrace.store.uploads.UploadListing;
import io.millrace.store.uploads.UploadPart;
import io.millrace.store.uploads.UploadPartCopy;
import io.millrace.store.uploads.UploadRow;
import io.millrace.store.uploads.Uploads;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** The limits of uploads, what is refused, and that a refusal leaves nothing behind. */
class UploadRulesTest {
    private static final String BUCKET = Fixture.BUCKET;
    private static final String NONE = "0".repeat(32);

    @TempDir Path directory;
    private Fixture fixture;
    private Uploads uploads;

    @BeforeEach
    void open() {
        fixture = Fixture.open(directory);
        uploads = fixture.store.uploads();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void aPartsNumberIsOneToTenThousand() {
        String id = initiate("a");
        fixture.put("source", new byte[10]);
        for (int number : new int[] {1, 10_000}) {
            assertInstanceOf(PartOutcome.Stored.class, upload(id, number, new byte[1]));
            assertInstanceOf(PartOutcome.Stored.class, copy(id, number, 0, -1));
        }
        for (int number : new int[] {-1, 0, 10_001}) {
            assertInvalid(() -> upload(id, number, new byte[1]));
            assertInvalid(() -> copy(id, number, 0, -1));
        }
    }

    @Test
    void partsAreListedAboveAMarkerPageByPage() {
        ObjectMetadata metadata = ObjectMetadata.ofType("a/b");
        String id = uploads.initiate(BUCKET, "a", metadata).uploadId();
        assertEquals(
                new PartListing(info("a", id, metadata), List.of(), 0, false), list(id, 0, 1000));
        List<PartInfo> parts = new ArrayList<>();
        for (int number : new int[] {2, 3, 500}) {
            byte[] bytes = Fixture.bytes(number, number);
            PartInfo part =
                    assertInstanceOf(PartOutcome.Stored.class, upload(id, number, bytes)).part();
            assertEquals(number, part.number());
            assertEquals(number, part.sizeBytes());
            assertEquals(Crc64.of(bytes), part.crc64());
            assertEquals(fixture.clock.instant(), part.lastModified());
            parts.add(part);
        }
        UploadInfo info = info("a", id, metadata);
        assertEquals(new PartListing(info, parts, 500, false), list(id, -5, 3));
        assertEquals(new PartListing(info, parts.subList(0, 2), 3, true), list(id, 0, 2));
        assertEquals(new PartListing(info, parts.subList(1, 2), 3, true), list(id, 2, 1));
        assertEquals(new PartListing(info, parts.subList(2, 3), 500, false), list(id, 3, 1));
        assertEquals(new PartListing(info, List.of(), 0, false), list(id, 500, 1));
        for (int limit : new int[] {0, 1001}) {
            assertInvalid(() -> list(id, 0, limit));
        }
        assertTrue(uploads.listParts(BUCKET, "b", id, 0, 1).isEmpty());
        assertTrue(uploads.listParts(BUCKET, "a", NONE, 0, 1).isEmpty());
        assertTrue(uploads.listParts(BUCKET, "a", "x", 0, 1).isEmpty());
    }

    private UploadInfo info(String key, String id, ObjectMetadata metadata) {
        return new UploadInfo(BUCKET, key, id, metadata, fixture.clock.instant());
    }

    private PartListing list(String id, int after, int limit) {
        return uploads.listParts(BUCKET, "a", id, after, limit).orElseThrow();
    }

    @Test
    void anUploadIsKnownByItsKeyAndWholeIdOnly() {
        UploadInfo made = uploads.initiate(BUCKET, "a", ObjectMetadata.ofType("a/b"));
        assertEquals(info("a", made.uploadId(), ObjectMetadata.ofType("a/b")), made);
        assertTrue(made.uploadId().matches("[0-9a-f]{32}"));
        assertEquals(made, uploads.get(BUCKET, "a", made.uploadId()).orElseThrow());
        String first = made.uploadId().substring(0, 16);
        for (String wrong : List.of("", "g".repeat(32), first, first + "0".repeat(16), NONE)) {
            assertTrue(uploads.get(BUCKET, "a", wrong).isEmpty(), wrong);
            assertFalse(uploads.abort(BUCKET, "a", wrong));
            assertInstanceOf(PartOutcome.NoSuchUpload.class, upload(wrong, 1, new byte[1]));
            assertInstanceOf(PartOutcome.NoSuchUpload.class, copy(wrong, 1, 0, -1));
            assertInstanceOf(
                    CompleteOutcome.NoSuchUpload.class,
                    UploadsTest.complete(fixture, "a", wrong, List.of()));
        }
        assertInvalid(() -> uploads.initiate(BUCKET, "", ObjectMetadata.NONE));
        ObjectMetadata large = ObjectMetadata.ofType("x".repeat(8193));
        assertInvalid(() -> uploads.initiate(BUCKET, "a", large));
        assertTrue(uploads.abort(BUCKET, "a", made.uploadId()));
        assertInstanceOf(PartOutcome.NoSuchUpload.class, upload(made.uploadId(), 1, new byte[1]));
        assertTrue(rows(StoreKeys.allUploads()).isEmpty());
    }

    @Test
    void aPartThatIsNotAsAnnouncedIsRefusedWithTheReason() {
        String id = initiate("a");
        for (int size : new int[] {10, 100_000}) {
            byte[] bytes = Fixture.bytes(1, size);
            assertEquals(
                    new PartOutcome.DigestMismatch(
                            "crc64", "7", Long.toUnsignedString(Crc64.of(bytes))),
                    uploads.uploadPart(
                            new UploadPart(
                                    BUCKET, "a", id, 1, size, ExpectedDigests.NONE.withCrc64(7)),
                            new ByteArrayInputStream(bytes)));
            assertEquals(
                    new PartOutcome.IncompleteBody(size + 1, size),
                    uploads.uploadPart(
                            new UploadPart(BUCKET, "a", id, 1, size + 1, ExpectedDigests.NONE),
                            new ByteArrayInputStream(bytes)));
        }
        assertEquals(
                new PartOutcome.TooLarge(Objects.MAX_BYTES),
                uploads.uploadPart(
                        new UploadPart(
                                BUCKET, "a", id, 1, Objects.MAX_BYTES + 1, ExpectedDigests.NONE),
                        new ByteArrayInputStream(new byte[0])));
        assertTrue(list(id, 0, 10).parts().isEmpty());
    }

    @Test
    void aPartIsCopiedOfARangeWithinItsSourceOnly() {
        String id = initiate("a");
        for (int size : new int[] {100, 100_000}) {
            ObjectInfo source = fixture.put("source", Fixture.bytes(size, size));
            for (long[] range :
                    new long[][] {
                        {-1, 5},
                        {0, size + 1},
                        {size, 1},
                        {size + 1, -1},
                        {5, Long.MAX_VALUE},
                        {Long.MAX_VALUE, 5}
                    }) {
                assertEquals(
                        new PartOutcome.InvalidRange(size),
                        copy(id, 1, range[0], range[1]),
                        range[0] + "+" + range[1]);
            }
            for (long[] range : new long[][] {{0, size}, {size - 1, 1}, {size, 0}, {size, -1}}) {
                PartInfo part =
                        assertInstanceOf(PartOutcome.Stored.class, copy(id, 1, range[0], range[1]))
                                .part();
                assertEquals(range[1] < 0 ? 0 : range[1], part.sizeBytes());
            }
            ReadConditions other = new ReadConditions(List.of("other"), null, null, null);
            assertEquals(
                    new PartOutcome.SourceConditionFailed(ReadConditions.Verdict.FAILED),
                    copy(id, 1, 0, -1, other));
            ReadConditions same = new ReadConditions(List.of(source.etag()), null, null, null);
            assertInstanceOf(PartOutcome.Stored.class, copy(id, 1, 0, -1, same));
        }
    }

    @Test
    void largeRangesShareTheSourcesExtentAndSmallOnesAreCopied() {
        String id = initiate("a");
        byte[] bytes = Fixture.bytes(1, 100_000);
        fixture.put("source", bytes);
        long before = used();
        int inline = fixture.options.inlineBytes();
        assertInstanceOf(PartOutcome.Stored.class, copy(id, 1, 7, inline));
        assertEquals(1, owners());
        assertInstanceOf(PartOutcome.Stored.class, copy(id, 2, 7, inline + 1));
        assertEquals(2, owners());
        assertEquals(before, used());
        fixture.objects().delete(BUCKET, "source");
        reclaim();
        assertEquals(1, owners());
        assertInstanceOf(
                CompleteOutcome.Completed.class, UploadsTest.complete(fixture, "a", id, List.of()));
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.write(bytes, 7, inline);
        whole.write(bytes, 7, inline + 1);
        assertArrayEquals(whole.toByteArray(), fixture.get("a"));
    }

    @Test
    void aPartThatIsReplacedFreesItsExtentOnce() {
        String id = initiate("a");
        upload(id, 1, Fixture.bytes(1, 50_000));
        upload(id, 1, Fixture.bytes(2, 60_000));
        assertEquals(1, rows(new byte[] {'D'}).size());
        reclaim();
        assertEquals(50_000, fixture.store.statistics().deadBytes());
        upload(id, 1, new byte[10]);
        reclaim();
        assertEquals(110_000, fixture.store.statistics().deadBytes());
        upload(id, 1, new byte[11]);
        assertTrue(rows(new byte[] {'D'}).isEmpty(), "small bytes go with their record");
        assertEquals(11, list(id, 0, 10).parts().getFirst().sizeBytes());
    }

    @Test
    void theVolumesOfPartsAreGivenBackHoweverTheUploadEnded() {
        String aborted = initiate("a");
        upload(aborted, 1, Fixture.bytes(1, 3_000_000));
        fixture.put("source", Fixture.bytes(2, 3_000_000));
        copy(aborted, 2, 0, -1);
        uploads.uploadPart(
                new UploadPart(
                        BUCKET, "a", aborted, 3, 3_000_000, ExpectedDigests.NONE.withCrc64(7)),
                new ByteArrayInputStream(new byte[3_000_000]));
        String over = initiate("a");
        uploads.abort(BUCKET, "a", over);
        upload(over, 1, Fixture.bytes(1, 3_000_000));
        uploads.abort(BUCKET, "a", aborted);
        fixture.objects().delete(BUCKET, "source");
        for (VolumeInfo volume : fixture.extents.list()) {
            fixture.extents.seal(volume.volume());
        }
        for (int i = 0; i < 4; i++) {
            reclaim();
        }
        assertTrue(fixture.extents.list().stream().noneMatch(VolumeInfo::sealed));
    }

    @Test
    void whileItIsCompletedAnUploadTakesNothingElse() {
        String id = initiate("a");
        upload(id, 1, new byte[10]);
        claim("a", 30);
        for (Executable call :
                List.<Executable>of(
                        () -> upload(id, 1, new byte[11]),
                        () -> UploadsTest.complete(fixture, "a", id, List.of()))) {
            StoreException busy = assertThrows(StoreException.class, call);
            assertEquals(StoreException.Code.BUSY, busy.code());
        }
        assertEquals(10, list(id, 0, 10).parts().getFirst().sizeBytes());
    }

    @Test
    void aCompletionThatACrashCutOffHoldsForAMinute() {
        String id = initiate("a");
        upload(id, 1, new byte[10]);
        claim("a", 61);
        assertInstanceOf(PartOutcome.Stored.class, upload(id, 1, new byte[11]));
        assertInstanceOf(PartOutcome.Stored.class, upload(id, 2, new byte[12]));
        claim("a", 61);
        CompleteOutcome.Completed completed =
                assertInstanceOf(
                        CompleteOutcome.Completed.class,
                        UploadsTest.complete(fixture, "a", id, List.of()));
        assertEquals(23, completed.info().sizeBytes());
    }

    /** As a process does that is killed later. */
    private void claim(String key, int secondsAgo) {
        Entry entry = rows(StoreKeys.allUploads()).getFirst();
        UploadRow row = UploadRow.decode(entry.value());
        long since = fixture.keySpace.storeNow().toEpochMilli() - secondsAgo * 1000L;
        UploadRow claimed =
                new UploadRow(row.number(), row.initiatedMillis(), row.metadata(), 99, since);
        Batch batch = Batch.builder().put(entry.key(), claimed.encode()).build();
        assertTrue(fixture.keySpace.commit(batch).committed(), key);
    }

    @Test
    void aWrongChecksumOfTheWholeLeavesTheUploadOpen() {
        String id = initiate("a");
        byte[] bytes = Fixture.bytes(1, 10);
        upload(id, 7, bytes);
        assertEquals(
                new CompleteOutcome.DigestMismatch(
                        "crc64", "7", Long.toUnsignedString(Crc64.of(bytes))),
                complete(id, ExpectedDigests.NONE.withCrc64(7)));
        assertInstanceOf(PartOutcome.Stored.class, upload(id, 7, bytes));
        assertInstanceOf(
                CompleteOutcome.Completed.class,
                complete(id, ExpectedDigests.NONE.withCrc64(Crc64.of(bytes))));
        assertTrue(rows(new byte[] {'D'}).isEmpty(), "nothing was left over");
    }

    private CompleteOutcome complete(String id, ExpectedDigests expected) {
        return uploads.complete(
                new CompleteUpload(BUCKET, "a", id, List.of(), expected, WriteConditions.NONE));
    }

    /** Pieces that are shared with an object, a row of a few bytes, and what was sent with it. */
    @Test
    void aChecksumThatPartsWereNotSentWithIsOfTheirBytes() {
        byte[] large = Fixture.bytes(3, 300_000);
        byte[] small = Fixture.bytes(4, 10);
        String id = initiate("a");
        upload(id, 1, large);
        upload(id, 2, small);
        byte[] sent = Checksum.of(ChecksumAlgorithm.CRC32C, small);
        uploads.uploadPart(
                new UploadPart(
                        BUCKET,
                        "a",
                        id,
                        3,
                        10,
                        ExpectedDigests.NONE,
                        () -> Map.of(ChecksumAlgorithm.CRC32C, sent)),
                new ByteArrayInputStream(small));
        byte[] all = new byte[300_020];
        System.arraycopy(large, 0, all, 0, 300_000);
        System.arraycopy(small, 0, all, 300_000, 10);
        System.arraycopy(small, 0, all, 300_010, 10);
        assertInstanceOf(CompleteOutcome.DigestMismatch.class, complete(id, large));
        assertInstanceOf(CompleteOutcome.Completed.class, complete(id, all));
    }

    private CompleteOutcome complete(String id, byte[] bytes) {
        byte[] value = Checksum.of(ChecksumAlgorithm.CRC32C, bytes);
        ObjectChecksum.Kind kind = ObjectChecksum.Kind.FULL_OBJECT;
        return uploads.complete(
                new CompleteUpload(
                        BUCKET,
                        "a",
                        id,
                        List.of(),
                        true,
                        ExpectedDigests.NONE,
                        WriteConditions.NONE,
                        new ObjectChecksum(ChecksumAlgorithm.CRC32C, value, kind, 0),
                        -1,
                        CompleteUpload.PartsEtag.DIGESTS));
    }

    @Test
    void aPartNamedTwiceIsOutOfOrderAndAnEtagMayBeInCapitals() {
        String id = initiate("a");
        CompleteUpload.NamedPart one = UploadsTest.part(fixture, "a", id, 1, new byte[10]);
        assertEquals(
                new CompleteOutcome.InvalidPartOrder(1),
                UploadsTest.complete(fixture, "a", id, List.of(one, one)));
        assertEquals(
                new CompleteOutcome.InvalidPartOrder(0),
                UploadsTest.complete(
                        fixture, "a", id, List.of(new CompleteUpload.NamedPart(0, one.etag()))));
        CompleteUpload.NamedPart capitals =
                new CompleteUpload.NamedPart(1, one.etag().toUpperCase(java.util.Locale.ROOT));
        assertInstanceOf(
                CompleteOutcome.Completed.class,
                UploadsTest.complete(fixture, "a", id, List.of(capitals)));
    }

    @Test
    void completingAgainAnswersTheSameOnlyWhileTheObjectIsStillThatOne() {
        String id = initiate("a");
        upload(id, 1, new byte[10]);
        CompleteOutcome first = UploadsTest.complete(fixture, "a", id, List.of());
        assertInstanceOf(CompleteOutcome.Completed.class, first);
        assertEquals(first, UploadsTest.complete(fixture, "a", id, List.of()));
        String other = initiate("a");
        upload(other, 1, new byte[11]);
        UploadsTest.complete(fixture, "a", other, List.of());
        for (int i = 0; i < 3; i++) {
            assertInstanceOf(
                    CompleteOutcome.NoSuchUpload.class,
                    UploadsTest.complete(fixture, "a", id, List.of()));
            if (i == 0) {
                fixture.put("a", new byte[10]);
            } else {
                fixture.objects().delete(BUCKET, "a");
            }
        }
    }

    @Test
    void moreThanFiveHundredPartsReadAsOneObject() {
        String id = initiate("a");
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        for (int i = 1; i <= 501; i++) {
            byte[] bytes = Fixture.bytes(i, 1 + i % 3);
            upload(id, i, bytes);
            whole.writeBytes(bytes);
        }
        UploadsTest.complete(fixture, "a", id, List.of());
        assertEquals(2, rows(new byte[] {'X'}).size());
        assertArrayEquals(whole.toByteArray(), fixture.get("a"));
    }

    @Test
    void everyPartCountsHoweverManyPagesThereAre() {
        for (int parts : new int[] {1000, 1001}) {
            String id = initiate("a");
            List<Callable<Object>> tasks = new ArrayList<>();
            for (int i = 1; i <= parts; i++) {
                int number = i;
                tasks.add(() -> upload(id, number, new byte[1]));
            }
            Fixture.together(tasks);
            CompleteOutcome.Completed completed =
                    assertInstanceOf(
                            CompleteOutcome.Completed.class,
                            UploadsTest.complete(fixture, "a", id, List.of()));
            assertEquals(parts, completed.info().sizeBytes());
            assertTrue(completed.info().etag().endsWith("-" + parts));
        }
        assertArrayEquals(new byte[1001], fixture.get("a"));
    }

    @Test
    void openUploadsAreListedFromAnyMarker() {
        for (int limit : new int[] {0, 1001}) {
            assertInvalid(() -> uploads.list(new ListUploads(BUCKET, "", "", "", "", limit)));
        }
        assertEquals(
                new UploadListing(List.of(), List.of(), "", "", false), page("", "", "", "", 1));
        Map<String, String> ids =
                Map.of("a/1", initiate("a/1"), "a/2", initiate("a/2"), "b", initiate("b"));
        String second = initiate("b");
        assertEquals(List.of("a/1", "a/2", "b", "b"), keys(page("", "", "", "", 4)));
        assertFalse(page("", "", "", "", 4).truncated());
        UploadListing three = page("", "", "", "", 3);
        assertTrue(three.truncated());
        assertEquals("b", three.nextKey());
        assertEquals(ids.get("b"), three.nextUploadId());
        UploadListing rest = page("", "", "b", three.nextUploadId(), 3);
        assertEquals(second, rest.uploads().getFirst().uploadId());
        assertEquals(1, rest.uploads().size());
        assertEquals(List.of("b", "b"), keys(page("", "", "a/2", "", 9)));
        assertEquals(List.of("b", "b"), keys(page("", "", "a/2", "x", 9)));
        assertEquals(List.of("b", "b"), keys(page("", "", "a/2", "g".repeat(32), 9)));
        assertEquals(List.of("a/2", "b", "b"), keys(page("", "", "a/1", "f".repeat(32), 9)));
        assertEquals(List.of(), keys(page("a/", "", "a/2", "", 9)));
        assertEquals(List.of(), keys(page("a/", "", "b", "", 9)), "behind the prefix");
        assertEquals(List.of("a/1", "a/2"), keys(page("a/", "", "A", "", 9)), "before it");
        UploadListing groups = page("", "/", "", "", 1);
        assertEquals(new UploadListing(List.of(), List.of("a/"), "a/", "", true), groups);
        assertEquals(List.of("b", "b"), keys(page("", "/", "a/", "", 9)));
        assertEquals(List.of("a/1", "a/2"), keys(page("a/", "/", "", "", 9)));
        assertEquals(List.of("a/"), page("a", "/", "", "", 9).commonPrefixes());
        String first = requireNonNull(ids.get("b"));
        assertEquals(
                new UploadListing(
                        List.of(info("b", first, ObjectMetadata.NONE)),
                        List.of("a/"),
                        "b",
                        first,
                        true),
                page("", "/", "", "", 2));
        initiate("c/1");
        UploadListing last = page("", "/", "b", first, 9);
        assertEquals(List.of(second), last.uploads().stream().map(UploadInfo::uploadId).toList());
        assertEquals(List.of("c/"), last.commonPrefixes());
        assertEquals("c/", last.nextKey());
        assertEquals("", last.nextUploadId());
    }

    private UploadListing page(String prefix, String delimiter, String key, String id, int limit) {
        return uploads.list(new ListUploads(BUCKET, prefix, delimiter, key, id, limit));
    }

    private static List<String> keys(UploadListing listing) {
        return listing.uploads().stream().map(UploadInfo::key).toList();
    }

    private String initiate(String key) {
        return uploads.initiate(BUCKET, key, ObjectMetadata.NONE).uploadId();
    }

    private PartOutcome upload(String id, int number, byte[] bytes) {
        return uploads.uploadPart(
                new UploadPart(BUCKET, "a", id, number, bytes.length, ExpectedDigests.NONE),
                new ByteArrayInputStream(bytes));
    }

    private PartOutcome copy(String id, int number, long from, long length) {
        return copy(id, number, from, length, ReadConditions.NONE);
    }

    private PartOutcome copy(
            String id, int number, long from, long length, ReadConditions conditions) {
        return uploads.uploadPartCopy(
                new UploadPartCopy(
                        BUCKET, "a", id, number, BUCKET, "source", from, length, conditions));
    }

    private List<Entry> rows(byte[] prefix) {
        return fixture.keySpace.scan(Scan.prefix(prefix, 1000));
    }

    private int owners() {
        return rows(new byte[] {'V', 'o'}).size();
    }

    private long used() {
        return fixture.extents.list().stream().mapToLong(VolumeInfo::usedBytes).sum();
    }

    private void reclaim() {
        fixture.clock.advance(Duration.ofHours(1));
        fixture.store.maintain();
    }

    private static void assertInvalid(Executable call) {
        StoreException refused = assertThrows(StoreException.class, call);
        assertEquals(StoreException.Code.INVALID_ARGUMENT, refused.code());
    }
}
