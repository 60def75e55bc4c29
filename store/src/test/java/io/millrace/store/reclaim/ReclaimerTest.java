package io.millrace.store.reclaim;

import static io.millrace.store.Bench.BUCKET;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.ExtentRef;
import io.millrace.extents.StoreId;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.store.Bench;
import io.millrace.store.content.ContentRow;
import io.millrace.store.content.DeletionRow;
import io.millrace.store.content.Layout;
import io.millrace.store.content.PartRow;
import io.millrace.store.content.ReadRow;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was deleted leaves nothing behind, and takes nothing with it that somebody still needs. */
class ReclaimerTest {
    @TempDir static Path directory;
    private static Bench.Ground ground;
    private Bench bench;
    private Reclaimer reclaimer;

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
        reclaimer = new Reclaimer(bench.core);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    /** Frees everything that was deleted until now. */
    private long free() {
        bench.clock.advance(Duration.ofMillis(1));
        return reclaimer.free(bench.now(), false);
    }

    private void assertNothingLeft() {
        for (byte[] family : List.of(new byte[] {'X'}, new byte[] {'D'}, new byte[] {'U', 'p'})) {
            assertEquals(List.of(), bench.rows(family));
        }
        assertEquals(List.of(), bench.rows('V', 'o'));
        assertEquals(List.of(), bench.rows('V', 'c'));
    }

    private long deadOf(List<ExtentRef> extents) {
        return extents.stream().mapToLong(ExtentRef::volume).distinct().map(bench::dead).sum();
    }

    private static long total(List<ExtentRef> extents) {
        return extents.stream().mapToLong(ExtentRef::length).sum();
    }

    @Test
    void anExtentIsDeadWhenItsLastOwnerIsFreedAndNotBefore() {
        bench.put("a", 100_000);
        bench.copy("a", "b");
        List<ExtentRef> owned = bench.owned();
        assertEquals(1, owned.size());
        bench.delete("a");
        assertEquals(1, free());
        assertEquals(0, deadOf(owned));
        assertArrayEquals(Bench.bytes("a", 100_000), bench.get("b"));
        bench.delete("b");
        assertEquals(1, free());
        assertEquals(100_000, deadOf(owned));
        assertEquals(0, free(), "once");
        assertEquals(100_000, deadOf(owned));
        assertNothingLeft();
    }

    @Test
    void whateverLayoutAnObjectHasNoneOfItsRowsStays() {
        // The rows of these two went with the deletion's own commit, but not in older versions.
        queue(1, Layout.EMPTY);
        queue(2, new Layout.OneRow(5));
        bench.write(StoreKeys.content(5, 0), new ContentRow.Inline(new byte[3]).encode());
        for (int i = 0; i < 45; i++) {
            bench.append("grown", i * 20_000L, Bench.bytes("grown" + i, 20_000));
        }
        for (int i = 0; i < 12; i++) {
            bench.append("in rows", i * 1_000L, Bench.bytes("in rows" + i, 1_000));
        }
        List<ExtentRef> owned = bench.owned();
        bench.delete("grown");
        bench.delete("in rows");
        assertEquals(4, bench.rows('D').size());
        assertEquals(4, free());
        assertNothingLeft();
        assertEquals(total(owned), deadOf(owned));
    }

    private void queue(long id, Layout layout) {
        byte[] key = StoreKeys.deletion(bench.now(), id);
        bench.write(key, new DeletionRow.OfObject(id, layout).encode());
    }

    @Test
    void aContentThatObjectsShareGoesWithTheLastOfThem() {
        bench.append("a", 0, Bench.bytes("a", 50_000));
        bench.append("a", 50_000, Bench.bytes("b", 50_000));
        bench.copy("a", "b");
        bench.copy("b", "c");
        byte[] bytes = bench.get("c");
        for (String gone : List.of("a", "b")) {
            bench.delete(gone);
            assertEquals(1, free());
            assertEquals(List.of(), bench.rows('D'));
            assertArrayEquals(bytes, bench.get("c"));
        }
        List<ExtentRef> owned = bench.owned();
        bench.delete("c");
        assertEquals(1, free());
        assertNothingLeft();
        assertEquals(total(owned), deadOf(owned));
    }

