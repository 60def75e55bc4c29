package io.millrace.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.extents.Encryption;
import io.millrace.extents.ExtentRef;
import io.millrace.extents.StoreId;
import io.millrace.keyspace.Entry;
import io.millrace.kit.ChecksumAlgorithm;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.buckets.BucketRow;
import io.millrace.store.buckets.CorsRule;
import io.millrace.store.content.ContentRow;
import io.millrace.store.content.DeletionRow;
import io.millrace.store.content.Layout;
import io.millrace.store.content.OwnerRow;
import io.millrace.store.content.PartRow;
import io.millrace.store.content.Piece;
import io.millrace.store.content.ReadRow;
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
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Records as they stand on disks out there: these bytes must be read for ever. */
class FormatTest {
    /** What a record of version 1 can hold. */
    private static final List<Piece> UNNAMED =
            List.of(new Piece(ExtentRef.unnamed(7, 4096, 70_000), 5, 60_000));

    private static final StoreId STORE = new StoreId(0x1122334455667788L, 0x99AABBCCDDEEFF00L);
    private static final ExtentRef ENCRYPTED =
            new ExtentRef(STORE, 3, 8, 4096, 70_000, new Encryption(9, 0x01020304, 5));
    private static final List<Piece> PIECES =
            List.of(
                    new Piece(new ExtentRef(STORE, 3, 7, 4096, 70_000), 5, 60_000),
                    Piece.whole(ENCRYPTED),
                    UNNAMED.getFirst());
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
        golden("OBJECT_2", row.encode());
        ObjectRow read = ObjectRow.decode(bytes("OBJECT_2"));
        assertEquals(row.info("b", "k"), read.info("b", "k"));
        assertEquals(row.layout(), read.layout());
        ObjectRow first = ObjectRow.decode(bytes("OBJECT"));
        assertEquals(row.info("b", "k"), first.info("b", "k"));
        assertEquals(new Layout.Direct(UNNAMED), first.layout());
        for (Layout layout :
                List.of(Layout.EMPTY, new Layout.OneRow(9), new Layout.Rows(1L << 40))) {
            assertEquals(layout, ObjectRow.decode(row.with(layout).encode()).layout());
        }
    }

    @Test
    void contentRows() {
        golden("INLINE_2", new ContentRow.Inline(new byte[] {1, 2, 3}).encode());
        golden("EXTENTS_2", new ContentRow.Extents(PIECES).encode());
        ContentRow.Parts parts =
                new ContentRow.Parts(
                        List.of(
                                new ContentRow.PartSpan(1, 100_000),
                                new ContentRow.PartSpan(10_000, 0)));
        golden("PARTS_2", parts.encode());
        for (String version : List.of("", "_2")) {
            assertArrayEquals(
                    new byte[] {1, 2, 3},
                    ((ContentRow.Inline) ContentRow.decode(bytes("INLINE" + version))).bytes());
            assertEquals(parts, ContentRow.decode(bytes("PARTS" + version)));
        }
        assertEquals(new ContentRow.Extents(UNNAMED), ContentRow.decode(bytes("EXTENTS")));
        assertEquals(new ContentRow.Extents(PIECES), ContentRow.decode(bytes("EXTENTS_2")));
    }

    @Test
    void uploadsAndParts() {
        UploadRow upload = new UploadRow(5, 1_767_323_045_678L, METADATA, 8, 9);
        golden("UPLOAD", upload.encode());
        assertEquals(upload, UploadRow.decode(bytes("UPLOAD")));
        PartRow part = new PartRow(6, 60_000, MD5, 77, 1_767_323_045_678L, new byte[0], PIECES);
        golden("PART_2", part.encode());
        assertEquals(UNNAMED, PartRow.decode(bytes("PART")).pieces());
        PartRow read = PartRow.decode(bytes("PART_2"));
        assertEquals(PartInfo.of(3, part), PartInfo.of(3, read));
        assertEquals(PIECES, read.pieces());
        assertEquals(Map.of(), read.checksums());
        PartRow checked =
                new PartRow(
                        6,
                        60_000,
                        MD5,
                        77,
                        1_767_323_045_678L,
                        new byte[0],
                        PIECES,
                        Map.of(
                                ChecksumAlgorithm.CRC32,
                                HexFormat.of().parseHex("01020304"),
                                ChecksumAlgorithm.CRC64NVME,
                                HexFormat.of().parseHex("0102030405060708")));
        golden("PART_3", checked.encode());
        PartRow third = PartRow.decode(bytes("PART_3"));
        assertEquals(PIECES, third.pieces());
        checked.checksums().forEach((a, v) -> assertArrayEquals(v, third.checksums().get(a)));
        assertEquals(2, third.checksums().size());
    }

    @Test
    void buckets() {
        CorsRule rule =
                new CorsRule("r", List.of("*"), List.of("GET"), List.of(), List.of("ETag"), -1);
        BucketRow row =
                new BucketRow(
                        1,
                        "root",
                        "local",
                        false,
                        BucketAcl.PUBLIC_READ,
                        List.of(rule),
                        false,
                        1000,
                        2000);
        golden("BUCKET", row.encode());
        assertEquals(row, BucketRow.decode(bytes("BUCKET")));
        BucketRow second =
                new BucketRow(
                        1,
                        "root",
                        "eu-1",
                        true,
                        BucketAcl.PUBLIC_READ,
                        List.of(rule),
                        true,
                        1000,
                        2000);
        golden("BUCKET_2", second.encode());
        assertEquals(second, BucketRow.decode(bytes("BUCKET_2")));
    }

    @Test
    void deletionsAndOwners() {
        DeletionRow.OfObject object = new DeletionRow.OfObject(4, new Layout.Rows(5));
        golden("DELETION_2", object.encode());
        assertEquals(object, DeletionRow.decode(bytes("DELETION")));
        assertEquals(object, DeletionRow.decode(bytes("DELETION_2")));
        golden("DELETION_PART_2", new DeletionRow.OfPart(3, PIECES).encode());
        assertEquals(
                new DeletionRow.OfPart(3, PIECES), DeletionRow.decode(bytes("DELETION_PART_2")));
        assertEquals(
                new DeletionRow.OfPart(3, UNNAMED), DeletionRow.decode(bytes("DELETION_PART")));
        DeletionRow upload = new DeletionRow.OfUpload(2);
        assertEquals(upload, DeletionRow.decode(upload.encode()));
        OwnerRow owner = new OwnerRow.InContent(5, 70_000);
        golden("OWNER_2", owner.encode(ENCRYPTED));
        assertEquals(owner, OwnerRow.decode(bytes("OWNER")));
        assertEquals(owner, OwnerRow.decode(bytes("OWNER_2")));
        OwnerRow part = new OwnerRow.InPart(5, 6);
        assertEquals(part, OwnerRow.decode(part.encode(ENCRYPTED)));
    }

    @Test
    void theOwnersKeyAndRecordGiveTheExtentOfBothVersions() {
        ExtentRef unnamed = UNNAMED.getFirst().ref();
        byte[] first = StoreKeys.owner(unnamed, 5);
        assertEquals(
                "566f" + "00" + "0000000000000007" + "0000000000001000" + "0000000000000005",
                HexFormat.of().formatHex(first));
        assertEquals(
                unnamed, OwnerRow.extent(StoreId.UNNAMED, 7, new Entry(first, bytes("OWNER"))));
        byte[] second = StoreKeys.owner(ENCRYPTED, 5);
        assertEquals(
                "566f"
                        + "01112233445566778899aabbccddeeff00"
                        + "0000000000000008"
                        + "0000000000001000"
                        + "0000000000000005",
                HexFormat.of().formatHex(second));
        assertEquals(ENCRYPTED, OwnerRow.extent(STORE, 8, new Entry(second, bytes("OWNER_2"))));
        assertEquals(5, StoreKeys.ownerId(first));
        assertEquals(5, StoreKeys.ownerId(second));
    }

    @Test
    void changes() {
        ChangeRow row = new ChangeRow(1, new byte[] {'k'}, 3, 2, ChangeKind.APPEND, -1, 300, 1000);
        golden("CHANGE", row.encode());
        assertEquals(row.change(0, 1), ChangeRow.decode(bytes("CHANGE")).change(0, 1));
    }

    @Test
    void longReads() {
        golden("READ", new ReadRow(1000).encode());
        assertEquals(new ReadRow(1000), ReadRow.decode(bytes("READ")));
        byte[] key = StoreKeys.read(5, STORE);
        assertEquals(
                "5668" + "0000000000000005" + "112233445566778899aabbccddeeff00",
                HexFormat.of().formatHex(key));
        assertEquals(5, StoreKeys.readContent(key));
    }

    @Test
    void theShardOfAKeyNeverChanges() {
        assertEquals(SHARD, StoreKeys.shard(1, new byte[] {'k'}));
    }

    @Test
    void aNewerFormatOfAnyRecordIsRefusedByName() {
        Map<String, Consumer<byte[]>> decoders =
                Map.of(
                        "OBJECT_2", ObjectRow::decode,
                        "INLINE_2", ContentRow::decode,
                        "PART_3", PartRow::decode,
                        "DELETION_2", DeletionRow::decode,
                        "OWNER_2", OwnerRow::decode,
                        "UPLOAD", UploadRow::decode,
                        "BUCKET_2", BucketRow::decode,
                        "CHANGE", ChangeRow::decode);
        decoders.forEach(
                (name, decode) -> {
                    byte[] newer = bytes(name);
                    newer[0]++;
                    assertRefused(() -> decode.accept(newer));
                });
        byte[] owner = bytes("OWNER_2");
        owner[0]++;
        Entry entry = new Entry(StoreKeys.owner(ENCRYPTED, 5), owner);
        assertRefused(() -> OwnerRow.extent(STORE, 8, entry));
    }

    private static void assertRefused(Executable decode) {
        StoreException refused = assertThrows(StoreException.class, decode);
        assertEquals(StoreException.Code.STORAGE_FAILED, refused.code());
    }

    @Test
    void aRecordThatIsCutOffIsCorruptNeverMisread() {
        for (String name : List.of("OBJECT", "OBJECT_2")) {
            byte[] whole = bytes(name);
            for (int length = 1; length < whole.length; length++) {
                byte[] cut = java.util.Arrays.copyOf(whole, length);
                assertThrows(StoreException.class, () -> ObjectRow.decode(cut), "of " + length);
            }
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
                    Map.entry("READ", "01e807"),
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
                    Map.entry(
                            "BUCKET_2",
                            "020104726f6f740465752d3101e807d00f0101017201012a0103474554000104"
                                    + "455461670003"),
                    Map.entry("DELETION", "0100040305"),
                    Map.entry("OWNER", "01f0a2040105f0a204"),
                    Map.entry(
                            "OBJECT_2",
                            "0202ac02ab02e0d403fffffffffffffffeae9ea6e5b733011000112233445566"
                                    + "778899aabbccddeeff02020300112233445566778899aabbccddeeff00030780"
                                    + "20f0a20405e0d40303088020f0a2040901020304000000000000000500f0a204"
                                    + "000000000000000000000000000000000000078020f0a20405e0d4030103612f"
                                    + "62010765787069726573013002016200017802c3a9"),
                    Map.entry("INLINE_2", "0200010203"),
                    Map.entry(
                            "EXTENTS_2",
                            "02010300112233445566778899aabbccddeeff0003078020f0a20405e0d40303"
                                    + "088020f0a2040901020304000000000000000500f0a204000000000000000000"
                                    + "000000000000000000078020f0a20405e0d403"),
                    Map.entry("PARTS_2", "02020201a08d06904e00"),
                    Map.entry(
                            "PART_2",
                            "0206e0d4031000112233445566778899aabbccddeeff000000000000004dae9e"
                                    + "a6e5b7330300112233445566778899aabbccddeeff0003078020f0a20405e0d4"
                                    + "0303088020f0a2040901020304000000000000000500f0a20400000000000000"
                                    + "0000000000000000000000078020f0a20405e0d403"),
                    Map.entry(
                            "PART_3",
                            "0306e0d4031000112233445566778899aabbccddeeff000000000000004dae9e"
                                    + "a6e5b73302010401020304030801020304050607080300112233445566778899"
                                    + "aabbccddeeff0003078020f0a20405e0d40303088020f0a20409010203040000"
                                    + "00000000000500f0a204000000000000000000000000000000000000078020f0"
                                    + "a20405e0d403"),
                    Map.entry("DELETION_2", "0200040305"),
                    Map.entry(
                            "DELETION_PART_2",
                            "0201030300112233445566778899aabbccddeeff0003078020f0a20405e0d403"
                                    + "03088020f0a2040901020304000000000000000500f0a2040000000000000000"
                                    + "00000000000000000000078020f0a20405e0d403"),
                    Map.entry("OWNER_2", "02f0a20403090102030400000000000000050105f0a204"),
                    Map.entry("DELETION_PART", "0101030100078020f0a20405e0d403"),
                    Map.entry("CHANGE", "010101030200ad02e8076b"));

    private static void golden(String name, byte[] bytes) {
        assertEquals(GOLDEN.get(name), HexFormat.of().formatHex(bytes), name);
    }

    private static byte[] bytes(String name) {
        return HexFormat.of().parseHex(java.util.Objects.requireNonNull(GOLDEN.get(name)));
    }
}
