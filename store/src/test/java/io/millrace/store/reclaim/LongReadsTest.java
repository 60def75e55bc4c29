package io.millrace.store.reclaim;

import static io.millrace.store.Bench.BUCKET;
import static io.millrace.store.Bench.GRACE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.StoreId;
import io.millrace.keyspace.Batch;
import io.millrace.store.Bench;
import io.millrace.store.content.Layout;
import io.millrace.store.content.ReadRow;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who reads for long has said so in time, goes on saying it, and takes it back. */
class LongReadsTest {
    private static final StoreId OTHER = new StoreId(1, 2);

    @TempDir static Path directory;
    private static Bench.Ground ground;
    private Bench bench;
    private LongReads reads;

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
        reads = new LongReads(bench.core, GRACE);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private Runnable hold(long content) {
        return bench.core.pins().hold(new Layout.Rows(content));
    }

    private boolean isRead(long content) {
        return LongReads.isRead(bench.core, content);
    }

    private int notes() {
        return bench.rows('V', 'h').size();
    }

    @Test
    void whatIsReadInTwoPassesIsNotedUntilAPassAfterItsEnd() {
        bench.append("grown", 0, Bench.bytes("grown", 50_000));
        ObjectReader reader = bench.objects.open(BUCKET, "grown").orElseThrow();
        long content = bench.core.pins().pinnedContents().iterator().next();
        assertEquals(0, reads.note());
        assertFalse(isRead(content), "short reads cost no commit");
        assertEquals(1, reads.note());
        assertTrue(isRead(content));
        assertFalse(isRead(content + 1));
        assertEquals(1, reads.note());
        reader.close();
        assertEquals(0, reads.note());
        assertEquals(0, notes());
    }

    @Test
    void aNoteIsRenewedWhenHalfOfItsTimeIsOverAndNotBefore() {
        hold(5);
        reads.note();
        reads.note();
        byte[] key = StoreKeys.read(5, bench.store());
        byte[] first = bench.keySpace.get(key);
        assertEquals(bench.now() + GRACE.toMillis(), ReadRow.decode(first).untilMillis());
        bench.clock.advance(GRACE.dividedBy(2).minusMillis(1));
        assertEquals(1, reads.note());
        assertEquals(ReadRow.decode(first), ReadRow.decode(bench.keySpace.get(key)));
        bench.clock.advance(Duration.ofMillis(1));
        assertEquals(1, reads.note());
        assertEquals(
                bench.now() + GRACE.toMillis(),
                ReadRow.decode(bench.keySpace.get(key)).untilMillis());
    }

    @Test
    void aNoteCountsUntilItsMomentAndAnothersGoesAGraceLater() {
        byte[] note = StoreKeys.read(5, OTHER);
        bench.write(note, new ReadRow(bench.now() + 1_000).encode());
        assertTrue(isRead(5));
        bench.clock.advance(Duration.ofMillis(999));
        assertTrue(isRead(5));
        bench.clock.advance(Duration.ofMillis(1));
        assertFalse(isRead(5));
        bench.clock.advance(GRACE);
        assertEquals(0, reads.note());
        assertEquals(1, notes(), "its node's clock may be behind");
        bench.clock.advance(Duration.ofMillis(1));
        assertEquals(0, reads.note());
        assertEquals(0, notes());
    }

    @Test
    void anothersNoteIsNotTakenForThisNodes() {
        bench.write(StoreKeys.read(5, OTHER), new ReadRow(bench.now() + 500_000).encode());
        hold(5);
        assertEquals(0, reads.note());
        assertEquals(1, reads.note());
        assertEquals(2, notes(), "each says it for itself");
    }

    @Test
    void aNoteThatWasRenewedMeanwhileIsNotTakenBack() {
        byte[] note = StoreKeys.read(5, OTHER);
        bench.write(note, new ReadRow(bench.now() - GRACE.toMillis() - 1).encode());
        byte[] renewed = new ReadRow(bench.now() + 1).encode();
        bench.before(note, () -> bench.write(note, renewed));
        reads.note();
        assertTrue(isRead(5));
    }

    @Test
    void aNoteThatDoesNotReadKeepsNoOtherFromBeingNoted() {
        byte[] anothers = StoreKeys.read(4, OTHER);
        bench.write(anothers, new byte[] {1});
        bench.write(StoreKeys.read(5, bench.store()), new byte[] {1});
        hold(5);
        hold(6);
        reads.note();
        assertEquals(2, reads.note());
        assertTrue(isRead(5) && isRead(6));
        assertThrows(StoreException.class, () -> isRead(4), "and frees nothing");
    }

    @Test
    void howeverMuchIsReadAllOfItIsNotedAndTakenBack() {
        List<Runnable> releases = new ArrayList<>();
        LongStream.range(0, 1_100).forEach(content -> releases.add(hold(content)));
        reads.note();
        assertEquals(1_100, reads.note());
        assertEquals(1_100, notes());
        assertEquals(1_100, reads.note());
        releases.forEach(Runnable::run);
        assertEquals(0, reads.note());
        assertEquals(0, notes());
        Batch.Builder others = Batch.builder();
        for (int i = 0; i < 600; i++) {
            others.put(StoreKeys.read(i, OTHER), new ReadRow(1).encode());
        }
        assertTrue(bench.commit(others.build()).committed());
        reads.note();
        assertEquals(0, notes());
        assertNull(bench.keySpace.get(StoreKeys.read(599, OTHER)));
    }

    @Test
    void whereNothingIsReadNothingIsCommitted() {
        bench.atCommitOf(
                new byte[0],
                batch -> {
                    throw new AssertionError("nobody reads");
                });
        assertEquals(0, reads.note());
        assertFalse(bench.happened());
    }
}
