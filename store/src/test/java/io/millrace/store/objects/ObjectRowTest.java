package io.millrace.store.objects;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.store.content.Layout;
import io.millrace.store.space.In;
import io.millrace.store.space.Out;
import io.millrace.store.space.StoreException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ObjectRowTest {
    private static final byte[] MD5 = HexFormat.of().parseHex("00112233445566778899aabbccddeeff");

    @Test
    void theEtagTellsHowTheObjectCameToBe() {
        String hex = HexFormat.of().formatHex(MD5);
        assertEquals(hex, row(MD5, 0, 0).etag());
        assertEquals(hex + "-1", row(MD5, 1, 0).etag());
        assertEquals(hex + "-10000", row(MD5, 10_000, 0).etag());
        assertEquals("fffffffffffffffe-aa12c", row(new byte[0], 0, 0).etag());
    }

    @Test
    void everyFieldComesBack() {
        for (ObjectType type : ObjectType.values()) {
            ObjectRow row =
                    new ObjectRow(
                            4, 3, type, 300, MD5, 2, -2, 1000, 0, metadata(), new Layout.Rows(9));
            ObjectRow read = ObjectRow.decode(row.encode());
            assertArrayEquals(row.encode(), read.encode());
            ObjectInfo info = read.info("b", "k");
            assertEquals(type, info.type());
            assertEquals("b", info.bucket());
            assertEquals("k", info.key());
            assertEquals(300, info.sizeBytes());
            assertEquals(-2, info.crc64());
            assertEquals(Instant.ofEpochMilli(1000), info.lastModified());
            assertEquals(metadata(), info.metadata());
            assertNull(info.sealedTime());
            assertEquals(4, info.versionId());
            assertEquals(3, info.incarnation());
        }
        assertEquals(
                Instant.ofEpochMilli(7),
                ObjectRow.decode(row(MD5, 0, 7).encode()).info("b", "k").sealedTime());
    }

    @Test
    void aMoveChangesNothingButTheLayout() {
        ObjectRow row = row(MD5, 2, 7);
        ObjectRow moved = row.with(new Layout.OneRow(5));
        assertEquals(new Layout.OneRow(5), moved.layout());
        assertEquals(row.info("b", "k"), moved.info("b", "k"));
        assertSame(row.md5(), moved.md5());
        assertArrayEquals(row.encode(), moved.with(row.layout()).encode());
    }

    @Test
    void anUnknownTypeIsCorrupt() {
        byte[] bytes = row(MD5, 0, 0).encode();
        bytes[1] = 3;
        StoreException corrupt = assertThrows(StoreException.class, () -> ObjectRow.decode(bytes));
        assertEquals(StoreException.Code.CORRUPT, corrupt.code());
        assertEquals("an object has the type 3", corrupt.getMessage());
    }

    @Test
    void metadataHasOneFormWhateverTheOrderItCameIn() {
        Map<String, String> backwards = new TreeMap<>(java.util.Comparator.reverseOrder());
        backwards.putAll(Map.of("a", "1", "b", "2", "c", "3"));
        assertEquals(
                "01" + "036f2f70" + "00" + "03" + "01610131" + "01620132" + "01630133",
                metadataHex(new ObjectMetadata("o/p", Map.of(), backwards)));
        assertEquals("000000", metadataHex(ObjectMetadata.NONE));
        for (ObjectMetadata metadata :
                new ObjectMetadata[] {
                    metadata(),
                    ObjectMetadata.ofType(""),
                    new ObjectMetadata(null, Map.of("expires", "0"), Map.of()),
                    new ObjectMetadata(null, Map.of(), Map.of("x", ""))
                }) {
            assertEquals(metadata, readMetadata(metadataHex(metadata)));
        }
        assertSame(ObjectMetadata.NONE, readMetadata("000000"));
    }

    private static String metadataHex(ObjectMetadata metadata) {
        Out out = new Out(4);
        ObjectRow.writeMetadata(out, metadata);
        return HexFormat.of().formatHex(out.done());
    }

    private static ObjectMetadata readMetadata(String hex) {
        return ObjectRow.readMetadata(In.record(HexFormat.of().parseHex("01" + hex), 1, "a test"));
    }

    private static ObjectMetadata metadata() {
        return new ObjectMetadata("a/b", Map.of("expires", "0"), Map.of("x", "é", "b", ""));
    }

    private static ObjectRow row(byte[] md5, int parts, long sealed) {
        return new ObjectRow(
                4,
                3,
                ObjectType.APPENDABLE,
                41_260,
                md5,
                parts,
                -2,
                1000,
                sealed,
                ObjectMetadata.NONE,
                new Layout.Rows(9));
    }
}
