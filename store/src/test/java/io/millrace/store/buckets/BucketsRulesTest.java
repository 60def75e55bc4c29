package io.millrace.store.buckets;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.keyspace.Scan;
import io.millrace.store.space.Space;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import io.millrace.store.space.VersionIds;
import io.millrace.testkit.TestClock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Buckets on a key space that a second process changes under them. */
class BucketsRulesTest {
    private static final Duration CACHE = Duration.ofMillis(20);
    private static final Instant START = Instant.parse("2026-01-02T03:04:05.678Z");

    @TempDir Path directory;
    private final TestClock clock = new TestClock(START.minus(Duration.ofHours(1)));
    private KeySpace keySpace;
    private Space space;
    private Buckets buckets;
    private Buckets other;

    /** How long deletions waited, and what happens meanwhile. */
    private final List<Duration> pauses = new ArrayList<>();

    private Runnable meanwhile = () -> {};

    @BeforeEach
    void open() {
        clock.advance(Duration.ofHours(1));
        keySpace = RocksKeySpace.open(directory);
        space = new Space(keySpace, false);
        buckets = process();
        other = process();
    }

    private Buckets process() {
        return process(false);
    }

    private Buckets process(boolean alone) {
        return new Buckets(
                space, new VersionIds(space), "here", CACHE, clock.clocks(), this::pause, alone);
    }

    private void pause(Duration pause) {
        pauses.add(pause);
        meanwhile.run();
    }

    @AfterEach
    void close() {
        keySpace.close();
    }

    private Bucket create(String name) {
        return assertInstanceOf(
                        CreateBucketOutcome.Created.class,
                        buckets.create(name, "root", BucketAcl.PRIVATE))
                .bucket();
    }

    @Test
    void aNewBucketIsAsAskedAndFoundByNameAndId() {
        Bucket made =
                assertInstanceOf(
                                CreateBucketOutcome.Created.class,
                                buckets.create("abc", "me", BucketAcl.PUBLIC_READ))
                        .bucket();
        assertEquals("abc", made.name());
        assertEquals("me", made.owner());
        assertEquals("here", made.region());
        assertEquals(BucketAcl.PUBLIC_READ, made.acl());
        assertEquals(START, made.created());
        for (Buckets process : List.of(buckets, other)) {
            assertEquals(Optional.of(made), process.get("abc"));
            assertEquals(Optional.of(made), process.byId(made.id()));
            assertEquals(made, process.require("abc"));
            assertEquals(
                    new CreateBucketOutcome.OwnedByYou(made),
                    process.create("abc", "me", BucketAcl.PRIVATE));
            assertInstanceOf(
                    CreateBucketOutcome.Exists.class,
                    process.create("abc", "you", BucketAcl.PRIVATE));
        }
        assertTrue(buckets.byId(made.id() + 1).isEmpty());
        assertTrue(buckets.get("abd").isEmpty());
        assertCode(StoreException.Code.NO_SUCH_BUCKET, () -> buckets.require("abd"));
    }

    @Test
    void namesHaveThreeTo63CharactersAndAreNoAddresses() {
        for (String name : List.of("a0b", "a".repeat(63), "1.2.3", "1.2.3.x", "a.b-c.d")) {
            create(name);
            assertTrue(buckets.get(name).isPresent());
        }
        for (String name :
                List.of("ab", "a".repeat(64), "a.", ".ab", "-ab", "ab-", "aB0", "a_b", "ab\n")) {
            assertWrong(name, "a bucket name has 3 to 63 lower-case letters");
        }
        assertTrue(buckets.get("a".repeat(100_000)).isEmpty(), "longer than any key");
        for (String name : List.of("a..b", "1.2.3.4", "255.255.255.255")) {
            assertWrong(name, "a bucket name has no two dots together and is no IP address");
        }
    }

