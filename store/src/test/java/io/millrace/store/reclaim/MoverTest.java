package io.millrace.store.reclaim;

import static io.millrace.store.Bench.BUCKET;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.ExtentRef;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.keyspace.Keys;
import io.millrace.store.Bench;
import io.millrace.store.content.ContentRow;
import io.millrace.store.content.OwnerRow;
import io.millrace.store.objects.CopyObject;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bytes are moved with all who own them, or the copy is given up; nobody reads anything else. */
class MoverTest {
    private static final byte[] OWNERS = {'V', 'o'};

    @TempDir static Path directory;
    private static Bench.Ground ground;
    private Bench bench;
    private Mover mover;

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
        mover = new Mover(bench.core);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private void assertMoved(ExtentRef old) {
        assertEquals(List.of(), bench.rows(StoreKeys.owners(old)));
        assertEquals(old.length(), bench.dead(old.volume()));
        ExtentRef now = bench.owned().getLast();
        assertTrue(now.volume() > old.volume());
        assertEquals(0, bench.dead(now.volume()));
        assertFalse(bench.core.pins().pinned(now.volume()), "who reads it keeps it from now on");
        bench.extents.delete(old.volume());
    }

    @Test
    void eachKindOfOwnerReadsTheSameBytesAfterwards() {
        ExtentRef direct = bench.sealed("direct", 300_000);
        assertEquals(300_000, mover.move(direct));
        assertMoved(direct);
        assertArrayEquals(Bench.bytes("direct", 300_000), bench.get("direct"));
        byte[] grown = Bench.bytes("grown", 50_000);
        bench.append("grown", 0, grown);
        ExtentRef content = bench.owned().getLast();
        bench.extents.seal(content.volume());
        assertEquals(50_000, mover.move(content));
        assertMoved(content);
        assertArrayEquals(grown, bench.get("grown"));
        bench.append("grown", 50_000, grown);
        ExtentRef later = bench.owned().getLast();
        bench.extents.seal(later.volume());
        assertEquals(50_000, mover.move(later));
        assertEquals(List.of(), bench.rows(StoreKeys.owners(later)));
        assertEquals(100_000, bench.get("grown").length);
        String id = bench.initiate("up");
        byte[] bytes = Bench.bytes("part", 60_000);
        var named = bench.part("up", id, 3, bytes);
        ExtentRef part = bench.owned().getLast();
        bench.extents.seal(part.volume());
        assertEquals(60_000, mover.move(part));
        assertMoved(part);
        bench.complete("up", id, List.of(named));
        assertArrayEquals(bytes, bench.get("up"));
    }

    @Test
    void allOwnersOfAnExtentGoOverHoweverManyThereAre() {
        ExtentRef old = bench.sealed("k", 20_000);
        for (int i = 0; i < 230; i++) {
            bench.copy("k", "copy" + i);
        }
        assertEquals(20_000, mover.move(old));
        assertMoved(old);
        for (String key : List.of("k", "copy0", "copy229")) {
            assertArrayEquals(Bench.bytes("k", 20_000), bench.get(key));
        }
    }

    @Test
    void ownersWithMuchMetadataGoOverInAsFewCommitsAsTheyFitInto() {
        ExtentRef old = bench.sealed("k", 20_000);
        ObjectMetadata metadata = new ObjectMetadata(null, Map.of(), Map.of("n", "n".repeat(8000)));
        for (int i = 0; i < 60; i++) {
            bench.objects.copy(CopyObject.of(BUCKET, "k", BUCKET, "copy" + i).with(metadata));
        }
        int[] commits = {0};
        count(commits);
        assertEquals(20_000, mover.move(old));
        assertEquals(2, commits[0]);
        assertMoved(old);
        assertArrayEquals(Bench.bytes("k", 20_000), bench.get("copy59"));
    }

    private void count(int[] commits) {
        bench.before(
                OWNERS,
                () -> {
                    commits[0]++;
                    count(commits);
                });
    }

