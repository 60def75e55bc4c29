package io.millrace.store.content;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.Encryption;
import io.millrace.extents.ExtentRef;
import io.millrace.extents.StoreId;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Mutation;
import io.millrace.store.space.In;
import io.millrace.store.space.Out;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Each row comes back as it was; one that makes no sense is corrupt and says how. */
class RowsTest {
    private static final StoreId STORE = new StoreId(1, 2);
    private static final ExtentRef REF = new ExtentRef(STORE, 3, 7, 64, 300);
    private static final ExtentRef ENCRYPTED =
            new ExtentRef(STORE, 4, 8, 64, 300, new Encryption(9, 5, 6));
    private static final List<Piece> PIECES = List.of(Piece.whole(REF), new Piece(REF, 5, 30));

    @Test
    void anOwnerOfWhatIsNoExtentIsCorrupt() {
        StoreId store = new StoreId(1, 2);
        ExtentRef ref = new ExtentRef(store, 3, 8, 4096, 70_000);
        OwnerRow row = new OwnerRow.InObject(1, new byte[] {'k'});
        Entry owner = new Entry(StoreKeys.owner(ref, 7), row.encode(ref));
        assertEquals(ref, OwnerRow.extent(store, 8, owner));
        for (long volume : new long[] {0, -1}) {
            StoreException told =
                    assertThrows(StoreException.class, () -> OwnerRow.extent(store, volume, owner));
            assertEquals(StoreException.Code.CORRUPT, told.code());
        }
    }

    @Test
    void contentKnowsItsSize() {
        assertEquals(3, new ContentRow.Inline(new byte[3]).sizeBytes());
        assertEquals(330, new ContentRow.Extents(PIECES).sizeBytes());
        ContentRow.Parts parts =
                new ContentRow.Parts(
                        List.of(
                                new ContentRow.PartSpan(1, 5L << 30),
                                new ContentRow.PartSpan(10_000, 7)));
        assertEquals((5L << 30) + 7, parts.sizeBytes());
        assertEquals(parts, ContentRow.decode(parts.encode()));
        assertEquals(
                new ContentRow.Extents(PIECES),
                ContentRow.decode(new ContentRow.Extents(PIECES).encode()));
    }

    @Test
    void anInlineRowHoldsTheSliceGiven() {
        byte[] row = ContentRow.inline(new byte[] {1, 2, 3, 4, 5}, 1, 3);
        assertEquals("0200020304", hex(row));
        ContentRow.Inline read = assertInstanceOf(ContentRow.Inline.class, ContentRow.decode(row));
        assertArrayEquals(new byte[] {2, 3, 4}, read.bytes());
        assertEquals("0200020304", hex(read.encode()));
    }

    @Test
    void aPartKeepsEverythingOverAMove() {
        PartRow part = new PartRow(6, 330, new byte[] {1, -2}, -77, 1000, new byte[0], PIECES);
        PartRow read = PartRow.decode(part.encode());
        assertEquals(part.encode().length, read.encode().length);
        assertEquals(hex(part.encode()), hex(read.encode()));
        assertEquals("01fe", read.etag());
        assertEquals(6, read.partId());
        assertEquals(330, read.sizeBytes());
        assertEquals(-77, read.crc64());
        assertEquals(1000, read.modifiedMillis());
        PartRow moved = read.with(List.of(Piece.whole(ENCRYPTED)));
        assertEquals(List.of(Piece.whole(ENCRYPTED)), moved.pieces());
        assertEquals(
                hex(
                        new PartRow(
                                        6,
                                        330,
                                        new byte[] {1, -2},
                                        -77,
                                        1000,
                                        new byte[0],
                                        moved.pieces())
                                .encode()),
                hex(moved.encode()));
        PartRow small = new PartRow(6, 3, new byte[16], 0, 0, new byte[] {1, 2, 3}, List.of());
        assertArrayEquals(new byte[] {1, 2, 3}, PartRow.decode(small.encode()).inline());
    }

