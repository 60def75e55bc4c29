package io.millrace.store.content;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.ExtentRef;
import java.util.List;
import org.junit.jupiter.api.Test;

class SegmentsTest {
    @Test
    void aSegmentHoldsItsBytesAndNoNeighbours() {
        Segment segment = Segment.of(10, new byte[5]);
        assertEquals(5, segment.length());
        assertNull(segment.piece());
        assertFalse(segment.holds(9));
        assertTrue(segment.holds(10));
        assertTrue(segment.holds(14));
        assertFalse(segment.holds(15));
    }

    @Test
    void eachByteIsFoundInItsPiece() {
        List<Piece> pieces = List.of(piece(1, 10), piece(2, 1), piece(3, 30));
        Segments.Cursor cursor = new Segments.Pieces(pieces).from(0);
        long[] starts = {0, 10, 11};
        for (int at = 0; at < 41; at++) {
            int found = at < 10 ? 0 : at < 11 ? 1 : 2;
            Segment segment = cursor.at(at);
            assertEquals(pieces.get(found), segment.piece());
            assertEquals(starts[found], segment.start());
            assertEquals(pieces.get(found).length(), segment.length());
            assertNull(segment.bytes());
            cursor.again();
        }
    }

    @Test
    void bytesInMemoryAreOneSegment() {
        byte[] bytes = {1, 2, 3};
        Segment all = new Segments.Fixed(bytes).from(1).at(2);
        assertSame(bytes, all.bytes());
        assertEquals(0, all.start());
        assertEquals(3, all.length());
    }

    private static Piece piece(long volume, long length) {
        return Piece.whole(ExtentRef.unnamed(volume, 0, length));
    }
}