    private void assertWrong(String name, String reason) {
        CreateBucketOutcome.InvalidName wrong =
                assertInstanceOf(
                        CreateBucketOutcome.InvalidName.class,
                        buckets.create(name, "root", BucketAcl.PRIVATE));
        assertTrue(wrong.reason().startsWith(reason), wrong.reason());
        assertTrue(buckets.get(name).isEmpty());
    }

    @Test
    void settingsAreServedFromMemoryForTheCachesTimeAndNoLonger() {
        Bucket made = create("abc");
        assertEquals(BucketAcl.PRIVATE, other.require("abc").acl());
        assertEquals(BucketAcl.PRIVATE, other.byId(made.id()).orElseThrow().acl());
        assertEquals(BucketAcl.PRIVATE, buckets.require("abc").acl());
        assertEquals(BucketAcl.PRIVATE, buckets.byId(made.id()).orElseThrow().acl());
        assertEquals(BucketAcl.PUBLIC_READ, buckets.setAcl("abc", BucketAcl.PUBLIC_READ).acl());
        assertEquals(BucketAcl.PUBLIC_READ, buckets.byId(made.id()).orElseThrow().acl());
        assertEquals(BucketAcl.PUBLIC_READ, buckets.require("abc").acl(), "own changes at once");
        clock.advance(CACHE.minusNanos(1));
        assertEquals(BucketAcl.PRIVATE, other.require("abc").acl());
        assertEquals(BucketAcl.PRIVATE, other.byId(made.id()).orElseThrow().acl());
        clock.advance(Duration.ofNanos(1));
        assertEquals(BucketAcl.PUBLIC_READ, other.require("abc").acl());
        assertEquals(BucketAcl.PUBLIC_READ, other.byId(made.id()).orElseThrow().acl());
    }

    @Test
    void aBucketThatAnotherProcessDeletedIsGoneOnceTheCacheIsStale() {
        Bucket made = create("abc");
        assertTrue(other.byId(made.id()).isPresent());
        assertTrue(buckets.byId(made.id()).isPresent());
        assertInstanceOf(DeleteBucketOutcome.Deleted.class, buckets.delete("abc"));
        assertTrue(buckets.get("abc").isEmpty());
        assertTrue(buckets.byId(made.id()).isEmpty());
        assertEquals(Optional.of("abc"), buckets.deletedName(made.id()));
        assertEquals(Optional.empty(), other.deletedName(made.id()));
        assertTrue(other.byId(made.id()).isPresent());
        clock.advance(CACHE);
        assertTrue(other.get("abc").isEmpty());
        assertTrue(other.byId(made.id()).isEmpty());
        Bucket again = create("abc");
        assertTrue(again.id() != made.id());
        assertEquals(Optional.of(again), buckets.get("abc"));
        assertTrue(buckets.byId(made.id()).isEmpty(), "the name is another bucket's now");
        assertInstanceOf(DeleteBucketOutcome.NoSuchBucket.class, other.delete("xyz"));
    }

    @Test
    void aNameThatIsAnotherBucketsNowStandsForTheNewOne() {
        Bucket old = create("abc");
        assertEquals(old, other.require("abc"));
        assertEquals(old, buckets.require("abc"));
        assertInstanceOf(DeleteBucketOutcome.Deleted.class, other.delete("abc"));
        Bucket made = create("abc");
        assertEquals(made, buckets.require("abc"), "who made it knows at once");
        Buckets third = process();
        assertEquals(made, third.require("abc"));
        assertInstanceOf(DeleteBucketOutcome.Deleted.class, buckets.delete("abc"));
        Bucket last = create("abc");
        assertEquals(Optional.empty(), third.byId(last.id()), "not the one that it still shows");
        clock.advance(CACHE);
        assertEquals(Optional.of(last), third.byId(last.id()));
    }