    @Test
    void ofAnUploadThePartsThatItsObjectNamesStayUntilItGoes() {
        String id = bench.initiate("up");
        bench.part("up", id, 1, Bench.bytes("again", 60_000));
        var one = bench.part("up", id, 1, Bench.bytes("one", 50_000));
        bench.part("up", id, 2, Bench.bytes("two", 70_000));
        var three = bench.part("up", id, 3, Bench.bytes("three", 300));
        List<ExtentRef> owned = bench.owned();
        bench.complete("up", id, List.of(one, three));
        byte[] bytes = bench.get("up");
        assertEquals(2, free());
        assertEquals(130_000, deadOf(owned));
        assertEquals(2, bench.rows('U', 'p').size());
        assertArrayEquals(bytes, bench.get("up"));
        bench.delete("up");
        assertEquals(1, free());
        assertEquals(180_000, deadOf(owned));
        assertNothingLeft();
    }

    @Test
    void anAbortedUploadOfAnyNumberOfPartsLeavesNone() {
        String id = bench.initiate("up");
        bench.part("up", id, 1, Bench.bytes("one", 50_000));
        Entry first = bench.rows('U', 'p').getFirst();
        long number = StoreKeys.partUpload(first.key());
        Batch.Builder more = Batch.builder();
        for (int i = 2; i <= 1_001; i++) {
            PartRow small =
                    new PartRow(
                            10_000 + i, 1, new byte[16], 0, bench.now(), new byte[1], List.of());
            more.put(StoreKeys.part(number, i), small.encode());
        }
        assertTrue(bench.commit(more.build()).committed());
        assertTrue(bench.uploads.abort(BUCKET, "up", id));
        List<ExtentRef> owned = bench.owned();
        assertEquals(1, free());
        assertNothingLeft();
        assertEquals(50_000, deadOf(owned));
    }

    @Test
    void whatWasDeletedAtTheMomentOrLaterStays() {
        queue(1, Layout.EMPTY);
        assertEquals(0, reclaimer.free(bench.now(), false));
        assertEquals(1, reclaimer.free(bench.now() + 1, false));
    }

    @Test
    void everyDeletionOfAShardHasItsTurnInOnePass() {
        Batch.Builder many = Batch.builder();
        byte[] empty = new DeletionRow.OfObject(1, Layout.EMPTY).encode();
        for (int i = 0; i < 1_200; i++) {
            many.put(StoreKeys.deletion(1_000 + i, (i % 2 == 0 ? 0 : 15) + 16L * i), empty);
        }
        assertTrue(bench.commit(many.build()).committed());
        assertEquals(1_200, free());
        assertNothingLeft();
    }

    @Test
    void whatWaitedForAReaderIsFreedHoweverLateAndWhatCameInLateToo() {
        bench.append("grown", 0, Bench.bytes("grown", 50_000));
        ObjectReader reader = bench.objects.open(BUCKET, "grown").orElseThrow();
        bench.delete("grown");
        for (int hour = 0; hour < 3; hour++) {
            bench.clock.advance(Duration.ofHours(1));
            assertEquals(0, free(), "it is read");
        }
        reader.close();
        assertEquals(1, free());
        // Nothing is left, so the next pass begins ten minutes before this one's end.
        assertEquals(0, free());
        long late = bench.now() - Duration.ofMinutes(9).toMillis();
        byte[] empty = new DeletionRow.OfObject(1, Layout.EMPTY).encode();
        bench.write(StoreKeys.deletion(late, 3), empty);
        assertEquals(1, free());
        bench.write(StoreKeys.deletion(late - Duration.ofHours(1).toMillis(), 3), empty);
        assertEquals(0, free(), "long before what every pass has seen");
        assertEquals(1, new Reclaimer(bench.core).free(bench.now(), false));
    }

