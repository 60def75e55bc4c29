package io.millrace.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.kit.Crc64;
import io.millrace.store.content.ExpectedDigests;
import io.millrace.store.objects.CopyObject;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.ObjectType;
import io.millrace.store.objects.ReadConditions;
import io.millrace.store.objects.WriteConditions;
import io.millrace.store.uploads.CompleteOutcome;
import io.millrace.store.uploads.CompleteUpload;
import io.millrace.store.uploads.ListUploads;
import io.millrace.store.uploads.PartInfo;
import io.millrace.store.uploads.PartListing;
import io.millrace.store.uploads.PartOutcome;
import io.millrace.store.uploads.UploadInfo;
import io.millrace.store.uploads.UploadListing;
import io.millrace.store.uploads.UploadPart;
import io.millrace.store.uploads.UploadPartCopy;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UploadsTest {
    private static final String BUCKET = Fixture.BUCKET;

    @TempDir Path directory;

    @Test
    void partsInAnyOrderBecomeOneObject() throws Exception {
        try (Fixture fixture = Fixture.open(directory)) {
            ObjectMetadata metadata = ObjectMetadata.ofType("video/mp4");
            String id = fixture.store.uploads().initiate(BUCKET, "a", metadata).uploadId();
            int[] sizes = {200_000, 100_000, 5, 0, 300_000};
            List<CompleteUpload.NamedPart> named = new ArrayList<>();
            ByteArrayOutputStream whole = new ByteArrayOutputStream();
            MessageDigest md5s = MessageDigest.getInstance("MD5");
            for (int i = sizes.length - 1; i >= 0; i--) {
                part(fixture, "a", id, i * 7 + 1, Fixture.bytes(i, sizes[i]));
            }
            for (int i = 0; i < sizes.length; i++) {
                byte[] bytes = Fixture.bytes(i, sizes[i]);
                byte[] md5 = MessageDigest.getInstance("MD5").digest(bytes);
                md5s.update(md5);
                whole.write(bytes);
                named.add(new CompleteUpload.NamedPart(i * 7 + 1, HexFormat.of().formatHex(md5)));
            }
            CompleteOutcome outcome = complete(fixture, "a", id, named);
            ObjectInfo info = assertInstanceOf(CompleteOutcome.Completed.class, outcome).info();
            assertEquals(HexFormat.of().formatHex(md5s.digest()) + "-5", info.etag());
            assertEquals(Crc64.of(whole.toByteArray()), info.crc64());
            assertEquals(metadata, info.metadata());
            assertEquals(ObjectType.MULTIPART, info.type());
            assertEquals(outcome, complete(fixture, "a", id, named), "asked again");
            fixture.reopen();
            assertArrayEquals(whole.toByteArray(), fixture.get("a"));
            byte[] into = new byte[250_000];
            fixture.objects().open(BUCKET, "a").orElseThrow().read(199_000, into, 0, 250_000);
            assertArrayEquals(Arrays.copyOfRange(whole.toByteArray(), 199_000, 449_000), into);
            assertInstanceOf(
                    PartOutcome.NoSuchUpload.class,
                    fixture.store
                            .uploads()
                            .uploadPart(
                                    new UploadPart(BUCKET, "a", id, 1, 1, ExpectedDigests.NONE),
                                    new ByteArrayInputStream(new byte[1])));
            fixture.assertStatistics(1, whole.size());
        }
    }

    @Test
    void whatCannotBeCompletedLeavesTheUploadOpen() {
        StoreOptions quick = Fixture.quick();
        StoreOptions options =
                new StoreOptions(
                        quick.region(),
                        quick.inlineBytes(),
                        100_000,
                        quick.bucketCache(),
                        quick.grace(),
                        quick.uploadExpiry(),
                        quick.logRetention(),
                        Duration.ZERO,
                        quick.scrub());
        try (Fixture fixture = Fixture.open(directory, options)) {
            String id = initiate(fixture, "a");
            assertInstanceOf(CompleteOutcome.NoParts.class, complete(fixture, "a", id, List.of()));
            CompleteUpload.NamedPart one = part(fixture, "a", id, 1, new byte[99_999]);
            CompleteUpload.NamedPart two = part(fixture, "a", id, 2, new byte[10]);
            assertEquals(
                    new CompleteOutcome.PartTooSmall(1, 99_999, 100_000),
                    complete(fixture, "a", id, List.of(one, two)));
            assertEquals(
                    new CompleteOutcome.InvalidPartOrder(1),
                    complete(fixture, "a", id, List.of(two, one)));
            assertEquals(
                    new CompleteOutcome.InvalidPart(3),
                    complete(
                            fixture,
                            "a",
                            id,
                            List.of(one, new CompleteUpload.NamedPart(3, two.etag()))));
            assertEquals(
                    new CompleteOutcome.InvalidPart(1),
                    complete(
                            fixture,
                            "a",
                            id,
                            List.of(new CompleteUpload.NamedPart(1, two.etag()))));
            assertInstanceOf(
                    CompleteOutcome.PreconditionFailed.class,
                    fixture.store
                            .uploads()
                            .complete(
                                    new CompleteUpload(
                                            BUCKET,
                                            "a",
                                            id,
                                            List.of(one),
                                            ExpectedDigests.NONE,
                                            WriteConditions.ifMatch("x"))));
            one = part(fixture, "a", id, 1, Fixture.bytes(1, 100_000));
            assertInstanceOf(
                    CompleteOutcome.Completed.class, complete(fixture, "a", id, List.of(one, two)));
            assertInstanceOf(
                    CompleteOutcome.NoSuchUpload.class,
                    complete(fixture, "b", id, List.of(one, two)));
            assertInstanceOf(
                    CompleteOutcome.NoSuchUpload.class,
                    complete(fixture, "a", "nonsense", List.of(one)));
        }
    }

    @Tag("slow")
    @Test
    void tenThousandPartsAreCompletedListedReadAndFreed() throws Exception {
        try (Fixture fixture = Fixture.open(directory)) {
            String id = initiate(fixture, "a");
            List<Callable<CompleteUpload.NamedPart>> tasks = new ArrayList<>();
            ByteArrayOutputStream whole = new ByteArrayOutputStream();
            for (int i = 1; i <= 10_000; i++) {
                int number = i;
                byte[] bytes = Fixture.bytes(i, 1 + i % 50);
                whole.write(bytes);
                tasks.add(() -> part(fixture, "a", id, number, bytes));
            }
            List<CompleteUpload.NamedPart> named = Fixture.together(tasks);
            List<Integer> listed = new ArrayList<>();
            int after = 0;
            boolean more = true;
            while (more) {
                PartListing page =
                        fixture.store
                                .uploads()
                                .listParts(BUCKET, "a", id, after, 1000)
                                .orElseThrow();
                page.parts().forEach(p -> listed.add(p.number()));
                after = page.next();
                more = page.truncated();
            }
            assertEquals(IntStream.rangeClosed(1, 10_000).boxed().toList(), listed);
            assertInstanceOf(CompleteOutcome.Completed.class, complete(fixture, "a", id, named));
            assertArrayEquals(whole.toByteArray(), fixture.get("a"));
            fixture.objects().copy(CopyObject.of(BUCKET, "a", BUCKET, "b"));
            fixture.objects().delete(BUCKET, "a");
            later(fixture);
            assertArrayEquals(whole.toByteArray(), fixture.get("b"));
            fixture.objects().delete(BUCKET, "b");
            later(fixture);
            assertTrue(
                    fixture.keySpace
                            .scan(io.millrace.keyspace.Scan.prefix(new byte[] {'U'}, 10))
                            .isEmpty());
            assertTrue(
                    fixture.keySpace
                            .scan(io.millrace.keyspace.Scan.prefix(new byte[] {'X'}, 10))
                            .isEmpty());
        }
    }

    @Test
    void aPartIsCopiedFromAnyKindOfObject() throws Exception {
        try (Fixture fixture = Fixture.open(directory)) {
            byte[] bytes = Fixture.bytes(1, 400_000);
            fixture.put("put", bytes);
            fixture.append("grown", 0, bytes);
            String id = initiate(fixture, "a");
            List<CompleteUpload.NamedPart> named = new ArrayList<>();
            ByteArrayOutputStream whole = new ByteArrayOutputStream();
            int number = 1;
            for (String source : List.of("put", "grown")) {
                for (long[] range :
                        new long[][] {{0, -1}, {100, 300_000}, {65_536, 65_536}, {5, 10}}) {
                    long length = range[1] < 0 ? bytes.length : range[1];
                    PartOutcome outcome =
                            fixture.store
                                    .uploads()
                                    .uploadPartCopy(
                                            copyPart(id, number, source, range[0], range[1]));
                    PartInfo part = assertInstanceOf(PartOutcome.Stored.class, outcome).part();
                    named.add(new CompleteUpload.NamedPart(number++, part.etag()));
                    whole.write(bytes, (int) range[0], (int) length);
                }
            }
            assertEquals(
                    new PartOutcome.InvalidRange(400_000),
                    fixture.store.uploads().uploadPartCopy(copyPart(id, 99, "put", 399_999, 2)));
            assertInstanceOf(
                    PartOutcome.NoSuchSource.class,
                    fixture.store.uploads().uploadPartCopy(copyPart(id, 99, "none", 0, -1)));
            fixture.objects().deleteMany(BUCKET, List.of("put", "grown"));
            ObjectInfo info =
                    assertInstanceOf(
                                    CompleteOutcome.Completed.class,
                                    complete(fixture, "a", id, named))
                            .info();
            later(fixture);
            assertArrayEquals(whole.toByteArray(), fixture.get("a"));
            assertEquals(Crc64.of(whole.toByteArray()), info.crc64());
        }
    }

    @Test
    void openUploadsAreListedByKeyWithPrefixDelimiterAndPaging() {
        try (Fixture fixture = Fixture.open(directory)) {
            List<String> ids = new ArrayList<>();
            for (String key : List.of("b", "a/1", "a/2", "a/2", "c/x/1", "c/y", "\u0000z")) {
                ids.add(initiate(fixture, key));
            }
            UploadListing all =
                    fixture.store.uploads().list(new ListUploads(BUCKET, "", "", "", "", 1000));
            assertEquals(
                    List.of("\u0000z", "a/1", "a/2", "a/2", "b", "c/x/1", "c/y"),
                    all.uploads().stream().map(UploadInfo::key).toList());
            List<String> seen = new ArrayList<>();
            String key = "";
            String id = "";
            while (true) {
                UploadListing page =
                        fixture.store.uploads().list(new ListUploads(BUCKET, "", "/", key, id, 1));
                page.uploads().forEach(u -> seen.add(u.key()));
                seen.addAll(page.commonPrefixes());
                if (!page.truncated()) {
                    break;
                }
                key = page.nextKey();
                id = page.nextUploadId();
            }
            assertEquals(List.of("\u0000z", "a/", "b", "c/"), seen);
            UploadListing within =
                    fixture.store.uploads().list(new ListUploads(BUCKET, "a/2", "", "", "", 1));
            assertTrue(within.truncated());
            UploadListing rest =
                    fixture.store
                            .uploads()
                            .list(
                                    new ListUploads(
                                            BUCKET,
                                            "a/2",
                                            "",
                                            within.nextKey(),
                                            within.nextUploadId(),
                                            1));
            assertFalse(rest.truncated());
            assertEquals(
                    List.of(ids.get(3)),
                    rest.uploads().stream().map(UploadInfo::uploadId).toList());
        }
    }

    @Test
    void abortedAndAbandonedUploadsAreFreed() {
        try (Fixture fixture = Fixture.open(directory)) {
            String aborted = initiate(fixture, "a");
            part(fixture, "a", aborted, 1, new byte[100_000]);
            assertTrue(fixture.store.uploads().abort(BUCKET, "a", aborted));
            assertFalse(fixture.store.uploads().abort(BUCKET, "a", aborted));
            String abandoned = initiate(fixture, "b");
            part(fixture, "b", abandoned, 1, new byte[100_000]);
            later(fixture);
            assertTrue(fixture.store.uploads().get(BUCKET, "b", abandoned).isPresent());
            fixture.clock.advance(Duration.ofDays(8));
            assertEquals(1, fixture.store.maintain().uploads());
            later(fixture);
            assertTrue(fixture.store.uploads().get(BUCKET, "b", abandoned).isEmpty());
            assertTrue(
                    fixture.keySpace
                            .scan(io.millrace.keyspace.Scan.prefix(new byte[] {'U'}, 10))
                            .isEmpty());
        }
    }

    @Test
    void partsThatTheObjectDoesNotNameAreFreed() {
        try (Fixture fixture = Fixture.open(directory)) {
            String id = initiate(fixture, "a");
            CompleteUpload.NamedPart one = part(fixture, "a", id, 1, Fixture.bytes(1, 50_000));
            part(fixture, "a", id, 2, Fixture.bytes(2, 50_000));
            part(fixture, "a", id, 2, Fixture.bytes(3, 50_000));
            CompleteUpload.NamedPart three = part(fixture, "a", id, 3, Fixture.bytes(4, 50_000));
            complete(fixture, "a", id, List.of(one, three));
            later(fixture);
            byte[] bytes = fixture.get("a");
            assertArrayEquals(Fixture.bytes(1, 50_000), Arrays.copyOf(bytes, 50_000));
            assertArrayEquals(Fixture.bytes(4, 50_000), Arrays.copyOfRange(bytes, 50_000, 100_000));
            assertEquals(100_000, fixture.store.statistics().deadBytes());
        }
    }

    private static void later(Fixture fixture) {
        fixture.clock.advance(Duration.ofHours(1));
        fixture.store.maintain();
    }

    private static UploadPartCopy copyPart(
            String id, int number, String source, long from, long length) {
        return new UploadPartCopy(
                BUCKET, "a", id, number, BUCKET, source, from, length, ReadConditions.NONE);
    }

    private static String initiate(Fixture fixture, String key) {
        return fixture.store.uploads().initiate(BUCKET, key, ObjectMetadata.NONE).uploadId();
    }

    static CompleteUpload.NamedPart part(
            Fixture fixture, String key, String id, int number, byte[] bytes) {
        PartOutcome outcome =
                fixture.store
                        .uploads()
                        .uploadPart(
                                new UploadPart(
                                        BUCKET,
                                        key,
                                        id,
                                        number,
                                        bytes.length,
                                        ExpectedDigests.NONE),
                                new ByteArrayInputStream(bytes));
        PartInfo part = assertInstanceOf(PartOutcome.Stored.class, outcome).part();
        return new CompleteUpload.NamedPart(number, part.etag());
    }

    static CompleteOutcome complete(
            Fixture fixture, String key, String id, List<CompleteUpload.NamedPart> parts) {
        return fixture.store
                .uploads()
                .complete(
                        new CompleteUpload(
                                BUCKET,
                                key,
                                id,
                                parts,
                                ExpectedDigests.NONE,
                                WriteConditions.NONE));
    }
}