    @Test
    void anOwnerBehindManyThatAreOnTheirWayOutIsFound() {
        for (int i = 0; i < 300; i++) {
            bench.core.ids().next();
        }
        ExtentRef old = bench.sealed("k", 20_000);
        Entry owner = bench.rows(StoreKeys.owners(old)).getFirst();
        Batch.Builder others = Batch.builder();
        for (int i = 1; i <= 210; i++) {
            others.put(StoreKeys.owner(old, i), owner.value());
        }
        assertTrue(bench.commit(others.build()).committed());
        assertEquals(20_000, mover.move(old));
        assertEquals(210, bench.rows(StoreKeys.owners(old)).size());
        assertTrue(bench.owned().getLast().volume() > old.volume());
        assertArrayEquals(Bench.bytes("k", 20_000), bench.get("k"));
    }

    @Test
    void aMoveThatNobodyKnowsOfAndThatWasNotMadeIsInDoubt() {
        ExtentRef old = bench.sealed("k", 20_000);
        bench.atCommitOf(OWNERS, batch -> new CommitOutcome.Unknown("the connection broke"));
        StoreException doubt = assertThrows(StoreException.class, () -> mover.move(old));
        assertEquals(StoreException.Code.COMMIT_UNKNOWN, doubt.code());
        assertEquals(List.of(old), bench.owned());
    }

    @Test
    void aCopyOfWhatEverybodyLetGoMeanwhileIsDead() {
        ExtentRef old = bench.sealed("k", 20_000);
        int[] looks = {0};
        bench.scans =
                scan -> {
                    if (Keys.startsWith(scan.from(), StoreKeys.owners(old)) && ++looks[0] == 2) {
                        bench.put("k", 100);
                    }
                };
        mover.move(old);
        bench.scans = scan -> {};
        long target = bench.extents.list().getLast().volume();
        assertTrue(target > old.volume());
        assertEquals(20_000, bench.dead(target));
        assertFalse(bench.core.pins().pinned(target));
    }

    @Test
    void anExtentWhoseOwnersAreAllOnTheirWayOutIsNotCopied() {
        ExtentRef old = bench.sealed("k", 20_000);
        for (int i = 0; i < 230; i++) {
            bench.copy("k", "copy" + i);
        }
        for (int i = 0; i < 230; i++) {
            bench.delete("copy" + i);
        }
        assertEquals(231, bench.rows(StoreKeys.owners(old)).size());
        bench.delete("k");
        long used = used();
        assertEquals(0, mover.move(old));
        assertEquals(used, used());
        assertEquals(231, bench.rows(StoreKeys.owners(old)).size());
    }

    @Test
    void whoseRecordIsAnothersOrNamesAnotherExtentIsNotMoved() {
        ExtentRef old = bench.sealed("put", 20_000);
        bench.put("put", 30_000);
        assertEquals(0, mover.move(old), "another incarnation");
        String id = bench.initiate("up");
        bench.part("up", id, 3, Bench.bytes("once", 60_000));
        ExtentRef part = bench.owned().getLast();
        bench.part("up", id, 3, Bench.bytes("again", 60_000));
        assertEquals(0, mover.move(part), "another part");
        bench.append("grown", 0, Bench.bytes("grown", 50_000));
        ExtentRef grown = bench.owned().getLast();
        bench.put("direct", 70_000);
        ExtentRef direct = bench.owned().getLast();
        for (ExtentRef ref : List.of(grown, direct, bench.owned().get(2))) {
            Entry owner = bench.rows(StoreKeys.owners(ref)).getFirst();
            ExtentRef other =
                    new ExtentRef(ref.store(), 1, ref.volume(), ref.offset() + 1, ref.length());
            long number = StoreKeys.ownerId(owner.key());
            bench.write(
                    StoreKeys.owner(other, number), OwnerRow.decode(owner.value()).encode(other));
            assertEquals(0, mover.move(other), "another extent");
        }
        for (Entry row : bench.rows('X')) {
            bench.write(row.key(), new ContentRow.Inline(new byte[5]).encode());
        }
        assertEquals(0, mover.move(grown), "no extent at all");
        bench.erase(bench.rows('M').getFirst().key());
        assertEquals(0, mover.move(direct), "no record");
    }

    @Test
    void whoStaysWithTheOldExtentKeepsItFromCountingAsDead() {
        ExtentRef old = bench.sealed("gone", 20_000);
        bench.copy("gone", "stays");
        bench.delete("gone");
        assertEquals(20_000, mover.move(old));
        assertEquals(1, bench.rows(StoreKeys.owners(old)).size());
        assertEquals(0, bench.dead(old.volume()));
        assertEquals(1, new Reclaimer(bench.core).free(bench.now() + 1, false));
        assertEquals(20_000, bench.dead(old.volume()));
        assertArrayEquals(Bench.bytes("gone", 20_000), bench.get("stays"));
    }

