package io.millrace.keyspace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.millrace.testkit.Seed;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeysTest {
    @Test
    void encodedTuplesCompareAsTheirElements() {
        Seed seed = Seed.fresh();
        Random random = seed.random();
        for (int i = 0; i < 20_000; i++) {
            byte[] a1 = element(random);
            byte[] b1 = random.nextBoolean() ? a1 : element(random);
            byte[] a2 = element(random);
            byte[] b2 = element(random);
            byte[] a = Keys.family('M').bytes(a1).bytes(a2).done();
            byte[] b = Keys.family('M').bytes(b1).bytes(b2).done();
            int first = Arrays.compareUnsigned(a1, b1);
            int expected = first != 0 ? first : Arrays.compareUnsigned(a2, b2);
            assertEquals(
                    Integer.signum(expected),
                    Integer.signum(Arrays.compareUnsigned(a, b)),
                    seed.toString());
            Keys.Reader reader = Keys.read(a, 1);
            assertArrayEquals(a1, reader.bytes());
            assertArrayEquals(a2, reader.bytes());
            assertFalse(reader.more());
        }
    }

    private static byte[] element(Random random) {
        byte[] bytes = new byte[random.nextInt(4)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (random.nextInt(4) - 2);
        }
        return bytes;
    }

    @Test
    void numbersKeepTheirWidth() {
        byte[] key = Keys.family('L').u8(200).u32(-1).u64(Long.MIN_VALUE).text("x\u0000y").done();
        Keys.Reader reader = Keys.read(key, 1);
        assertEquals(200, reader.u8());
        assertEquals(-1, reader.u32());
        assertEquals(Long.MIN_VALUE, reader.u64());
        assertEquals("x\u0000y", reader.text());
    }

    @Test
    void theEndOfAPrefixIsAboveItsKeysAndBelowTheNext() {
        assertArrayEquals(new byte[] {'M', 2}, Keys.afterPrefix(new byte[] {'M', 1}));
        assertArrayEquals(new byte[] {'N'}, Keys.afterPrefix(new byte[] {'M', -1, -1}));
    }
}
