package io.millrace.store.content;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.extents.ExtentRef;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.store.space.Space;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import io.millrace.testkit.Seed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each byte of a content is found where it stands, and reading on asks little. */
class ContentSegmentsTest {
    private static final long CONTENT = 7;
    private static final String FIRST = "scan 1 back";
    private static final String ROWS = "scan " + ContentSegments.AHEAD;

    @TempDir Path directory;
    private Asked keySpace;
    private ContentSegments segments;

    /** The segments as they were written. */
    private final List<Segment> written = new ArrayList<>();

    private long end;
    private int parts;
    private long volumes;

    @BeforeEach
    void open() {
        keySpace = new Asked(RocksKeySpace.open(directory.resolve("keys")));
        segments =
                new ContentSegments(new Space(keySpace, true), CONTENT, ContentSegmentsTest::gone);
        // Its neighbours end and begin with bytes that are not its own.
        put(StoreKeys.content(CONTENT - 1, 0), new ContentRow.Inline(new byte[100]).encode());
        put(StoreKeys.content(CONTENT + 1, 0), new ContentRow.Inline(new byte[100]).encode());
        put(StoreKeys.content(CONTENT + 1, 9), new ContentRow.Inline(new byte[100]).encode());
    }

    @AfterEach
    void close() {
        keySpace.close();
    }

    private void put(byte[] key, byte[] value) {
        keySpace.commit(Batch.builder().put(key, value).build());
        keySpace.asked();
    }

