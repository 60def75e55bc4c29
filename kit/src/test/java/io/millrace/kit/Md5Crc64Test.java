package io.millrace.kit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Md5Crc64Test {
    private static final Random RANDOM = new Random(11);

    private static MessageDigest md5() throws NoSuchAlgorithmException {
        return MessageDigest.getInstance("MD5");
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    /** RFC 1321, appendix A.5. */
    @Test
    void matchesTheSuiteOfTheRfc() {
        assertEquals("d41d8cd98f00b204e9800998ecf8427e", hex(""));
        assertEquals("0cc175b9c0f1b6a831c399e269772661", hex("a"));
        assertEquals("900150983cd24fb0d6963f7d28e17f72", hex("abc"));
        assertEquals("f96b697d7cb7938d525a2f31aaf161d0", hex("message digest"));
        assertEquals("57edf4a22be3c955ac49da2e2107b67a", hex("1234567890".repeat(8)));
    }

    private static String hex(String text) {
        Md5Crc64 both = new Md5Crc64();
        both.update(text.getBytes(StandardCharsets.US_ASCII), 0, text.length());
        return HexFormat.of().formatHex(both.md5());
    }

    @Test
    void isWhatTheTwoAloneSayForAnyLengthAndPlace() throws Exception {
        byte[] bytes = random(700);
        for (int offset = 0; offset < 9; offset++) {
            for (int length = 0; offset + length <= 600; length++) {
                Md5Crc64 both = new Md5Crc64();
                both.update(bytes, offset, length);
                MessageDigest md5 = md5();
                md5.update(bytes, offset, length);
                Crc64 crc = new Crc64();
                crc.update(bytes, offset, length);
                String what = length + " bytes from " + offset;
                assertArrayEquals(md5.digest(), both.md5(), what);
                assertEquals(crc.value(), both.crc64(), what);
            }
        }
    }

    /** Also when it is long enough for each of the JVM's compilers. */
    @Test
    void howTheBytesAreCutMakesNoDifference() throws Exception {
        for (int round = 0; round < 60; round++) {
            byte[] bytes = random(RANDOM.nextInt(400_000));
            Md5Crc64 both = new Md5Crc64();
            int most = 1 + RANDOM.nextInt(round % 2 == 0 ? 200 : 100_000);
            for (int at = 0; at < bytes.length; ) {
                int length = Math.min(RANDOM.nextInt(most + 1), bytes.length - at);
                both.update(bytes, at, length);
                at += length;
            }
            assertArrayEquals(md5().digest(bytes), both.md5(), "round " + round);
            assertEquals(Crc64.of(bytes), both.crc64(), "round " + round);
        }
    }

    @Test
    void itGoesOnAfterAnAnswer() throws Exception {
        byte[] bytes = random(1_000);
        Md5Crc64 both = new Md5Crc64();
        for (int i = 0; i < bytes.length; i++) {
            both.update(bytes, i, 1);
            MessageDigest md5 = md5();
            md5.update(bytes, 0, i + 1);
            assertArrayEquals(md5.digest(), both.md5());
            Crc64 crc = new Crc64();
            crc.update(bytes, 0, i + 1);
            assertEquals(crc.value(), both.crc64());
        }
    }

    /** The length in bits has more than 32 of them. */
    @Test
    void moreThanFourGigabitsAreCounted() throws Exception {
        byte[] bytes = random(1 << 20);
        Md5Crc64 both = new Md5Crc64();
        MessageDigest md5 = md5();
        for (int i = 0; i < 513; i++) {
            both.update(bytes, 0, bytes.length);
            md5.update(bytes);
        }
        assertArrayEquals(md5.digest(), both.md5());
    }

    @Test
    void nothingIsReadBesideTheArray() {
        Md5Crc64 both = new Md5Crc64();
        byte[] bytes = new byte[10];
        assertThrows(IndexOutOfBoundsException.class, () -> both.update(bytes, 1, 10));
        assertThrows(IndexOutOfBoundsException.class, () -> both.update(bytes, -1, 2));
        assertThrows(IndexOutOfBoundsException.class, () -> both.update(bytes, 2, -1));
        assertEquals(0, both.crc64());
    }
}