    @Test
    void aDeletionWaitsUntilNobodyShowsTheBucketAnyMore() {
        Bucket made = create("abc");
        assertEquals(made, buckets.require("abc"));
        assertEquals(made, other.require("abc"));
        meanwhile =
                () -> {
                    assertTrue(buckets.get("abc").isEmpty());
                    assertTrue(buckets.byId(made.id()).isEmpty());
                    assertTrue(process().get("abc").isEmpty());
                    assertEquals(List.of(), other.list());
                    clock.advance(CACHE);
                    assertTrue(other.get("abc").isEmpty());
                    assertTrue(space.get(StoreKeys.bucket("abc")) != null);
                };
        assertInstanceOf(DeleteBucketOutcome.Deleted.class, buckets.delete("abc"));
        // Once for those who show it, once for the commits of those who did.
        assertEquals(List.of(CACHE.multipliedBy(2)), pauses);
    }

    @Test
    void aBucketThatHoldsSomethingIsNotHiddenToTellThat() {
        commit(StoreKeys.object(create("abc").id(), new byte[] {'k'}));
        assertEquals(new DeleteBucketOutcome.NotEmpty("objects"), buckets.delete("abc"));
        assertEquals(List.of(), pauses);
    }

    @Test
    void aDeletionThatWasTakenBackMeanwhileBeginsAgain() {
        Bucket made = create("abc");
        meanwhile =
                () -> {
                    mark("abc", 0);
                    meanwhile = () -> {};
                };
        assertInstanceOf(DeleteBucketOutcome.Deleted.class, buckets.delete("abc"));
        assertEquals(2, pauses.size());
        assertEquals(null, space.get(StoreKeys.bucket("abc")));
        assertEquals(null, space.get(StoreKeys.bucketName(made.id())));
        create("abe");
        meanwhile =
                () -> {
                    mark("abe", 0);
                    Bucket abe = other.require("abe");
                    meanwhile = () -> commit(StoreKeys.object(abe.id(), new byte[] {'k'}));
                };
        assertEquals(new DeleteBucketOutcome.NotEmpty("objects"), buckets.delete("abe"));
        assertTrue(process().get("abe").isPresent());
    }

    @Test
    void noMoreThanTenThousandBucketsAreHeldInMemory() {
        List<String> names = IntStream.range(0, 10_001).mapToObj("bucket-%05d"::formatted).toList();
        putAll(names);
        String first = names.getFirst();
        names.subList(0, 10_000).forEach(buckets::require);
        mark(first, 1);
        assertTrue(buckets.get(first).isPresent(), "from memory");
        buckets.require(names.getLast());
        assertTrue(buckets.get(first).isEmpty(), "as it is now");
    }

    @Test
    void whatABucketHoldsKeepsItAndIsSaid() {
        Bucket made = create("abc");
        byte[] object = StoreKeys.object(made.id(), new byte[] {'k'});
        byte[] upload = StoreKeys.upload(made.id(), new byte[] {'k'}, new byte[16]);
        commit(object);
        assertEquals(new DeleteBucketOutcome.NotEmpty("objects"), buckets.delete("abc"));
        space.tryCommit(Batch.builder().delete(object));
        commit(upload);
        assertEquals(new DeleteBucketOutcome.NotEmpty("unfinished uploads"), buckets.delete("abc"));
        assertTrue(other.get("abc").isPresent());
        space.tryCommit(Batch.builder().delete(upload));
        commit(StoreKeys.objectCount(made.id(), 3));
        commit(StoreKeys.object(made.id() + 1, new byte[] {'k'}));
        assertInstanceOf(DeleteBucketOutcome.Deleted.class, buckets.delete("abc"));
        assertTrue(space.scan(Scan.prefix(StoreKeys.counters(made.id()), 1)).isEmpty());
        assertEquals(null, space.get(StoreKeys.bucketName(made.id())));
        assertEquals(null, space.get(StoreKeys.bucket("abc")));
    }

