package io.millrace.extents;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Bytes that can be made again from a number. */
final class Payload {
    private Payload() {}

    static byte[] of(long number, int length) {
        byte[] bytes = new byte[length];
        // Zeros at the end are the hard case for finding the tail of a volume.
        int zeros = number % 3 == 0 ? length / 2 : 0;
        new SplittableRandom(number).nextBytes(bytes);
        Arrays.fill(bytes, length - zeros, length, (byte) 0);
        return bytes;
    }

    static byte[] read(Extents extents, ExtentRef ref) {
        byte[] into = new byte[(int) ref.length()];
        int n = extents.read(ref, 0, into, 0, into.length);
        if (n != into.length) {
            throw new AssertionError(ref + " gave " + n + " bytes");
        }
        return into;
    }
}
