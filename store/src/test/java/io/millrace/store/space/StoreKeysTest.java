package io.millrace.store.space;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.ExtentRef;
import io.millrace.extents.StoreId;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Keys as they stand on disks out there, and the limits of those that clients name. */
class StoreKeysTest {
    private static final StoreId STORE = new StoreId(0x1122334455667788L, 0x99AABBCCDDEEFF00L);
    private static final String STORE_HEX = "112233445566778899aabbccddeeff00";
    private static final ExtentRef NAMED = new ExtentRef(STORE, 3, 7, 4096, 100);
    private static final ExtentRef UNNAMED = ExtentRef.unnamed(7, 4096, 100);
    private static final String SEVEN = "0000000000000007";
    private static final String OFFSET = "0000000000001000";
    private static final String LARGE = "8000000000000001";
    private static final byte[] KEY = {'k', 0, -1};
    private static final long ID = 0x8000000000000001L;

    @Test
    void bucketsAndObjects() {
        assertKey("426e6162", StoreKeys.bucket("ab"));
        assertKey("426e", StoreKeys.buckets());
        assertKey("4269" + LARGE, StoreKeys.bucketName(ID));
        assertEquals("ab", StoreKeys.bucketName(StoreKeys.bucket("ab")));
        assertKey("4d" + LARGE + "6b00ff", StoreKeys.object(ID, KEY));
        assertKey("4d" + LARGE, StoreKeys.objects(ID));
        byte[] named = "é/1".getBytes(StandardCharsets.UTF_8);
        assertEquals("é/1", StoreKeys.objectKey(StoreKeys.object(ID, named)));
        assertKey("58" + LARGE + SEVEN, StoreKeys.content(ID, 7));
        assertKey("58" + LARGE, StoreKeys.contents(ID));
        assertEquals(7, StoreKeys.contentOffset(StoreKeys.content(ID, 7)));
    }

    @Test
    void uploadsAndParts() {
        byte[] id = new byte[16];
        id[15] = 1;
        assertKey(
                "5575" + LARGE + "6b00ffff0001" + "00".repeat(15) + "01",
                StoreKeys.upload(ID, KEY, id));
        assertKey("5575" + LARGE, StoreKeys.uploads(ID));
        assertKey("5575", StoreKeys.allUploads());
        assertKey("5570" + LARGE + "00002710", StoreKeys.part(ID, 10_000));
        assertKey("5570" + LARGE, StoreKeys.parts(ID));
        assertEquals(10_000, StoreKeys.partNumber(StoreKeys.part(ID, 10_000)));
    }

    @Test
    void deletionsStandInTheirShardByTime() {
        assertKey("4402" + OFFSET + "0000000000000012", StoreKeys.deletion(4096, 18));
        assertKey("440f" + OFFSET + "000000000000001f", StoreKeys.deletion(4096, 31));
        assertKey("440f" + OFFSET, StoreKeys.deletions(15, 4096));
        assertEquals(4096, StoreKeys.deletedMillis(StoreKeys.deletion(4096, 18)));
    }

    @Test
    void whatIsKnownOfVolumesStandsUnderTheirStore() {
        String named = "01" + STORE_HEX + SEVEN;
        assertKey("566f" + named + OFFSET + LARGE, StoreKeys.owner(NAMED, ID));
        assertKey("566f00" + SEVEN + OFFSET + LARGE, StoreKeys.owner(UNNAMED, ID));
        assertKey("566f" + named + OFFSET, StoreKeys.owners(NAMED));
        assertKey("566f" + named, StoreKeys.owners(STORE, 7));
        assertKey("566f01" + STORE_HEX, StoreKeys.owners(STORE));
        assertKey("566f00", StoreKeys.owners(StoreId.UNNAMED));
        for (ExtentRef ref : List.of(NAMED, UNNAMED)) {
            byte[] owner = StoreKeys.owner(ref, ID);
            assertEquals(7, StoreKeys.ownedVolume(owner));
            assertEquals(4096, StoreKeys.ownedOffset(owner));
            assertEquals(ID, StoreKeys.ownerId(owner));
        }
        assertKey("5664" + named, StoreKeys.deadBytes(STORE, 7));
        assertKey("5665" + named, StoreKeys.condemned(STORE, 7));
        assertKey("5661" + named, StoreKeys.audited(STORE, 7));
        assertKey("566100" + SEVEN, StoreKeys.audited(StoreId.UNNAMED, 7));
    }

