package io.millrace.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Crc64Test {
    @Test
    void matchesTheCatalogueCheckValue() {
        assertEquals(
                0x995DC9BBDF1939FAL, Crc64.of("123456789".getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void isTheSameAsBitByBitForAnyLengthAndPlace() {
        byte[] bytes = new byte[700];
        new Random(3).nextBytes(bytes);
        for (int offset = 0; offset < 9; offset++) {
            long slow = ~0L;
            for (int length = 0; offset + length < bytes.length; length++) {
                Crc64 fast = new Crc64();
                fast.update(bytes, offset, length);
                assertEquals(~slow, fast.value(), length + " bytes from " + offset);
                slow ^= bytes[offset + length] & 0xff;
                for (int bit = 0; bit < 8; bit++) {
                    slow = (slow & 1) != 0 ? (slow >>> 1) ^ 0xC96C5795D7870F42L : slow >>> 1;
                }
            }
        }
    }

    @Test
    void combiningTwoPartsEqualsTheWhole() {
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            byte[] whole = new byte[random.nextInt(5000)];
            random.nextBytes(whole);
            int cut = whole.length == 0 ? 0 : random.nextInt(whole.length + 1);
            Crc64 a = new Crc64();
            a.update(whole, 0, cut);
            Crc64 b = new Crc64();
            b.update(whole, cut, whole.length - cut);
            assertEquals(
                    Crc64.of(whole),
                    Crc64.combine(a.value(), b.value(), whole.length - cut),
                    "round " + round);
            Crc64 continued = new Crc64(a.value());
            continued.update(whole, cut, whole.length - cut);
            assertEquals(Crc64.of(whole), continued.value());
        }
    }
}