    @Test
    void whatIsDeletedAfterTheClockWasSetBackIsFreedAllTheSame() {
        assertEquals(0, free());
        bench.clock.stepWall(Duration.ofHours(-1));
        queue(1, Layout.EMPTY);
        assertEquals(1, free());
        queue(1, Layout.EMPTY);
        bench.clock.advance(Duration.ofMinutes(5));
        assertEquals(1, free());
    }

    @Test
    void whatAnotherNodeReadsStaysForAsLongAsItSays() {
        bench.append("grown", 0, Bench.bytes("grown", 50_000));
        long content = content(bench.rows('X').getFirst());
        byte[] note = StoreKeys.read(content, new StoreId(1, 2));
        bench.write(note, new ReadRow(bench.now() + 1_000).encode());
        bench.delete("grown");
        assertEquals(0, free());
        bench.clock.advance(Duration.ofMillis(999));
        assertEquals(1, reclaimer.free(bench.now(), false), "until that moment");
    }

    private static long content(Entry row) {
        return ByteBuffer.wrap(row.key()).getLong(1);
    }

    @Test
    void onAShortDiskWhatThisNodesPinsGuardIsFreedAtOnceAndTheRestWhenItIsAlone() {
        bench.write(StoreKeys.extentStore(bench.store()), new byte[0]);
        bench.write(StoreKeys.extentStore(new StoreId(1, 2)), new byte[0]);
        bench.put("direct", 50_000);
        bench.append("grown", 0, Bench.bytes("grown", 50_000));
        String id = bench.initiate("up");
        bench.part("up", id, 1, Bench.bytes("again", 60_000));
        bench.part("up", id, 1, Bench.bytes("one", 50_000));
        assertTrue(bench.uploads.abort(BUCKET, "up", id));
        bench.delete("direct");
        bench.delete("grown");
        queue(1, Layout.EMPTY);
        queue(2, new Layout.OneRow(5));
        assertEquals(0, reclaimer.free(bench.now() - 1, false));
        assertEquals(4, reclaimer.free(bench.now() - 1, true), "three objects and a part");
        assertEquals(0, reclaimer.free(bench.now() - 1, true));
        bench.erase(StoreKeys.extentStore(new StoreId(1, 2)));
        assertEquals(2, reclaimer.free(bench.now() - 1, true));
        assertNothingLeft();
        bench.append("read", 0, Bench.bytes("read", 50_000));
        ObjectReader reader = bench.objects.open(BUCKET, "read").orElseThrow();
        bench.delete("read");
        assertEquals(0, reclaimer.free(bench.now() - 1, true), "it is read here");
        reader.close();
        assertEquals(1, reclaimer.free(bench.now() - 1, true));
    }

    @Test
    void aPassThatOthersWaitForEndsAfterAPageWhenItsTimeIsOver() {
        Batch.Builder many = Batch.builder();
        byte[] empty = new DeletionRow.OfObject(1, Layout.EMPTY).encode();
        for (int i = 0; i < 501; i++) {
            many.put(StoreKeys.deletion(1_000 + i, 16L * i), empty);
        }
        assertTrue(bench.commit(many.build()).committed());
        bench.before(new byte[] {'D'}, () -> bench.clock.advance(Duration.ofSeconds(6)));
        assertEquals(500, reclaimer.free(bench.now(), true));
        assertEquals(1, reclaimer.free(bench.now(), true), "the next one goes on");
    }

    @Test
    void aPassThatNobodyWaitsForGoesOnHoweverLongItTakes() {
        Batch.Builder many = Batch.builder();
        byte[] empty = new DeletionRow.OfObject(1, Layout.EMPTY).encode();
        for (int i = 0; i < 501; i++) {
            many.put(StoreKeys.deletion(1_000 + i, 16L * i), empty);
        }
        assertTrue(bench.commit(many.build()).committed());
        bench.before(new byte[] {'D'}, () -> bench.clock.advance(Duration.ofHours(1)));
        assertEquals(501, reclaimer.free(bench.now(), false));
    }