    @Test
    void aBucketThatIsBeingDeletedIsShownToNobodyAndChangedByNobody() {
        Bucket made = create("abc");
        create("abd");
        mark("abc", space.now().toEpochMilli());
        clock.advance(CACHE);
        assertTrue(buckets.get("abc").isEmpty());
        assertTrue(buckets.byId(made.id()).isEmpty());
        assertEquals(List.of("abd"), buckets.list().stream().map(Bucket::name).toList());
        assertInstanceOf(
                CreateBucketOutcome.Exists.class, buckets.create("abc", "root", BucketAcl.PRIVATE));
        assertInstanceOf(DeleteBucketOutcome.NoSuchBucket.class, buckets.delete("abc"));
        assertCode(
                StoreException.Code.NO_SUCH_BUCKET,
                () -> buckets.setAcl("abc", BucketAcl.PUBLIC_READ));
        assertCode(StoreException.Code.NO_SUCH_BUCKET, () -> buckets.setCors("xyz", List.of()));
    }

    @Test
    void aDeletionThatACrashCutOffIsTakenBackAfterAMinute() {
        create("abc");
        create("abd");
        create("abe");
        long now = space.now().toEpochMilli();
        mark("abc", now - 61_000);
        mark("abd", now - 30_000);
        assertEquals(1, buckets.restoreStaleDeletions(space));
        assertEquals(List.of("abc", "abe"), buckets.list().stream().map(Bucket::name).toList());
        assertEquals(0, buckets.restoreStaleDeletions(space));
    }

    private void mark(String name, long since) {
        byte[] key = StoreKeys.bucket(name);
        BucketRow row = BucketRow.decode(java.util.Objects.requireNonNull(space.get(key)));
        space.tryCommit(Batch.builder().put(key, row.deletingSince(since).encode()));
    }

    @Test
    void aSuccessIsConfirmedOnlyWhileTheBucketLives() {
        Bucket made = create("abc");
        long since = clock.monotonic().nanos();
        clock.advance(CACHE.minusNanos(1));
        mark("abc", 1);
        assertDoesNotThrow(() -> buckets.confirm(made, since), "within the cache's time");
        clock.advance(Duration.ofNanos(1));
        assertCode(StoreException.Code.NO_SUCH_BUCKET, () -> buckets.confirm(made, since));
        mark("abc", 0);
        assertDoesNotThrow(() -> buckets.confirm(made, since));
        assertInstanceOf(DeleteBucketOutcome.Deleted.class, buckets.delete("abc"));
        StoreException gone =
                assertCode(StoreException.Code.NO_SUCH_BUCKET, () -> buckets.confirm(made, since));
        assertEquals("there is no bucket abc", gone.getMessage());
        create("abc");
        assertCode(StoreException.Code.NO_SUCH_BUCKET, () -> buckets.confirm(made, since));
    }

    @Test
    void rulesThatAreReplacedAloneKeepTheMark() {
        create("abc");
        assertTrue(buckets.setCors("abc", List.of(rule(200)), true).corsVary());
        assertTrue(buckets.setCors("abc", List.of(rule(201))).corsVary());
        assertEquals(false, buckets.setCors("abc", List.of()).corsVary());
        assertEquals(false, buckets.setCors("abc", List.of(rule(202))).corsVary());
    }

    @Test
    void whoIsAloneWaitsForNobodyToDeleteABucket() {
        Buckets alone = process(true);
        create("abc");
        clock.advance(Duration.ofNanos(1));
        long before = clock.clocks().monotonic().nanos();
        Bucket made = alone.require("abc");
        assertDoesNotThrow(() -> alone.confirm(made, before));
        clock.advance(Duration.ofNanos(1));
        assertInstanceOf(DeleteBucketOutcome.Deleted.class, alone.delete("abc"));
        assertEquals(List.of(), pauses);
        assertTrue(alone.get("abc").isEmpty());
        assertTrue(alone.byId(made.id()).isEmpty());
        clock.advance(Duration.ofNanos(1));
        assertCode(StoreException.Code.NO_SUCH_BUCKET, () -> alone.confirm(made, before));
        Bucket kept = create("abd");
        long during = clock.clocks().monotonic().nanos();
        commit(StoreKeys.object(kept.id(), new byte[] {'k'}));
        assertInstanceOf(DeleteBucketOutcome.NotEmpty.class, alone.delete("abd"));
        assertDoesNotThrow(() -> alone.confirm(kept, during));
    }