    private long used() {
        return bench.extents.list().stream().mapToLong(v -> v.usedBytes()).sum();
    }

    @Test
    void ofTwoOwnersOneThatChangesMeanwhileKeepsTheOtherNotFromGoingOver() {
        ExtentRef old = bench.sealed("k", 20_000);
        bench.copy("k", "copy");
        bench.before(OWNERS, () -> bench.put("k", 100));
        assertEquals(20_000, mover.move(old));
        assertTrue(bench.happened());
        assertEquals(1, bench.rows(StoreKeys.owners(old)).size(), "the one that was overwritten");
        assertArrayEquals(Bench.bytes("k", 100), bench.get("k"));
        assertArrayEquals(Bench.bytes("k", 20_000), bench.get("copy"));
        ExtentRef now = bench.owned().getLast();
        assertTrue(now.volume() > old.volume());
        assertEquals(0, bench.dead(now.volume()));
    }

    @Test
    void aCopyThatNobodyTookIsDeadAndKeepsNoVolume() {
        ExtentRef old = bench.sealed("k", 20_000);
        bench.before(OWNERS, () -> bench.put("k", 100));
        assertEquals(20_000, mover.move(old), "so many bytes were written");
        long target = bench.extents.list().getLast().volume();
        assertTrue(target > old.volume());
        assertEquals(20_000, bench.dead(target));
        assertFalse(bench.core.pins().pinned(target));
        assertEquals(0, bench.dead(old.volume()));
    }

    @Test
    void aCopyInDoubtIsKept() {
        ExtentRef old = bench.sealed("k", 20_000);
        bench.atCommitOf(
                OWNERS,
                batch -> {
                    bench.commit(batch);
                    bench.gets =
                            key -> {
                                throw new KeySpaceException(
                                        KeySpaceException.Code.UNAVAILABLE, "broken");
                            };
                    return new CommitOutcome.Unknown("the connection broke");
                });
        StoreException doubt = assertThrows(StoreException.class, () -> mover.move(old));
        assertEquals(StoreException.Code.COMMIT_UNKNOWN, doubt.code());
        bench.gets = key -> {};
        ExtentRef now = bench.owned().getLast();
        assertTrue(now.volume() > old.volume());
        assertEquals(0, bench.dead(now.volume()), "it has an owner in fact");
        assertTrue(bench.core.pins().pinned(now.volume()));
        assertArrayEquals(Bench.bytes("k", 20_000), bench.get("k"));
    }

    @Test
    void aMoveWhoseAnswerGotLostIsOne() {
        ExtentRef old = bench.sealed("k", 20_000);
        bench.atCommitOf(
                OWNERS,
                batch -> {
                    bench.commit(batch);
                    return new CommitOutcome.Unknown("the connection broke");
                });
        assertEquals(20_000, mover.move(old));
        assertMoved(old);
        assertArrayEquals(Bench.bytes("k", 20_000), bench.get("k"));
    }

    @Test
    void aFailureInBetweenGivesTheCopyUp() {
        ExtentRef old = bench.sealed("k", 20_000);
        bench.atCommitOf(
                OWNERS,
                batch -> {
                    throw new KeySpaceException(KeySpaceException.Code.UNAVAILABLE, "broken");
                });
        StoreException failed = assertThrows(StoreException.class, () -> mover.move(old));
        assertEquals(StoreException.Code.UNAVAILABLE, failed.code());
        long target = bench.extents.list().getLast().volume();
        assertEquals(20_000, bench.dead(target));
        assertFalse(bench.core.pins().pinned(target));
    }

    @Test
    void whatCantBeReadIsNotMoved() {
        ExtentRef old = bench.sealed("k", 300_000);
        bench.flip(old);
        StoreException told = assertThrows(StoreException.class, () -> mover.move(old));
        assertEquals(StoreException.Code.CORRUPT, told.code());
        assertEquals(List.of(old), bench.owned());
        bench.extents.delete(old.volume());
        StoreException gone = assertThrows(StoreException.class, () -> mover.move(old));
        assertEquals(StoreException.Code.STORAGE_FAILED, gone.code());
        assertEquals(List.of(old), bench.owned());
    }
}
