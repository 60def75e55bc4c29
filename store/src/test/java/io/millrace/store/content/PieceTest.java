package io.millrace.store.content;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.Encryption;
import io.millrace.extents.ExtentRef;
import io.millrace.extents.StoreId;
import io.millrace.store.space.In;
import io.millrace.store.space.Out;
import io.millrace.store.space.StoreException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class PieceTest {
    private static final StoreId STORE = new StoreId(1, 2);
    private static final StoreId OTHER = new StoreId(1, 3);
    private static final String STORE_HEX = "00000000000000010000000000000002";
    private static final ExtentRef REF = new ExtentRef(STORE, 3, 7, 64, 100);

    @Test
    void aPieceLiesWithinItsExtent() {
        assertEquals(new Piece(REF, 0, 100), Piece.whole(REF));
        assertEquals(1, new Piece(REF, 99, 1).length());
        for (long[] wrong : new long[][] {{-1, 5}, {0, 0}, {0, 101}, {100, 1}, {99, 2}}) {
            assertThrows(IllegalArgumentException.class, () -> new Piece(REF, wrong[0], wrong[1]));
        }
        assertEquals(0, Piece.total(List.of()));
        assertEquals(130, Piece.total(List.of(Piece.whole(REF), new Piece(REF, 5, 30))));
    }

    @Test
    void theWriterIsSaidOnceForPiecesThatFollowEachOther() {
        String first = "00" + STORE_HEX + "03" + "07" + "40" + "64" + "00" + "64";
        String same = "01" + "07" + "40" + "64" + "05" + "1e";
        Piece whole = Piece.whole(REF);
        Piece slice = new Piece(REF, 5, 30);
        assertRoundTrip("01" + first, List.of(whole));
        assertRoundTrip("02" + first + same, List.of(whole, slice));
        Piece epoch = Piece.whole(new ExtentRef(STORE, 4, 7, 64, 100));
        assertRoundTrip(
                "02" + first + "00" + STORE_HEX + "04" + "07" + "40" + "64" + "00" + "64",
                List.of(whole, epoch));
        Piece store = Piece.whole(new ExtentRef(OTHER, 3, 7, 64, 100));
        assertRoundTrip(
                "02"
                        + first
                        + "00"
                        + "00000000000000010000000000000003"
                        + "03"
                        + "07"
                        + "40"
                        + "64"
                        + "00"
                        + "64",
                List.of(whole, store));
        assertRoundTrip("00", List.of());
    }

    @Test
    void anEncryptedExtentKeepsItsKeyAndNonce() {
        Encryption encryption = new Encryption(9, 0x81020304, -2);
        ExtentRef ref = new ExtentRef(STORE, 3, 7, 64, 100, encryption);
        assertRoundTrip(
                "02"
                        + ("02" + STORE_HEX + "03" + "07" + "40" + "64")
                        + ("09" + "81020304" + "fffffffffffffffe" + "00" + "64")
                        + ("03" + "07" + "40" + "64" + "09" + "81020304" + "fffffffffffffffe")
                        + ("01" + "02"),
                List.of(Piece.whole(ref), new Piece(ref, 1, 2)));
    }

    private static void assertRoundTrip(String hex, List<Piece> pieces) {
        Out out = new Out(64);
        Piece.write(out, pieces);
        assertEquals(hex, HexFormat.of().formatHex(out.done()));
        assertEquals(pieces, Piece.read(record("02" + hex)));
    }

    @Test
    void piecesOfVersionOneAreOfTheUnnamedStore() {
        assertEquals(
                List.of(
                        new Piece(ExtentRef.unnamed(7, 64, 100), 5, 30),
                        Piece.whole(ExtentRef.unnamed(8, 0, 1))),
                Piece.read(record("01" + "02" + "00074064051e" + "000800010001")));
        assertCorrupt("names the store 1", "01" + "01" + "01074064051e");
    }

    @Test
    void flagsThatSayNothingKnownAreCorrupt() {
        String rest = STORE_HEX + "03" + "07" + "40" + "64" + "00" + "64";
        assertCorrupt("has the flags 4", "02" + "01" + "04" + rest);
        assertCorrupt("has the flags 128", "02" + "01" + "80" + rest);
        assertCorrupt("has the flags 1", "02" + "01" + "01" + "0740640064");
    }

    private static void assertCorrupt(String text, String hex) {
        StoreException corrupt =
                assertThrows(StoreException.class, () -> Piece.read(record(hex)), hex);
        assertEquals(StoreException.Code.CORRUPT, corrupt.code());
        assertTrue(corrupt.getMessage().endsWith(text), corrupt.getMessage());
    }

    @Test
    void movingAnExtentMovesAllOfItsSlicesAndNoOther() {
        ExtentRef now = new ExtentRef(STORE, 4, 9, 0, 100);
        ExtentRef neighbour = new ExtentRef(STORE, 3, 7, 164, 100);
        assertEquals(
                List.of(new Piece(now, 5, 30), Piece.whole(neighbour), new Piece(now, 50, 1)),
                Piece.moved(
                        List.of(
                                new Piece(REF, 5, 30),
                                Piece.whole(neighbour),
                                new Piece(REF, 50, 1)),
                        REF,
                        now));
    }

    private static In record(String hex) {
        return In.record(HexFormat.of().parseHex(hex), 2, "a test");
    }
}
