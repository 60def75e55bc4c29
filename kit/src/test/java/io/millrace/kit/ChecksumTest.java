package io.millrace.kit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ChecksumTest {
    /** The check values of the catalogues, of RFC 3174 and of FIPS 180. */
    @ParameterizedTest
    @CsvSource({
        "CRC32, y/Q5Jg==",
        "CRC32C, 4waSgw==",
        "CRC64NVME, rosUhgp5mIg=",
        "SHA1, 98O8HYCOBHMq32eZZczDTKeuNEE=",
        "SHA256, FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
    })
    void theChecksumOfKnownBytes(ChecksumAlgorithm algorithm, String base64) {
        byte[] bytes = "123456789".getBytes(StandardCharsets.US_ASCII);
        byte[] value = Checksum.of(algorithm, bytes);
        assertEquals(base64, Base64.getEncoder().encodeToString(value));
        assertEquals(algorithm.bytes(), value.length);
    }

    @ParameterizedTest
    @EnumSource
    void howTheBytesComeMakesNoDifference(ChecksumAlgorithm algorithm) {
        byte[] bytes = new byte[1000];
        new Random(1).nextBytes(bytes);
        Checksum single = Checksum.of(algorithm);
        for (int i = 0; i < bytes.length; i++) {
            single.update(bytes, i, 1);
        }
        assertArrayEquals(Checksum.of(algorithm, bytes), single.value());
    }

    @ParameterizedTest
    @EnumSource(names = {"CRC32", "CRC32C", "CRC64NVME"})
    void theChecksumOfAWholeFollowsFromThoseOfItsParts(ChecksumAlgorithm algorithm) {
        byte[] bytes = new byte[100_000];
        new Random(2).nextBytes(bytes);
        for (int cut : new int[] {0, 1, 2, 3, 7, 8, 255, 4096, 65_537, 99_999, 100_000}) {
            byte[] first = Checksum.of(algorithm, Arrays.copyOf(bytes, cut));
            byte[] second = Checksum.of(algorithm, Arrays.copyOfRange(bytes, cut, bytes.length));
            assertArrayEquals(
                    Checksum.of(algorithm, bytes),
                    algorithm.combine(first, second, bytes.length - cut),
                    algorithm + " cut at " + cut);
        }
    }

    @Test
    void aDigestOfPartsGivesNoneOfTheWhole() {
        byte[] one = new byte[20];
        assertThrows(
                IllegalArgumentException.class, () -> ChecksumAlgorithm.SHA1.combine(one, one, 1));
    }
}
