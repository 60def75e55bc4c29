package io.millrace.kit;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Random identifiers: unguessable ones for secrets, short ones for requests. Thread-safe. */
public final class Ids {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final char[] ALPHABET =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".toCharArray();
    private static final HexFormat UPPER = HexFormat.of().withUpperCase();

    private Ids() {}

    /** A request id: 24 upper-case hexadecimal digits, the length that the OSS SDKs expect. */
    public static String requestId() {
        byte[] bytes = new byte[12];
        java.util.concurrent.ThreadLocalRandom.current().nextBytes(bytes);
        return UPPER.formatHex(bytes);
    }

    /** {@code length} letters and digits from a cryptographic source: 5.95 bits each. */
    public static String secret(int length) {
        char[] out = new char[length];
        for (int i = 0; i < length; i++) {
            out[i] = ALPHABET[RANDOM.nextInt(ALPHABET.length)];
        }
        return new String(out);
    }

    /** {@code count} bytes from a cryptographic source. */
    public static byte[] randomBytes(int count) {
        byte[] bytes = new byte[count];
        RANDOM.nextBytes(bytes);
        return bytes;
    }
}
