package io.millrace.store.content;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.extents.ExtentRef;
import io.millrace.store.space.StoreException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class DigestsTest {
    private static final byte[] BYTES = "123456789".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] MD5 = hex("25f9e794323b453885f5181f1b624d0b");
    private static final byte[] SHA256 =
            hex("15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225");

    /** The check value of CRC-64/XZ. */
    private static final long CRC64 = 0x995DC9BBDF1939FAL;

    private static final ExpectedDigests RIGHT = new ExpectedDigests(MD5, CRC64, SHA256);

    @Test
    void theRightDigestsLetTheContentThrough() {
        List<Piece> pieces = List.of(Piece.whole(ExtentRef.unnamed(1, 0, 9)));
        for (ExpectedDigests expected : List.of(ExpectedDigests.NONE, RIGHT)) {
            Body.Content content =
                    assertInstanceOf(Body.Content.class, finish(expected, BYTES, pieces));
            assertArrayEquals(MD5, content.md5());
            assertEquals(CRC64, content.crc64());
            assertEquals(9, content.sizeBytes());
            assertSame(BYTES, content.inline());
            assertEquals(pieces, content.pieces());
        }
    }

    @Test
    void aWrongDigestIsNamedWithBothValues() {
        assertEquals(
                new Body.DigestMismatch("md5", "0".repeat(32), HexFormat.of().formatHex(MD5)),
                finish(RIGHT.withMd5(new byte[16]), BYTES, List.of()));
        assertEquals(
                new Body.DigestMismatch("sha256", "0".repeat(64), HexFormat.of().formatHex(SHA256)),
                finish(new ExpectedDigests(MD5, CRC64, new byte[32]), BYTES, List.of()));
        assertEquals(
                new Body.DigestMismatch("crc64", "18446744073709551615", "11051210869376104954"),
                finish(RIGHT.withCrc64(-1), BYTES, List.of()));
        assertEquals(
                new Body.DigestMismatch("crc64", "7", "11051210869376104954"),
                finish(ExpectedDigests.NONE.withCrc64(7), BYTES, List.of()));
    }

    private static Body finish(ExpectedDigests expected, byte[] bytes, List<Piece> pieces) {
        Digests digests = new Digests(expected);
        byte[] shifted = new byte[bytes.length + 5];
        System.arraycopy(bytes, 0, shifted, 2, bytes.length);
        digests.update(shifted, 2, 4);
        digests.update(shifted, 6, bytes.length - 4);
        return digests.finish(bytes.length, bytes, pieces);
    }

    @Test
    void theMd5OfMd5sIsThatOfAllOneAfterAnother() {
        assertArrayEquals(MD5, Digests.md5(List.of(hex("31323334"), hex("3536373839"))));
        assertArrayEquals(hex("d41d8cd98f00b204e9800998ecf8427e"), Digests.md5(List.of()));
    }

    @Test
    void aDigestOfTheWrongLengthIsRefused() {
        for (int length : new int[] {0, 15, 17}) {
            StoreException refused =
                    assertThrows(
                            StoreException.class,
                            () -> new ExpectedDigests(new byte[length], null, null));
            assertEquals(StoreException.Code.INVALID_ARGUMENT, refused.code());
            assertEquals("an MD5 digest has 16 bytes", refused.getMessage());
        }
        for (int length : new int[] {0, 31, 33}) {
            StoreException refused =
                    assertThrows(
                            StoreException.class,
                            () -> new ExpectedDigests(null, null, new byte[length]));
            assertEquals(StoreException.Code.INVALID_ARGUMENT, refused.code());
            assertEquals("a SHA-256 digest has 32 bytes", refused.getMessage());
        }
    }

    private static byte[] hex(String hex) {
        return HexFormat.of().parseHex(hex);
    }
}