    @Test
    void whatWasLookedUpBeforeADeletionIsLookedUpAgainAfterIt() {
        Buckets alone = process(true);
        create("abc");
        create("abd");
        clock.advance(Duration.ofNanos(1));
        assertEquals(BucketAcl.PRIVATE, alone.require("abc").acl());
        buckets.setAcl("abc", BucketAcl.PUBLIC_READ);
        assertEquals(BucketAcl.PRIVATE, alone.require("abc").acl(), "from memory");
        assertInstanceOf(DeleteBucketOutcome.Deleted.class, alone.delete("abd"));
        assertEquals(BucketAcl.PUBLIC_READ, alone.require("abc").acl());
    }

    @Test
    void settingsTakeAtMost32Kibibytes() {
        create("abc");
        int least = buckets.setCors("abc", List.of(rule(200))).cors().size();
        assertEquals(1, least);
        int frame =
                new BucketRow(
                                        other.require("abc").id(),
                                        "root",
                                        "here",
                                        false,
                                        BucketAcl.PRIVATE,
                                        List.of(rule(30_000)),
                                        false,
                                        START.toEpochMilli(),
                                        0)
                                .encode()
                                .length
                        - 30_000;
        assertDoesNotThrow(() -> buckets.setCors("abc", List.of(rule(32 * 1024 - frame))));
        StoreException large =
                assertCode(
                        StoreException.Code.INVALID_ARGUMENT,
                        () -> buckets.setCors("abc", List.of(rule(32 * 1024 - frame + 1))));
        assertEquals("a bucket's settings take at most 32768 bytes", large.getMessage());
        assertEquals(List.of(), buckets.setCors("abc", List.of()).cors());
    }

    private static CorsRule rule(int idBytes) {
        return new CorsRule(
                "i".repeat(idBytes), List.of("*"), List.of("GET"), List.of(), List.of(), -1);
    }

    @Test
    void allBucketsAreListedInOrderHoweverMany() {
        for (int count : new int[] {999, 1000, 1001}) {
            putAll(names(count));
            assertEquals(names(count), buckets.list().stream().map(Bucket::name).toList());
        }
    }

    @Tag("slow")
    @Test
    void aDeletionThatWasCutOffIsTakenBackHoweverManyBucketsStandBeforeIt() {
        putAll(names(10_000));
        put("last", 1);
        assertEquals(1, buckets.restoreStaleDeletions(space));
        assertTrue(buckets.get("last").isPresent());
    }

    private void putAll(List<String> names) {
        for (int from = 0; from < names.size(); from += 2000) {
            Batch.Builder batch = Batch.builder();
            names.subList(from, Math.min(from + 2000, names.size()))
                    .forEach(n -> batch.put(StoreKeys.bucket(n), record(0)));
            assertTrue(space.tryCommit(batch));
        }
    }

    private static List<String> names(int count) {
        return IntStream.range(0, count).mapToObj("bucket-%04d"::formatted).toList();
    }

    private void put(String name, long deletingSince) {
        Batch.Builder batch = Batch.builder();
        assertTrue(space.tryCommit(batch.put(StoreKeys.bucket(name), record(deletingSince))));
    }

    private static byte[] record(long deletingSince) {
        return new BucketRow(
                        7,
                        "root",
                        "here",
                        false,
                        BucketAcl.PRIVATE,
                        List.of(),
                        false,
                        0,
                        deletingSince)
                .encode();
    }

    private void commit(byte[] key) {
        byte[] value = "12345678".getBytes(StandardCharsets.US_ASCII);
        assertTrue(space.tryCommit(Batch.builder().put(key, value)));
    }

    private static StoreException assertCode(
            StoreException.Code code, org.junit.jupiter.api.function.Executable call) {
        StoreException failure = assertThrows(StoreException.class, call);
        assertEquals(code, failure.code());
        return failure;
    }
}
