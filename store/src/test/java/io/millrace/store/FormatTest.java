package io.millrace.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.extents.ExtentRef;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.buckets.BucketRow;
import io.millrace.store.buckets.CorsRule;
import io.millrace.store.content.ContentRow;
import io.millrace.store.content.DeletionRow;
import io.millrace.store.content.Layout;
import io.millrace.store.content.OwnerRow;
import io.millrace.store.content.PartRow;
import io.millrace.store.content.Piece;
import io.millrace.store.log.ChangeKind;
import io.millrace.store.log.ChangeRow;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.ObjectRow;
import io.millrace.store.objects.ObjectType;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import io.millrace.store.uploads.PartInfo;
import io.millrace.store.uploads.UploadRow;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Records as they stand on disks out there: these bytes must be read for ever. */
class FormatTest {
    private static final List<Piece> PIECES =
            List.of(new Piece(new ExtentRef(0, 7, 4096, 70_000), 5, 60_000));
    private static final ObjectMetadata METADATA =
            new ObjectMetadata("a/b", Map.of("expires", "0"), Map.of("x", "é", "b", ""));
    private static final byte[] MD5 = HexFormat.of().parseHex("00112233445566778899aabbccddeeff");

    @Test
    void objects() {
        ObjectRow row =
                new ObjectRow(
                        300,
                        299,
                        ObjectType.MULTIPART,
                        60_000,
                        MD5,
                        2,
                        -2,
                        1_767_323_045_678L,
                        1,
                        METADATA,
                        new Layout.Direct(PIECES));
        golden("OBJECT", row.encode());
        ObjectRow read = ObjectRow.decode(bytes("OBJECT"));
        assertEquals(row.info("b", "k"), read.info("b", "k"));
        assertEquals(row.layout(), read.layout());
        for (Layout layout :
                List.of(Layout.EMPTY, new Layout.OneRow(9), new Layout.Rows(1L << 40))) {
            assertEquals(layout, ObjectRow.decode(row.with(layout).encode()).layout());
        }
    }

    @Test
    void contentRows() {
        golden("INLINE", new ContentRow.Inline(new byte[] {1, 2, 3}).encode());
        golden("EXTENTS", new ContentRow.Extents(PIECES).encode());
        ContentRow.Parts parts =
                new ContentRow.Parts(
                        List.of(
                                new ContentRow.PartSpan(1, 100_000),
                                new ContentRow.PartSpan(10_000, 0)));
        golden("PARTS", parts.encode());
        assertArrayEquals(
                new byte[] {1, 2, 3},
                ((ContentRow.Inline) ContentRow.decode(bytes("INLINE"))).bytes());
        assertEquals(new ContentRow.Extents(PIECES), ContentRow.decode(bytes("EXTENTS")));
        assertEquals(parts, ContentRow.decode(bytes("PARTS")));
    }

    @Test
    void uploadsAndParts() {
        UploadRow upload = new UploadRow(5, 1_767_323_045_678L, METADATA, 8, 9);
        golden("UPLOAD", upload.encode());
        assertEquals(upload, UploadRow.decode(bytes("UPLOAD")));
        PartRow part = new PartRow(6, 60_000, MD5, 77, 1_767_323_045_678L, new byte[0], PIECES);
        golden("PART", part.encode());
        PartRow read = PartRow.decode(bytes("PART"));
        assertEquals(PartInfo.of(3, part), PartInfo.of(3, read));
        assertEquals(PIECES, read.pieces());
    }

    @Test
    void buckets() {
        CorsRule rule =
                new CorsRule("r", List.of("*"), List.of("GET"), List.of(), List.of("ETag"), -1);
        BucketRow row =
                new BucketRow(1, "root", "local", BucketAcl.PUBLIC_READ, List.of(rule), 1000, 2000);
        golden("BUCKET", row.encode());
        assertEquals(row, BucketRow.decode(bytes("BUCKET")));
    }

    @Test
    void deletionsAndOwners() {
        DeletionRow.OfObject object = new DeletionRow.OfObject(4, new Layout.Rows(5));
        golden("DELETION", object.encode());
        assertEquals(object, DeletionRow.decode(bytes("DELETION")));
        for (DeletionRow row :
                List.of(new DeletionRow.OfPart(3, PIECES), new DeletionRow.OfUpload(2))) {
            assertEquals(row, DeletionRow.decode(row.encode()));
        }
        golden("OWNER", new OwnerRow.InContent(5, 70_000).encode(70_000));
        assertEquals(new OwnerRow.InContent(5, 70_000), OwnerRow.decode(bytes("OWNER")));
        assertEquals(70_000, OwnerRow.extentBytes(bytes("OWNER")));
        OwnerRow part = new OwnerRow.InPart(5, 6);
        assertEquals(part, OwnerRow.decode(part.encode(1)));
    }

    @Test
    void changes() {
        ChangeRow row = new ChangeRow(1, new byte[] {'k'}, 3, 2, ChangeKind.APPEND, -1, 300, 1000);
        golden("CHANGE", row.encode());
        assertEquals(row.change(0, 1), ChangeRow.decode(bytes("CHANGE")).change(0, 1));
    }

    @Test
    void theShardOfAKeyNeverChanges() {
        assertEquals(SHARD, StoreKeys.shard(1, new byte[] {'k'}));
    }

    @Test
    void aNewerFormatIsRefusedByName() {
        byte[] newer = bytes("OBJECT");
        newer[0] = 2;
        StoreException refused = assertThrows(StoreException.class, () -> ObjectRow.decode(newer));
        assertEquals(StoreException.Code.STORAGE_FAILED, refused.code());
    }

    @Test
    void aRecordThatIsCutOffIsCorruptNeverMisread() {
        byte[] whole = bytes("OBJECT");
        for (int length = 1; length < whole.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(whole, length);
            assertThrows(StoreException.class, () -> ObjectRow.decode(cut), "of " + length);
        }
    }

    private static final int SHARD = 13;

    private static final Map<String, String> GOLDEN =
            Map.ofEntries(
                    Map.entry(
                            "OBJECT",
                            "0102ac02ab02e0d403fffffffffffffffeae9ea6e5b733011000112233445566"
                                    + "778899aabbccddeeff02020100078020f0a20405e0d4030103612f6201076578"
                                    + "7069726573013002016200017802c3a9"),
                    Map.entry("INLINE", "0100010203"),
                    Map.entry("EXTENTS", "01010100078020f0a20405e0d403"),
                    Map.entry("PARTS", "01020201a08d06904e00"),
                    Map.entry(
                            "UPLOAD",
                            "0105ae9ea6e5b73308090103612f620107657870697265730130020162000178"
                                    + "02c3a9"),
                    Map.entry(
                            "PART",
                            "0106e0d4031000112233445566778899aabbccddeeff000000000000004dae9e"
                                    + "a6e5b7330100078020f0a20405e0d403"),
                    Map.entry(
                            "BUCKET",
                            "010104726f6f74056c6f63616c01e807d00f0101017201012a01034745540001"
                                    + "044554616700"),
                    Map.entry("DELETION", "0100040305"),
                    Map.entry("OWNER", "01f0a2040105f0a204"),
                    Map.entry("CHANGE", "010101030200ad02e8076b"));

    private static void golden(String name, byte[] bytes) {
        assertEquals(GOLDEN.get(name), HexFormat.of().formatHex(bytes), name);
    }

    private static byte[] bytes(String name) {
        return HexFormat.of().parseHex(java.util.Objects.requireNonNull(GOLDEN.get(name)));
    }
}