    private void add(Segment segment) {
        written.add(segment);
        end += segment.length();
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private void inline(int length) {
        ContentRow row = new ContentRow.Inline(bytes(length));
        put(StoreKeys.content(CONTENT, end), row.encode());
        add(Segment.of(end, bytes(length)));
    }

    private List<Piece> pieces(int... lengths) {
        List<Piece> pieces = new ArrayList<>();
        for (int length : lengths) {
            pieces.add(Piece.whole(ExtentRef.unnamed(++volumes, 0, length)));
        }
        return pieces;
    }

    private void addAll(List<Piece> pieces) {
        pieces.forEach(piece -> add(Segment.of(end, piece)));
    }

    private void extents(int... lengths) {
        List<Piece> pieces = pieces(lengths);
        put(StoreKeys.content(CONTENT, end), new ContentRow.Extents(pieces).encode());
        addAll(pieces);
    }

    /** One row of parts: of each only bytes in its record, or extents of such lengths. */
    private void parts(int[]... lengthsOfParts) {
        long start = end;
        List<ContentRow.PartSpan> spans = new ArrayList<>();
        for (int[] lengths : lengthsOfParts) {
            boolean inline = lengths.length == 1;
            List<Piece> pieces = inline ? List.of() : pieces(lengths);
            byte[] bytes = inline ? bytes(lengths[0]) : new byte[0];
            long size = inline ? bytes.length : Piece.total(pieces);
            // The numbers of parts have gaps.
            parts += 3;
            spans.add(new ContentRow.PartSpan(parts, size));
            PartRow part = new PartRow(1, size, new byte[16], 0, 0, bytes, pieces);
            put(StoreKeys.part(CONTENT, parts), part.encode());
            if (inline) {
                add(Segment.of(end, bytes));
            } else {
                addAll(pieces);
            }
        }
        put(StoreKeys.content(CONTENT, start), new ContentRow.Parts(spans).encode());
    }

    private Segment expected(long offset) {
        return written.stream().filter(s -> s.holds(offset)).findFirst().orElseThrow();
    }

    private void assertFound(Segments.Cursor cursor, long offset, Object hint) {
        Segment found = cursor.at(offset);
        Segment expected = expected(offset);
        assertEquals(expected.start(), found.start(), hint::toString);
        assertEquals(expected.length(), found.length(), hint::toString);
        assertEquals(expected.piece(), found.piece(), hint::toString);
        assertArrayEquals(expected.bytes(), found.bytes(), hint::toString);
    }

    private void readOn(Segments.Cursor cursor, long from, long to) {
        for (long at = from; at < to; at++) {
            assertFound(cursor, at, "at " + at);
        }
    }

    private void allKinds() {
        inline(10);
        extents(5);
        extents(7, 1, 2);
        parts(new int[] {3}, new int[] {2, 2}, new int[] {6}, new int[] {1, 5, 1});
        inline(1);
        parts(new int[] {4});
    }

    @Test
    void eachByteIsFoundWhereverReadingBegins() {
        allKinds();
        for (long from = 0; from < end; from++) {
            readOn(segments.from(from), from, end);
        }
    }

    @Test
    void oneCursorFindsAnyByteInAnyOrder() {
        allKinds();
        List<Long> offsets = new ArrayList<>();
        for (long at = 0; at < 4 * end; at++) {
            offsets.add(at % end);
        }
        Seed seed = Seed.fresh();
        Collections.shuffle(offsets, seed.random());
        Segments.Cursor cursor = segments.from(0);
        offsets.forEach(offset -> assertFound(cursor, offset, seed));
    }

    @Test
    void readingOnCostsOneSeekAndThenAScanForManyRows() {
        for (int row = 0; row < 2 * ContentSegments.AHEAD + 2; row++) {
            if (row % 2 == 0) {
                inline(2);
            } else {
                extents(1, 1);
            }
        }
        readOn(segments.from(0), 0, end);
        assertEquals(List.of(FIRST, ROWS, ROWS, ROWS), keySpace.asked());
    }

    @Test
    void manyPartsOfARowAreFetchedAtOnceButNotAll() {
        int some = ContentSegments.PARTS_AHEAD;
        int[][] many = new int[2 * some + 3][];
        for (int i = 0; i < many.length; i++) {
            many[i] = i % 2 == 0 ? new int[] {2} : new int[] {1, 2};
        }
        parts(many);
        long behind = end;
        parts(new int[] {1}, new int[] {2});
        parts(new int[] {1, 1});
        inline(1);
        Segments.Cursor cursor = segments.from(0);
        readOn(cursor, 0, behind);
        String fetched = "get " + some;
        assertEquals(
                List.of(FIRST, fetched, FIRST, fetched, FIRST, "get 3"),
                keySpace.asked(),
                "a row that is not done is no next row");
        readOn(cursor, behind, end);
        assertEquals(List.of(ROWS, "get 2", "get 1"), keySpace.asked());
        // From the middle of a row on, nothing of what lies before.
        readOn(segments.from(behind - 1), behind - 1, behind);
        assertEquals(List.of(FIRST, "get 1"), keySpace.asked());
    }

    @Test
    void whatWasMovedMeanwhileIsFoundAgainAtItsNewPlace() {
        inline(3);
        extents(4);
        Segments.Cursor cursor = segments.from(0);
        readOn(cursor, 0, 4);
        List<Piece> moved = pieces(4);
        put(StoreKeys.content(CONTENT, 3), new ContentRow.Extents(moved).encode());
        readOn(cursor, 4, 5);
        assertEquals(List.of(), keySpace.asked(), "it is remembered");
        written.set(1, Segment.of(3, moved.getFirst()));
        cursor.again();
        readOn(cursor, 5, 7);
        assertEquals(List.of(FIRST), keySpace.asked());
    }

    @Test
    void aContentThatIsDeletedWhileItIsReadIsGone() {
        parts(new int[] {2}, new int[] {2});
        inline(1);
        extents(1);
        keySpace.commit(Batch.builder().delete(StoreKeys.part(CONTENT, 6)).build());
        readOn(segments.from(4), 4, end);
        assertGone(segments.from(0), 0);
        assertGone(segments.from(2), 2);
        Segments.Cursor before = segments.from(4);
        readOn(before, 4, end);
        keySpace.commit(
                Batch.builder()
                        .deleteRange(StoreKeys.contents(CONTENT), StoreKeys.contents(CONTENT + 1))
                        .build());
        for (long at = 0; at < end; at++) {
            assertGone(segments.from(at), at);
            assertGone(before, at);
        }
    }

    @Test
    void aRowOfPartsThatEndsEarlyIsGoneAtItsEnd() {
        parts(new int[] {2}, new int[] {2});
        Segments.Cursor cursor = segments.from(0);
        assertGone(cursor, end);
        readOn(cursor, 0, end);
        assertGone(cursor, end);
    }

    private static StoreException gone() {
        return new StoreException(StoreException.Code.CORRUPT, "a row is not there");
    }

    private static void assertGone(Segments.Cursor cursor, long offset) {
        StoreException gone = assertThrows(StoreException.class, () -> cursor.at(offset));
        assertEquals("a row is not there", gone.getMessage());
    }
}
