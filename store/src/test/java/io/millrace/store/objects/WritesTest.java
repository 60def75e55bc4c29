package io.millrace.store.objects;

import static io.millrace.store.Bench.BUCKET;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.kit.Crc64;
import io.millrace.store.Bench;
import io.millrace.store.content.ExpectedDigests;
import io.millrace.store.space.StoreException;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a write answers to a body that is not as announced, and what becomes of bytes it took in.
 */
class WritesTest {
    private static final int LARGE = 100_000;

    @TempDir static Path directory;
    private static Bench.Ground ground;
    private Bench bench;

    @BeforeAll
    static void begin() {
        ground = new Bench.Ground(directory);
    }

    @AfterAll
    static void end() {
        ground.close();
    }

    @BeforeEach
    void open() {
        bench = new Bench(ground);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private static InputStream body(int size) {
        return new ByteArrayInputStream(Bench.bytes("k", size));
    }

    private static PutObject put(long size) {
        return PutObject.of(BUCKET, "k", size);
    }

    private static AppendObject append(long size) {
        return AppendObject.of(BUCKET, "k", 0, size);
    }

    @Test
    void aBodyThatIsNotAsAnnouncedIsToldWithBothFigures() {
        for (int size : new int[] {10, LARGE}) {
            String actual = Long.toUnsignedString(Crc64.of(Bench.bytes("k", size)));
            ExpectedDigests seven = ExpectedDigests.NONE.withCrc64(7);
            assertEquals(
                    new PutOutcome.DigestMismatch("crc64", "7", actual),
                    bench.objects.put(put(size).with(seven), body(size)));
            assertEquals(
                    new AppendOutcome.DigestMismatch("crc64", "7", actual),
                    bench.objects.append(append(size).with(seven), body(size)));
            assertEquals(
                    new PutOutcome.IncompleteBody(size + 1, size),
                    bench.objects.put(put(size + 1), body(size)));
            assertEquals(
                    new AppendOutcome.IncompleteBody(size + 1, size),
                    bench.objects.append(append(size + 1), body(size)));
        }
        assertEquals(
                new PutOutcome.TooLarge(Objects.MAX_BYTES),
                bench.objects.put(put(Objects.MAX_BYTES + 1), body(10)));
        assertTrue(bench.objects.head(BUCKET, "k").isEmpty());
        assertEquals(List.of(), bench.owned());
    }

    @Test
    void whatIsThereWhenTheBodyHasComeDecidesAndTheBytesOfTheLoserAreDead() {
        InputStream slow =
                new ByteArrayInputStream(Bench.bytes("late", LARGE)) {
                    @Override
                    public synchronized int read(byte[] into, int offset, int length) {
                        if (bench.objects.head(BUCKET, "k").isEmpty()) {
                            bench.put("k", LARGE / 2);
                        }
                        return super.read(into, offset, length);
                    }
                };
        PutOutcome outcome = bench.objects.put(put(LARGE).with(WriteConditions.ABSENT), slow);
        ObjectInfo first = bench.objects.head(BUCKET, "k").orElseThrow();
        assertEquals(new PutOutcome.PreconditionFailed(first), outcome);
        assertArrayEquals(Bench.bytes("k", LARGE / 2), bench.get("k"));
        assertEquals(LARGE, dead());
        assertFalse(pinned());
    }

    private long dead() {
        return bench.extents.list().stream().mapToLong(v -> bench.dead(v.volume())).sum();
    }

    private boolean pinned() {
        return bench.extents.list().stream().anyMatch(v -> bench.core.pins().pinned(v.volume()));
    }

    @Test
    void whoIsOvertakenAtItsCommitComesAfterTheOther() {
        bench.before(new byte[] {'M'}, () -> bench.put("k", LARGE / 2));
        PutOutcome outcome = bench.objects.put(put(LARGE), body(LARGE));
        assertTrue(bench.happened());
        assertInstanceOf(PutOutcome.Stored.class, outcome);
        assertArrayEquals(Bench.bytes("k", LARGE), bench.get("k"));
        assertEquals(1, bench.rows('D').size(), "the other's bytes are let go");
        assertEquals(0, dead());
        assertFalse(pinned());
    }

    @Test
    void whoAppendsOrSealsBehindAnotherIsToldWhereTheObjectEndsNow() {
        bench.append("k", 0, Bench.bytes("k", 10));
        bench.before(new byte[] {'M'}, () -> bench.append("k", 10, Bench.bytes("k", 5)));
        AppendOutcome outcome =
                bench.objects.append(AppendObject.of(BUCKET, "k", 10, LARGE), body(LARGE));
        assertTrue(bench.happened());
        assertEquals(
                15, assertInstanceOf(AppendOutcome.PositionMismatch.class, outcome).nextPosition());
        assertEquals(LARGE, dead());
        assertFalse(pinned());
        bench.before(new byte[] {'M'}, () -> bench.append("k", 15, Bench.bytes("k", 5)));
        SealOutcome seal = bench.objects.seal(BUCKET, "k", 15);
        assertEquals(20, assertInstanceOf(SealOutcome.PositionMismatch.class, seal).nextPosition());
    }

    @Test
    void aCopyIsOfWhatItsSourceHoldsAtTheCommit() {
        bench.put("k", LARGE);
        bench.before(new byte[] {'M'}, () -> bench.put("k", LARGE / 2));
        bench.copy("k", "l");
        assertTrue(bench.happened());
        assertArrayEquals(Bench.bytes("k", LARGE / 2), bench.get("l"));
        bench.put("k", 10);
        boolean[] overwritten = {false};
        bench.gets =
                key -> {
                    if (key[0] == 'X' && !overwritten[0]) {
                        overwritten[0] = true;
                        bench.put("k", 20);
                    }
                };
        bench.copy("k", "l");
        assertTrue(overwritten[0], "between the look at its record and that at its bytes");
        assertArrayEquals(Bench.bytes("k", 20), bench.get("l"));
    }

    @Test
    void whoeverIsOvertakenAtADeletionDeletesWhatIsThereThen() {
        bench.put("k", LARGE);
        bench.before(new byte[] {'M'}, () -> bench.put("k", LARGE / 2));
        DeleteOutcome outcome = bench.objects.delete(BUCKET, "k");
        assertTrue(bench.happened());
        ObjectInfo deleted = assertInstanceOf(DeleteOutcome.Deleted.class, outcome).info();
        assertEquals(LARGE / 2, deleted.sizeBytes());
        assertEquals(List.of(), bench.rows('M'));
        assertEquals(2, bench.rows('D').size());
        assertEquals(new DeleteOutcome.Absent(), bench.objects.delete(BUCKET, "k"));
    }

    @Test
    void manyDeletionsTellWhatEachDeletedAndLetGoOneByOneAlsoWhenOneIsOvertaken() {
        for (boolean overtaken : new boolean[] {false, true}) {
            bench.put("k", LARGE);
            bench.put("l", LARGE);
            ObjectInfo other = bench.objects.head(BUCKET, "l").orElseThrow();
            List<ObjectInfo> first = new ArrayList<>();
            Runnable look = () -> first.add(bench.objects.head(BUCKET, "k").orElseThrow());
            if (overtaken) {
                bench.before(
                        new byte[] {'M'},
                        () -> {
                            bench.put("k", LARGE / 2);
                            look.run();
                        });
            } else {
                look.run();
            }
            int before = bench.rows('D').size();
            List<DeleteOutcome> outcomes =
                    bench.objects.deleteMany(BUCKET, List.of("k", "none", "l"));
            assertEquals(
                    List.of(
                            new DeleteOutcome.Deleted(first.getFirst()),
                            new DeleteOutcome.Absent(),
                            new DeleteOutcome.Deleted(other)),
                    outcomes);
            assertEquals(List.of(), bench.rows('M'));
            assertEquals(before + (overtaken ? 3 : 2), bench.rows('D').size());
        }
        assertEquals(
                List.of(new DeleteOutcome.Absent()),
                bench.objects.deleteMany(BUCKET, List.of("none")));
    }

    @Test
    void manyDeletionsWhoseAnswerGotLostAreMadeOnce() {
        bench.put("k", LARGE);
        bench.put("l", LARGE);
        bench.atCommitOf(
                new byte[] {'M'},
                batch -> {
                    bench.commit(batch);
                    return new CommitOutcome.Unknown("the connection broke");
                });
        List<DeleteOutcome> outcomes = bench.objects.deleteMany(BUCKET, List.of("k", "l"));
        assertTrue(outcomes.stream().allMatch(o -> o instanceof DeleteOutcome.Deleted));
        assertEquals(2, bench.rows('D').size());
    }

    @Test
    void aConditionOnADeletionIsJudgedByWhatIsThere() {
        bench.put("k", 10);
        ObjectInfo there = bench.objects.head(BUCKET, "k").orElseThrow();
        assertEquals(
                new DeleteOutcome.PreconditionFailed(there),
                bench.objects.delete(BUCKET, "k", WriteConditions.ifMatch("other")));
        assertEquals(
                new DeleteOutcome.Deleted(there),
                bench.objects.delete(BUCKET, "k", WriteConditions.ifMatch(there.etag())));
    }

    @Test
    void aCommitOfWhichNobodyKnowsAndThatTheLogDoesNotHaveIsNotAcknowledged() {
        for (Executable write : writes()) {
            bench.atCommitOf(
                    new byte[] {'M'}, batch -> new CommitOutcome.Unknown("the connection broke"));
            StoreException doubt = assertThrows(StoreException.class, write);
            assertEquals(StoreException.Code.COMMIT_UNKNOWN, doubt.code());
            assertTrue(bench.objects.head(BUCKET, "k").isEmpty());
        }
        assertEquals(0, dead(), "it may be made yet");
    }

    @Test
    void whatIsReplacedAtTheSameMomentIsLetGoOneByOne() {
        for (String key : List.of("k", "l")) {
            bench.put(key, LARGE);
            bench.put(key, 10);
        }
        assertEquals(2, bench.rows('D').size());
    }

    @Test
    void anEmptyObjectIsItsRecordAlone() {
        bench.put("k", 0);
        bench.put("k", 0);
        assertEquals(0, bench.get("k").length);
        assertEquals(List.of(), bench.rows('X'));
        assertEquals(List.of(), bench.rows('D'));
    }

    @Test
    void manyKeysAreDeletedInAsFewCommitsAsTheyFitInto() {
        ObjectMetadata metadata = new ObjectMetadata(null, Map.of(), Map.of("n", "n".repeat(8000)));
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            String key = "k".repeat(1_000) + i;
            keys.add(key);
            bench.objects.put(PutObject.of(BUCKET, key, 1).with(metadata), new byte[1]);
        }
        int[] commits = {0};
        count(commits);
        List<DeleteOutcome> outcomes = bench.objects.deleteMany(BUCKET, keys);
        assertTrue(outcomes.stream().allMatch(o -> o instanceof DeleteOutcome.Deleted));
        assertEquals(2, commits[0]);
        assertEquals(List.of(), bench.rows('M'));
    }

