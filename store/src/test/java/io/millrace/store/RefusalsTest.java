package io.millrace.store;

import static io.millrace.store.Fixture.BUCKET;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.kit.DiskReserve;
import io.millrace.kit.DiskSpace;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.content.ExpectedDigests;
import io.millrace.store.content.Layout;
import io.millrace.store.objects.AppendObject;
import io.millrace.store.objects.AppendOutcome;
import io.millrace.store.objects.CopyObject;
import io.millrace.store.objects.DeleteOutcome;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.ObjectRow;
import io.millrace.store.objects.ObjectType;
import io.millrace.store.objects.Objects;
import io.millrace.store.objects.PutObject;
import io.millrace.store.objects.PutOutcome;
import io.millrace.store.objects.SealOutcome;
import io.millrace.store.objects.WriteConditions;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreException.Code;
import io.millrace.store.space.StoreKeys;
import io.millrace.store.uploads.CompleteOutcome;
import io.millrace.store.uploads.PartOutcome;
import io.millrace.store.uploads.UploadPart;
import io.millrace.store.uploads.Uploads;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What no change may do: fill the disk, outlive its bucket, read a body for nothing. */
class RefusalsTest {
    private static final long FREE = 10L << 30;
    private static final byte[] SMALL = {1, 2, 3};
    private static final byte[] LARGE = Fixture.bytes(1, 100_000);

    @TempDir Path directory;
    private long free = FREE;
    private final DiskSpace disk =
            new DiskSpace(
                    new DiskSpace.Meter() {
                        @Override
                        public String device() {
                            return "disk";
                        }

                        @Override
                        public long totalBytes() {
                            return FREE;
                        }

                        @Override
                        public long freeBytes() {
                            return free;
                        }
                    },
                    DiskReserve.ofBytes(1L << 30),
                    () -> 0);
    private Steps steps;
    private Fixture fixture;
    private Uploads uploads;

