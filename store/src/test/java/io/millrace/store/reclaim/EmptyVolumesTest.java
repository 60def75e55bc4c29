package io.millrace.store.reclaim;

import static io.millrace.store.Bench.BUCKET;
import static io.millrace.store.Bench.GRACE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.ExtentRef;
import io.millrace.extents.ExtentWriter;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import io.millrace.store.Bench;
import io.millrace.store.content.Piece;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.space.StoreKeys;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A volume goes when nobody can need it any more, and never before. */
class EmptyVolumesTest {
    @TempDir static Path directory;
    private static Bench.Ground ground;
    private Bench bench;
    private EmptyVolumes empty;
    private ExtentRef kept;
    private ExtentRef gone;
    private final List<LocalVolume> owned = new ArrayList<>();

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
        empty = new EmptyVolumes(bench.core);
        kept = bench.sealed("kept", 50_000);
        gone = bench.sealed("gone", 50_000);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private void free() {
        bench.delete("gone");
        bench.clock.advance(Duration.ofMillis(1));
        assertEquals(1, new Reclaimer(bench.core).free(bench.now(), false));
    }

    private int delete(Duration grace) {
        owned.clear();
        List<LocalVolume> sealed =
                LocalVolume.all(bench.core).stream().filter(LocalVolume::sealed).toList();
        return empty.delete(sealed, grace, owned);
    }

    private boolean there(ExtentRef ref) {
        return bench.extents.list().stream().anyMatch(v -> v.volume() == ref.volume());
    }

    private List<Entry> known(ExtentRef ref) {
        return bench.rows('V').stream()
                .filter(row -> "dea".indexOf(row.key()[1]) >= 0)
                .filter(row -> Keys.counter(Arrays.copyOfRange(row.key(), 19, 27)) == ref.volume())
                .toList();
    }

    @Test
    void itIsDeletedWhenItsGraceIsOverWithAllThatIsKnownOfIt() {
        free();
        bench.write(StoreKeys.audited(bench.store(), gone.volume()), new byte[] {1});
        assertEquals(0, delete(GRACE), "its grace begins");
        assertEquals(List.of(kept.volume()), owned.stream().map(LocalVolume::number).toList());
        assertEquals(3, known(gone).size());
        bench.clock.advance(GRACE.minusMillis(1));
        assertEquals(0, delete(GRACE));
        assertTrue(there(gone));
        bench.clock.advance(Duration.ofMillis(1));
        assertEquals(1, delete(GRACE));
        assertEquals(List.of(), known(gone));
        assertTrue(!there(gone) && there(kept));
        assertEquals(0, delete(GRACE));
    }

    @Test
    void withoutAGraceItIsDeletedAtOnceOfWhichTheKeySpaceKnowsFirst() {
        free();
        byte[] condemned = StoreKeys.condemned(bench.store(), gone.volume());
        bench.before(condemned, () -> assertTrue(there(gone)));
        assertEquals(1, delete(Duration.ZERO));
        assertTrue(bench.happened() && !there(gone));
        assertEquals(List.of(), known(gone));
    }

    @Test
    void aGraceThatBeganWithAClockThatWasAheadBeginsAnew() {
        free();
        bench.clock.stepWall(Duration.ofDays(365));
        assertEquals(0, delete(GRACE));
        bench.clock.stepWall(Duration.ofDays(-365));
        assertEquals(0, delete(GRACE));
        bench.clock.advance(GRACE.minusMillis(1));
        assertEquals(0, delete(GRACE));
        bench.clock.advance(Duration.ofMillis(1));
        assertEquals(1, delete(GRACE));
    }

    @Test
    void whoReadsKeepsIt() {
        ObjectReader reader = bench.objects.open(BUCKET, "gone").orElseThrow();
        free();
        assertEquals(0, delete(Duration.ZERO));
        assertTrue(there(gone));
        reader.close();
        assertEquals(1, delete(Duration.ZERO));
    }

    /** Its bytes lie in the volume, and neither an owner nor a pin tells of them yet. */
    @Test
    void aWriterBetweenTheEndOfItsExtentAndItsPinKeepsIt() {
        AtomicReference<ExtentRef> written = new AtomicReference<>();
        try (ExtentWriter writer = bench.extents.open(-1)) {
            byte[] bytes = Bench.bytes("new", 50_000);
            writer.write(bytes, 0, bytes.length);
            Piece piece =
                    bench.core
                            .bodies()
                            .pinned(
                                    new Finishing(
                                            writer,
                                            ref -> {
                                                written.set(ref);
                                                bench.extents.seal(ref.volume());
                                                assertEquals(0, delete(Duration.ZERO));
                                            }));
            assertEquals(written.get(), piece.ref());
        }
        assertEquals(0, delete(Duration.ZERO), "it is pinned");
        assertTrue(there(written.get()));
    }

    /** A writer of whom something is asked between its extent's end and its own. */
    private record Finishing(ExtentWriter writer, Consumer<ExtentRef> finished)
            implements ExtentWriter {
        @Override
        public void write(byte[] bytes, int offset, int length) {
            writer.write(bytes, offset, length);
        }

        @Override
        public long length() {
            return writer.length();
        }

        @Override
        public ExtentRef finish() {
            ExtentRef ref = writer.finish();
            finished.accept(ref);
            return ref;
        }

        @Override
        public void abort() {
            writer.abort();
        }
    }

    @Test
    void anOwnerThatComesAtTheLastMomentKeepsIt() {
        Entry owner = bench.rows(StoreKeys.owners(gone)).getFirst();
        free();
        byte[] condemned = StoreKeys.condemned(bench.store(), gone.volume());
        bench.gets =
                key -> {
                    if (Arrays.equals(key, condemned)) {
                        bench.write(owner.key(), owner.value());
                    }
                };
        assertEquals(0, delete(Duration.ZERO));
        assertNotNull(bench.keySpace.get(owner.key()));
        assertTrue(there(gone));
    }

    @Test
    void whoeverFindsThatAnotherDoesTheWorkDeletesNothing() {
        free();
        byte[] condemned = StoreKeys.condemned(bench.store(), gone.volume());
        bench.before(condemned, () -> bench.write(condemned, Keys.counter(5)));
        assertEquals(0, delete(Duration.ZERO));
        assertTrue(there(gone));
        assertArrayEquals(Keys.counter(5), bench.keySpace.get(condemned));
        bench.before(condemned, () -> bench.write(condemned, Keys.counter(6)));
        assertEquals(0, delete(GRACE));
        assertTrue(there(gone));
        assertEquals(1, delete(GRACE));
    }
}