    private void count(int[] commits) {
        bench.before(
                new byte[] {'M'},
                () -> {
                    commits[0]++;
                    count(commits);
                });
    }

    private List<Executable> writes() {
        return List.of(
                () -> bench.objects.put(put(LARGE), body(LARGE)),
                () -> bench.objects.append(append(LARGE), body(LARGE)));
    }

    @Test
    void bytesWhoseCommitIsInDoubtAreKept() {
        for (Executable write : writes()) {
            bench.delete("k");
            bench.atCommitOf(
                    new byte[] {'M'},
                    batch -> {
                        bench.commit(batch);
                        bench.gets = key -> unavailable();
                        bench.scans = scan -> unavailable();
                        return new CommitOutcome.Unknown("the connection broke");
                    });
            StoreException doubt = assertThrows(StoreException.class, write);
            assertEquals(StoreException.Code.COMMIT_UNKNOWN, doubt.code());
            bench.gets = key -> {};
            bench.scans = scan -> {};
            assertArrayEquals(Bench.bytes("k", LARGE), bench.get("k"));
            assertEquals(0, dead());
            assertTrue(pinned());
        }
    }

    private static void unavailable() {
        throw new KeySpaceException(KeySpaceException.Code.UNAVAILABLE, "broken");
    }

    @Test
    void bytesThatNoCommitWillEverNameAreDead() {
        long before = 0;
        for (Executable write : writes()) {
            bench.before(new byte[] {'M'}, WritesTest::unavailable);
            StoreException failed = assertThrows(StoreException.class, write);
            assertEquals(StoreException.Code.UNAVAILABLE, failed.code());
            before += LARGE;
            assertEquals(before, dead());
            assertFalse(pinned());
        }
    }

    @Test
    void aSealIsAVersionOfItsOwnAndTellsLaterAppendsHowTheObjectStands() {
        bench.append("k", 0, Bench.bytes("k", 10));
        ObjectInfo grown = bench.objects.head(BUCKET, "k").orElseThrow();
        SealOutcome outcome = bench.objects.seal(BUCKET, "k", 10);
        ObjectInfo sealed = assertInstanceOf(SealOutcome.Sealed.class, outcome).info();
        assertTrue(sealed.versionId() > grown.versionId());
        assertEquals(
                new AppendOutcome.Sealed(sealed),
                bench.objects.append(AppendObject.of(BUCKET, "k", 10, 10), body(10)));
    }
}