    @Test
    void aPartThatIsGoneKeepsNothingElseFromBeingFreed() {
        String id = bench.initiate("up");
        var one = bench.part("up", id, 1, Bench.bytes("one", 50_000));
        var two = bench.part("up", id, 2, Bench.bytes("two", 70_000));
        bench.complete("up", id, List.of(one, two));
        bench.erase(bench.rows('U', 'p').getFirst().key());
        bench.delete("up");
        assertEquals(1, free());
        assertEquals(List.of(), bench.rows('U', 'p'));
        assertEquals(List.of(), bench.rows('D'));
        assertEquals(1, bench.owned().size(), "whose row is gone tells nobody of its extent");
    }

    @Test
    void whatSomebodyElseFreedIsNotCountedDeadAgain() {
        for (BooleanSupplier make :
                List.<BooleanSupplier>of(
                        this::direct,
                        this::grown,
                        this::part,
                        this::small,
                        this::shared,
                        this::rowless,
                        this::partless,
                        this::upload)) {
            assertTrue(make.getAsBoolean());
            Entry deletion = bench.rows('D').getFirst();
            bench.before(new byte[0], () -> bench.erase(deletion.key()));
            bench.clock.advance(Duration.ofMillis(1));
            assertEquals(0, reclaimer.free(bench.now(), false));
            assertTrue(bench.happened());
            assertEquals(List.of(), bench.rows('D'));
        }
        assertEquals(0, bench.rows('V', 'd').stream().filter(r -> r.value()[7] != 0).count());
    }

    private boolean direct() {
        bench.put("direct", 50_000);
        return bench.objects.delete(BUCKET, "direct") != null;
    }

    private boolean small() {
        queue(2, new Layout.OneRow(5));
        return true;
    }

    private boolean shared() {
        bench.append("shared", 0, Bench.bytes("shared", 1_000));
        bench.copy("shared", "copy");
        return bench.objects.delete(BUCKET, "shared") != null;
    }

    private boolean rowless() {
        queue(3, new Layout.Rows(5));
        return true;
    }

    private boolean partless() {
        bench.write(StoreKeys.deletion(bench.now(), 4), new DeletionRow.OfUpload(5).encode());
        return true;
    }

    private boolean upload() {
        String id = bench.initiate("gone");
        bench.part("gone", id, 1, Bench.bytes("one", 50_000));
        return bench.uploads.abort(BUCKET, "gone", id);
    }

    private boolean part() {
        String id = bench.initiate("up");
        bench.part("up", id, 1, Bench.bytes("again", 60_000));
        bench.part("up", id, 1, Bench.bytes("one", 50_000));
        return true;
    }

    private boolean grown() {
        bench.append("grown", 0, Bench.bytes("grown", 50_000));
        return bench.objects.delete(BUCKET, "grown") != null;
    }

    @Test
    void theFirstThatDoesNotReadIsToldWhenAllOthersAreFreed() {
        byte[] first = StoreKeys.deletion(1, 0);
        byte[] second = StoreKeys.deletion(1, 1);
        bench.write(first, new byte[] {1, 8});
        bench.write(second, new byte[] {1, 9});
        queue(2, Layout.EMPTY);
        StoreException told = assertThrows(StoreException.class, this::free);
        assertEquals("a deletion has the kind 8", told.getMessage());
        assertEquals(2, bench.rows('D').size());
        assertThrows(StoreException.class, this::free, "each time");
        bench.erase(first);
        bench.erase(second);
        assertEquals(0, free(), "and no more when it is gone");
    }

    @Test
    void anEngineThatFailsEndsThePass() {
        queue(4, Layout.EMPTY);
        bench.scans =
                scan -> {
                    assertTrue(scan.from()[0] != 'D' || scan.from()[1] <= 3, "no shard after it");
                    if (scan.from()[0] == 'D' && scan.from()[1] == 3) {
                        throw new KeySpaceException(KeySpaceException.Code.UNAVAILABLE, "gone");
                    }
                };
        StoreException failed = assertThrows(StoreException.class, this::free);
        assertEquals(StoreException.Code.UNAVAILABLE, failed.code());
        assertFalse(bench.rows('B').isEmpty());
    }
}