    @Test
    void everyDeletionAndOwnerComesBack() {
        for (DeletionRow row :
                List.of(
                        new DeletionRow.OfObject(300, new Layout.Direct(PIECES)),
                        new DeletionRow.OfPart(300, PIECES),
                        new DeletionRow.OfUpload(300))) {
            assertEquals(row, DeletionRow.decode(row.encode()));
        }
        for (OwnerRow row :
                List.of(new OwnerRow.InContent(300, 1L << 40), new OwnerRow.InPart(300, 10_000))) {
            assertEquals(row, OwnerRow.decode(row.encode(ENCRYPTED)));
            assertEquals(row, OwnerRow.decode(row.encode(REF)));
        }
        OwnerRow.InObject object = new OwnerRow.InObject(300, new byte[] {'k', 0});
        OwnerRow.InObject read =
                assertInstanceOf(
                        OwnerRow.InObject.class, OwnerRow.decode(object.encode(ENCRYPTED)));
        assertEquals(300, read.bucketId());
        assertArrayEquals(new byte[] {'k', 0}, read.key());
        assertEquals(
                "02" + "ac02" + "03" + "00" + "0".repeat(24) + "00ac026b00",
                hex(object.encode(REF)));
    }

    @Test
    void everyLayoutComesBack() {
        for (Layout layout :
                List.of(
                        Layout.EMPTY,
                        new Layout.OneRow(300),
                        new Layout.Direct(PIECES),
                        new Layout.Rows(300))) {
            Out out = new Out(4).u8(2);
            Layout.write(out, layout);
            assertEquals(layout, Layout.read(In.record(out.done(), 2, "a test")));
        }
    }

    @Test
    void anExtentThatAnOwnerHasTwiceIsOwnedOnce() {
        Batch.Builder builder = Batch.builder();
        OwnerRow.InPart owner = new OwnerRow.InPart(5, 6);
        OwnerRow.own(
                builder, List.of(PIECES.get(0), Piece.whole(ENCRYPTED), PIECES.get(1)), 9, owner);
        List<Mutation> mutations = builder.build().mutations();
        assertEquals(2, mutations.size());
        List<ExtentRef> refs = List.of(REF, ENCRYPTED);
        for (int i = 0; i < 2; i++) {
            Mutation.Put put = assertInstanceOf(Mutation.Put.class, mutations.get(i));
            ExtentRef ref = refs.get(i);
            assertArrayEquals(StoreKeys.owner(ref, 9), put.key());
            assertEquals(owner, OwnerRow.decode(put.value()));
            Entry entry = new Entry(put.key(), put.value());
            assertEquals(ref, OwnerRow.extent(ref.store(), ref.volume(), entry));
        }
    }

    @Test
    void aRowOfAnUnknownKindIsCorrupt() {
        assertCorrupt("a content row has the kind 3", () -> ContentRow.decode(bytes("0203")));
        assertCorrupt("a deletion has the kind 3", () -> DeletionRow.decode(bytes("020300")));
        assertCorrupt("an owner has the kind 3", () -> OwnerRow.decode(bytes("010103")));
        assertCorrupt(
                "an object has the layout 4",
                () -> Layout.read(In.record(bytes("0204"), 2, "a test")));
    }

    @Test
    void aLookAtAllRowsFindsThoseThatMakeNoSense() {
        byte[] broken = {2, 9};
        assertCorrupt("content row", () -> ContentRows.check(StoreKeys.content(1, 0), broken));
        assertCorrupt("deletion", () -> ContentRows.check(StoreKeys.deletion(1, 1), broken));
        assertCorrupt("owner", () -> ContentRows.check(StoreKeys.owner(REF, 1), bytes("010109")));
        for (byte[] key :
                List.of(StoreKeys.bucket("b"), StoreKeys.audited(STORE, 1), StoreKeys.parts(1))) {
            assertDoesNotThrow(() -> ContentRows.check(key, broken));
        }
        assertDoesNotThrow(() -> ContentRows.check(StoreKeys.content(1, 0), bytes("020001")));
        assertDoesNotThrow(() -> ContentRows.check(StoreKeys.owner(REF, 1), bytes("010100056b")));
    }

    private static void assertCorrupt(String text, Executable read) {
        StoreException corrupt = assertThrows(StoreException.class, read, text);
        assertEquals(StoreException.Code.CORRUPT, corrupt.code());
        assertTrue(corrupt.getMessage().contains(text), corrupt.getMessage());
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
