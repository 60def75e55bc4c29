package io.millrace.store.content;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.ExtentRef;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is pinned stays pinned until the last one who pinned it lets go. */
class PinsTest {
    private final Pins pins = new Pins();

    @Test
    void aVolumeIsPinnedUntilTheLastLetsGo() {
        Piece piece = piece(7);
        assertFalse(pins.pinned(7));
        pins.pin(piece);
        pins.pin(piece);
        pins.pin(piece(8));
        pins.unpin(List.of(piece));
        assertTrue(pins.pinned(7));
        pins.unpin(List.of(piece, piece(8)));
        assertFalse(pins.pinned(7));
        assertFalse(pins.pinned(8));
        assertFalse(pins.pinnedContent(7));
        pins.unpin(List.of(piece));
        pins.pin(piece);
        assertTrue(pins.pinned(7), "who lets go twice owes nothing");
    }

    @Test
    void aReaderHoldsEachVolumeOfItsObjectOnce() {
        Runnable one = pins.hold(new Layout.Direct(List.of(piece(7))));
        Runnable many = pins.hold(new Layout.Direct(List.of(piece(7), piece(8), piece(7))));
        assertTrue(pins.pinned(7) && pins.pinned(8) && !pins.pinned(9));
        many.run();
        assertTrue(pins.pinned(7));
        assertFalse(pins.pinned(8));
        one.run();
        assertFalse(pins.pinned(7));
    }

    @Test
    void aWriterIsAwaitedAReaderIsNot() {
        Runnable reader = pins.hold(new Layout.Direct(List.of(piece(7))));
        assertFalse(pins.awaited(7));
        pins.pin(piece(7));
        assertTrue(pins.awaited(7));
        pins.unpin(List.of(piece(7)));
        assertFalse(pins.awaited(7));
        assertTrue(pins.pinned(7));
        reader.run();
    }

    @Test
    void aReaderOfRowsHoldsTheirContent() {
        Runnable first = pins.hold(new Layout.Rows(7));
        Runnable second = pins.hold(new Layout.Rows(7));
        assertTrue(pins.pinnedContent(7));
        assertFalse(pins.pinned(7));
        first.run();
        assertTrue(pins.pinnedContent(7));
        second.run();
        assertFalse(pins.pinnedContent(7));
    }

    @Test
    void bytesInTheKeySpaceNeedNoPin() {
        pins.hold(Layout.EMPTY).run();
        Runnable release = pins.hold(new Layout.OneRow(7));
        assertFalse(pins.pinnedContent(7));
        assertFalse(pins.pinned(7));
        release.run();
    }

    @Test
    void itIsQuietWhenAllWhoHadEnteredAtTheMarkHaveLeft() {
        long empty = pins.mark();
        assertEquals(0, empty);
        assertTrue(pins.quiet(empty));
        Pins.Entry first = pins.enter();
        Pins.Entry second = pins.enter();
        long mark = pins.mark();
        assertEquals(2, mark);
        assertTrue(pins.quiet(empty), "who came later does not count");
        Pins.Entry later = pins.enter();
        assertFalse(pins.quiet(mark));
        first.close();
        assertFalse(pins.quiet(mark));
        second.close();
        assertTrue(pins.quiet(mark));
        assertFalse(pins.quiet(pins.mark()));
        later.close();
        assertTrue(pins.quiet(pins.mark()));
    }

    private static Piece piece(long volume) {
        return Piece.whole(ExtentRef.unnamed(volume, 0, 10));
    }
}
