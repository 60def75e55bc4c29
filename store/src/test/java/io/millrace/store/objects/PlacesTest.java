package io.millrace.store.objects;

import static io.millrace.store.Bench.BUCKET;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.ExtentRef;
import io.millrace.keyspace.Entry;
import io.millrace.store.Bench;
import io.millrace.store.content.ContentRow;
import io.millrace.store.content.Layout;
import io.millrace.store.content.Piece;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A reader finds an object's bytes where they stand now, and tells when they stand nowhere. */
class PlacesTest {
    private static final int SIZE = 100_000;

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

    private byte[] rowKey() {
        long bucket = bench.core.buckets().require(BUCKET).id();
        return StoreKeys.object(bucket, new byte[] {'k'});
    }

    private ObjectRow row() {
        return ObjectRow.decode(requireNonNull(bench.core.space().get(rowKey())));
    }

    private ExtentRef extent() {
        ExtentRef ref = bench.owned().getLast();
        bench.extents.seal(ref.volume());
        return ref;
    }

    /** The same bytes in another volume. */
    private ExtentRef copied() {
        PutObject copy = PutObject.of(BUCKET, "moved to", SIZE);
        bench.objects.put(copy, Bench.bytes("k", SIZE));
        return bench.owned().getLast();
    }

    @Test
    void whatMovesBetweenTheTwoLooksOfAReaderIsReadWhereItIsNow() {
        bench.put("k", SIZE);
        ExtentRef old = extent();
        ExtentRef now = copied();
        ObjectRow moved = row().with(new Layout.Direct(List.of(Piece.whole(now))));
        byte[] rowKey = rowKey();
        int[] looks = {0};
        bench.gets =
                key -> {
                    if (Arrays.equals(key, rowKey) && ++looks[0] == 2) {
                        bench.write(key, moved.encode());
                        bench.extents.delete(old.volume());
                    }
                };
        try (ObjectReader reader = bench.objects.open(BUCKET, "k").orElseThrow()) {
            assertEquals(4, looks[0], "it looked anew, twice");
            byte[] bytes = new byte[SIZE];
            assertEquals(SIZE, reader.read(0, bytes, 0, SIZE));
            assertArrayEquals(Bench.bytes("k", SIZE), bytes);
            assertFalse(bench.core.pins().pinned(old.volume()), "nothing of the first look");
        }
        assertFalse(bench.core.pins().pinned(now.volume()));
    }

    @Test
    void whatMovesWhileItIsStreamedIsReadWhereItIsNow() throws Exception {
        bench.append("k", 0, Bench.bytes("k", SIZE));
        ExtentRef old = extent();
        ExtentRef now = copied();
        try (ObjectReader reader = bench.objects.open(BUCKET, "k").orElseThrow();
                InputStream stream = reader.stream()) {
            byte[] head = stream.readNBytes(10);
            Entry content = bench.rows('X').getFirst();
            List<Piece> moved = List.of(Piece.whole(now));
            bench.write(content.key(), new ContentRow.Extents(moved).encode());
            bench.extents.delete(old.volume());
            byte[] bytes = Bench.bytes("k", SIZE);
            assertArrayEquals(Arrays.copyOf(bytes, 10), head);
            assertArrayEquals(Arrays.copyOfRange(bytes, 10, SIZE), stream.readAllBytes());
        }
    }

    @Test
    void aSmallObjectWhoseRowHoldsNoBytesIsDamage() {
        bench.put("k", 10);
        Entry content = bench.rows('X').getFirst();
        bench.write(content.key(), new ContentRow.Parts(List.of()).encode());
        StoreException told =
                assertThrows(StoreException.class, () -> bench.objects.open(BUCKET, "k"));
        assertEquals(StoreException.Code.CORRUPT, told.code());
        assertEquals("the bytes of this object are gone", told.getMessage());
        assertTrue(bench.objects.head(BUCKET, "k").isPresent());
    }

    @Test
    void anObjectIsOpenedByTheNumberOfABucketWhoseRowIsGone() {
        bench.put("k", SIZE);
        long bucket = bench.core.buckets().require(BUCKET).id();
        bench.erase(StoreKeys.bucket(BUCKET));
        try (ObjectReader reader = bench.objects.open(bucket, "gone", "k").orElseThrow()) {
            assertEquals("gone", reader.info().bucket());
            byte[] bytes = new byte[SIZE];
            assertEquals(SIZE, reader.read(0, bytes, 0, SIZE));
            assertArrayEquals(Bench.bytes("k", SIZE), bytes);
        }
        assertTrue(bench.objects.open(bucket, "gone", "none").isEmpty());
    }
}