    @BeforeEach
    void open() {
        fixture =
                Fixture.hasty(
                        directory,
                        Fixture.quick(),
                        () -> {
                            steps = new Steps(Fixture.rocks(directory), Optional.of(disk));
                            return steps;
                        });
        uploads = fixture.store.uploads();
        // No clock stands at zero.
        fixture.clock.advance(Duration.ofHours(1));
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private static Code code(Executable call) {
        return assertThrows(StoreException.class, call).code();
    }

    private String initiate(String key) {
        return uploads.initiate(BUCKET, key, ObjectMetadata.NONE).uploadId();
    }

    private PartOutcome part(String key, String id, InputStream body) {
        UploadPart part = new UploadPart(BUCKET, key, id, 1, LARGE.length, ExpectedDigests.NONE);
        return uploads.uploadPart(part, body);
    }

    @Test
    void aFullDiskTakesNothingMoreAndIsEmptied() {
        fixture.put("a", LARGE);
        fixture.append("grown", 0, SMALL);
        String id = initiate("m");
        assertInstanceOf(PartOutcome.Stored.class, part("m", id, new ByteArrayInputStream(LARGE)));
        free = 1L << 30;
        disk.refresh();
        for (Executable more :
                List.<Executable>of(
                        () -> fixture.put("b", SMALL),
                        () -> fixture.append("grown", SMALL.length, SMALL),
                        () -> fixture.objects().copy(CopyObject.of(BUCKET, "a", BUCKET, "b")),
                        () -> initiate("n"),
                        () -> part("m", id, new ByteArrayInputStream(LARGE)))) {
            assertEquals(Code.DISK_FULL, code(more));
        }
        assertArrayEquals(LARGE, fixture.get("a"));
        assertInstanceOf(DeleteOutcome.Deleted.class, fixture.objects().delete(BUCKET, "a"));
        assertInstanceOf(
                CompleteOutcome.Completed.class, UploadsTest.complete(fixture, "m", id, List.of()));
        assertArrayEquals(LARGE, fixture.get("m"));
    }

    /** What is committed into a bucket, by what its commit is called, and the commit's number. */
    private Map<String, Executable> changes() {
        fixture.put("source", SMALL);
        fixture.append("grown", 0, SMALL);
        String id = initiate("m");
        part("m", id, new ByteArrayInputStream(LARGE));
        Map<String, Executable> changes = new LinkedHashMap<>();
        changes.put("a put", () -> fixture.put("a", LARGE));
        changes.put(
                "an append",
                () ->
                        assertInstanceOf(
                                AppendOutcome.Appended.class,
                                fixture.append("grown", SMALL.length, SMALL)));
        changes.put(
                "a copy",
                () -> fixture.objects().copy(CopyObject.of(BUCKET, "source", BUCKET, "copy")));
        changes.put(
                "a seal",
                () ->
                        assertInstanceOf(
                                SealOutcome.Sealed.class,
                                fixture.objects().seal(BUCKET, "grown", 2 * SMALL.length)));
        changes.put("an upload", () -> initiate("n"));
        changes.put("a completion", () -> UploadsTest.complete(fixture, "m", id, List.of()));
        return changes;
    }

    /** Another node finds the bucket empty just before the commit, which then takes so long. */
    private CommitOutcome afterItsBucket(Batch batch, Duration took) {
        byte[] key = StoreKeys.bucket(BUCKET);
        byte[] record = fixture.keySpace.get(key);
        fixture.keySpace.commit(Batch.builder().delete(key).build());
        CommitOutcome outcome = fixture.keySpace.commit(batch);
        fixture.clock.advance(took);
        bucketRecord = record;
        return outcome;
    }

    private byte[] bucketRecord = {};

    private void bucketComesBack() {
        byte[] key = StoreKeys.bucket(BUCKET);
        fixture.keySpace.commit(Batch.builder().put(key, bucketRecord).build());
    }

    @Test
    void whoCommitsForLongerThanABucketIsCachedIsToldThatItWasDeleted() throws Throwable {
        Duration cached = fixture.options.bucketCache();
        for (Map.Entry<String, Executable> change : changes().entrySet()) {
            // An upload is claimed first.
            int commit = change.getKey().equals("a completion") ? 1 : 0;
            fixture.store.buckets().require(BUCKET);
            steps.insteadOfCommit(commit, (real, batch) -> afterItsBucket(batch, cached));
            assertEquals(Code.NO_SUCH_BUCKET, code(change.getValue()), change.getKey());
            assertTrue(steps.happened(), change.getKey());
            bucketComesBack();
        }
        assertEquals(0, fixture.store.statistics().deadBytes(), "what was committed has owners");
    }

    /** A deletion waits for those who are quicker, and then finds what they made. */
    @Test
    void whoIsQuickerDoesNotLookAgain() throws Throwable {
        Duration quick = fixture.options.bucketCache().minusNanos(1);
        for (Map.Entry<String, Executable> change : changes().entrySet()) {
            int commit = change.getKey().equals("a completion") ? 1 : 0;
            fixture.clock.advance(Duration.ofHours(1));
            steps.insteadOfCommit(commit, (real, batch) -> afterItsBucket(batch, quick));
            change.getValue().execute();
            assertTrue(steps.happened(), change.getKey());
            bucketComesBack();
        }
    }

    @Test
    void aBucketThatIsDeletedWhileABodyComesTakesItNot() {
        fixture.append("grown", 0, SMALL);
        int bytes = LARGE.length;
        for (Executable change :
                List.<Executable>of(
                        () -> fixture.objects().put(PutObject.of(BUCKET, "a", bytes), slow()),
                        () ->
                                fixture.objects()
                                        .append(
                                                AppendObject.of(
                                                        BUCKET, "grown", SMALL.length, bytes),
                                                slow()))) {
            long dead = fixture.store.statistics().deadBytes();
            assertEquals(Code.NO_SUCH_BUCKET, code(change));
            assertEquals(dead + bytes, fixture.store.statistics().deadBytes());
            bucketComesBack();
        }
        assertTrue(fixture.objects().head(BUCKET, "a").isEmpty());
        assertArrayEquals(SMALL, fixture.get("grown"));
    }

    /** A body during which the bucket is deleted. */
    private InputStream slow() {
        return new ByteArrayInputStream(LARGE) {
            @Override
            public synchronized int read(byte[] into, int offset, int length) {
                byte[] key = StoreKeys.bucket(BUCKET);
                byte[] record = fixture.keySpace.get(key);
                if (record != null) {
                    bucketRecord = record;
                    fixture.keySpace.commit(Batch.builder().delete(key).build());
                    fixture.clock.advance(fixture.options.bucketCache());
                }
                return super.read(into, offset, length);
            }
        };
    }

    @Test
    void ofWhatIsRefusedNoByteIsRead() {
        fixture.put("a", SMALL);
        fixture.append("grown", 0, SMALL);
        InputStream never =
                new InputStream() {
                    @Override
                    public int read() {
                        throw new AssertionError("the body is read");
                    }
                };
        Objects objects = fixture.objects();
        int bytes = LARGE.length;
        assertInstanceOf(
                PutOutcome.PreconditionFailed.class,
                objects.put(PutObject.of(BUCKET, "a", bytes).with(WriteConditions.ABSENT), never));
        assertInstanceOf(
                AppendOutcome.PositionMismatch.class,
                objects.append(AppendObject.of(BUCKET, "grown", 0, bytes), never));
        assertInstanceOf(
                AppendOutcome.NotAppendable.class,
                objects.append(AppendObject.of(BUCKET, "a", SMALL.length, bytes), never));
        assertEquals(
                Code.INVALID_ARGUMENT,
                code(() -> objects.append(AppendObject.of(BUCKET, "new", -1, bytes), never)));
        assertEquals(
                Code.NO_SUCH_BUCKET,
                code(() -> objects.put(PutObject.of("none", "a", bytes), never)));
        assertEquals(
                Code.INVALID_ARGUMENT,
                code(() -> objects.put(PutObject.of(BUCKET, "", bytes), never)));
        ObjectMetadata large = ObjectMetadata.ofType("x".repeat(8193));
        assertEquals(
                Code.INVALID_ARGUMENT,
                code(() -> objects.put(PutObject.of(BUCKET, "b", bytes).with(large), never)));
        AppendObject append = AppendObject.of(BUCKET, "b", 0, 3).with(large);
        assertEquals(Code.INVALID_ARGUMENT, code(() -> objects.append(append, never)));
        assertEquals(Code.INVALID_ARGUMENT, code(() -> objects.append(append, SMALL)));
        assertEquals(
                Code.INVALID_ARGUMENT,
                code(() -> objects.copy(CopyObject.of(BUCKET, "a", BUCKET, "b").with(large))));
        assertTrue(objects.head(BUCKET, "b").isEmpty());
        String id = initiate("m");
        uploads.abort(BUCKET, "m", id);
        assertInstanceOf(PartOutcome.NoSuchUpload.class, part("m", id, never));
        assertInstanceOf(PartOutcome.NoSuchUpload.class, part("m", "x", never));
    }

    @Test
    void anObjectGrowsToFiveGibibytesAndNotByAByteMore() {
        long size = Objects.MAX_BYTES - SMALL.length;
        ObjectRow row =
                new ObjectRow(
                        7,
                        7,
                        ObjectType.APPENDABLE,
                        size,
                        new byte[0],
                        0,
                        0,
                        0,
                        0,
                        ObjectMetadata.NONE,
                        new Layout.Rows(7));
        long bucket = fixture.store.buckets().require(BUCKET).id();
        for (boolean stream : new boolean[] {false, true}) {
            byte[] key = StoreKeys.object(bucket, "a".getBytes(StandardCharsets.UTF_8));
            fixture.keySpace.commit(Batch.builder().put(key, row.encode()).build());
            assertEquals(new AppendOutcome.TooLarge(Objects.MAX_BYTES), grow(size, 4, stream));
            AppendOutcome.Appended full =
                    assertInstanceOf(AppendOutcome.Appended.class, grow(size, 3, stream));
            assertEquals(Objects.MAX_BYTES, full.nextPosition());
            assertEquals(Objects.MAX_BYTES, full.info().sizeBytes());
            assertEquals(
                    new AppendOutcome.TooLarge(Objects.MAX_BYTES),
                    grow(Objects.MAX_BYTES, 1, stream));
        }
    }

    private AppendOutcome grow(long position, int bytes, boolean stream) {
        AppendObject append = AppendObject.of(BUCKET, "a", position, -1);
        return stream
                ? fixture.objects().append(append, new ByteArrayInputStream(new byte[bytes]))
                : fixture.objects().append(append, new byte[bytes]);
    }

    @Test
    void whatIsAskedOfABucketThatIsNotThereIsRefused() {
        String id = initiate("m");
        for (Executable call :
                List.<Executable>of(
                        () -> fixture.objects().head("none", "a"),
                        () -> fixture.objects().open("none", "a"),
                        () -> fixture.objects().delete("none", "a"),
                        () -> fixture.objects().deleteMany("none", List.of("a")),
                        () -> fixture.objects().seal("none", "a", 0),
                        () -> fixture.objects().copy(CopyObject.of("none", "a", BUCKET, "b")),
                        () -> fixture.objects().copy(CopyObject.of(BUCKET, "a", "none", "b")),
                        () -> uploads.initiate("none", "a", ObjectMetadata.NONE),
                        () -> uploads.get("none", "m", id),
                        () -> uploads.listParts("none", "m", id, 0, 1),
                        () -> uploads.abort("none", "m", id))) {
            assertEquals(Code.NO_SUCH_BUCKET, code(call));
        }
        fixture.store.buckets().create("other", "root", BucketAcl.PRIVATE);
        assertTrue(uploads.get("other", "m", id).isEmpty());
        assertTrue(fixture.objects().head("other", "m").isEmpty());
    }

    @Test
    void anUploadWhoseNumberIsTakenDoesNotBegin() {
        steps.insteadOfCommit(0, (real, batch) -> new CommitOutcome.Conflict(0));
        assertEquals(Code.STORAGE_FAILED, code(() -> initiate("m")));
        assertTrue(steps.happened());
    }

    @Test
    void ofManyDeletionsThoseThatFailAreNamedAndTheOthersHappen() {
        fixture.put("a", SMALL);
        fixture.put("b", SMALL);
        // All at once, then the first one alone.
        steps.insteadOfCommit(
                0,
                (real, batch) -> {
                    steps.insteadOfCommit(0, RefusalsTest::busy);
                    return busy(real, batch);
                });
        List<DeleteOutcome> outcomes =
                fixture.objects().deleteMany(BUCKET, List.of("a", "none", "b"));
        assertTrue(steps.happened());
        DeleteOutcome.Failed failed =
                assertInstanceOf(DeleteOutcome.Failed.class, outcomes.getFirst());
        assertEquals(Code.BUSY, failed.failure().code());
        assertInstanceOf(DeleteOutcome.Absent.class, outcomes.get(1));
        assertInstanceOf(DeleteOutcome.Deleted.class, outcomes.get(2));
        assertArrayEquals(SMALL, fixture.get("a"));
        fixture.assertStatistics(1, SMALL.length);
    }

    private static CommitOutcome busy(KeySpace keySpace, Batch batch) {
        throw new KeySpaceException(KeySpaceException.Code.BUSY, "too much to do");
    }
}