    @Test
    void damage() {
        assertKey("5670" + STORE_HEX, StoreKeys.scrub(STORE));
        assertKey("5678", StoreKeys.damages());
        assertKey("5678" + STORE_HEX, StoreKeys.damages(STORE));
        String place = SEVEN + OFFSET + "0000000000000002";
        assertKey("5678" + STORE_HEX + "01" + place, StoreKeys.damage(STORE, NAMED, 2));
        assertKey("5678" + STORE_HEX + "00" + place, StoreKeys.damage(STORE, UNNAMED, 2));
        assertKey("566b", StoreKeys.damagedFiles());
        assertKey("566b612e62", StoreKeys.damagedFile("a.b"));
        assertEquals("a.b", StoreKeys.damagedFile(StoreKeys.damagedFile("a.b")));
    }

    @Test
    void storesAndSharers() {
        assertKey("5673" + STORE_HEX, StoreKeys.extentStore(STORE));
        assertKey("5673", StoreKeys.extentStores());
        assertKey("5675", StoreKeys.unnamedStore());
        assertKey("5663" + LARGE + SEVEN, StoreKeys.sharer(ID, 7));
        assertKey("5663" + LARGE, StoreKeys.sharers(ID));
    }

    @Test
    void changesAndCounters() {
        assertKey("4c633f", StoreKeys.logCounter(63));
        assertKey("4c723f", StoreKeys.log(63));
        assertKey("4c723f" + LARGE, StoreKeys.log(63, ID));
        assertKey("4c743f", StoreKeys.logTrimmed(63));
        assertEquals(ID, StoreKeys.logStamp(StoreKeys.log(63, ID)));
        assertKey("4e" + LARGE + "6f3f", StoreKeys.objectCount(ID, 63));
        assertKey("4e" + LARGE + "623f", StoreKeys.byteCount(ID, 63));
        assertKey("4e" + LARGE, StoreKeys.counters(ID));
    }

    @Test
    void theShardOfAKeyNeverChanges() {
        assertEquals(13, StoreKeys.shard(1, new byte[] {'k'}));
        assertEquals(39, StoreKeys.shard(ID, new byte[] {'a', 'b', 'c'}));
    }

    @Test
    void anObjectsKeyHasOneTo1024BytesOfValidUnicode() {
        assertArrayEquals(new byte[] {'a'}, StoreKeys.keyBytes("a"));
        assertEquals(1024, StoreKeys.keyBytes("ü".repeat(512)).length);
        assertEquals(4, StoreKeys.keyBytes("\uD83D\uDE00").length);
        assertInvalid("an object key has 1 to 1024 bytes in UTF-8, not 0", "");
        assertInvalid(
                "an object key has 1 to 1024 bytes in UTF-8, not 1025", "ü".repeat(512) + "a");
        for (String half : List.of("\uD83D", "\uDE00", "a\uD83D", "a\uD83Db", "\uDE00\uD83D")) {
            assertInvalid("a key must be valid Unicode", half);
        }
    }

    private static void assertInvalid(String text, String key) {
        StoreException refused =
                assertThrows(StoreException.class, () -> StoreKeys.keyBytes(key), key);
        assertEquals(StoreException.Code.INVALID_ARGUMENT, refused.code());
        assertEquals(text, refused.getMessage());
    }

    private static void assertKey(String hex, byte[] key) {
        assertEquals(hex, HexFormat.of().formatHex(key));
        assertTrue(key.length > 0);
    }
}
