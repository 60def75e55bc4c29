package io.millrace.access;

import io.millrace.kit.Ids;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.concurrent.Semaphore;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;
import org.jspecify.annotations.Nullable;

/**
 * Passwords at rest: Argon2id, 19 MiB, two passes, one lane (the first of OWASP's recommendations).
 * The hash's text carries its parameters, so that they can be raised later. At most two are
 * computed at once, which bounds memory. Thread-safe.
 */
final class Passwords {
    static final int MIN_LENGTH = 10;
    static final int MAX_LENGTH = 256;
    private static final int MEMORY_KIB = 19 * 1024;
    private static final int PASSES = 2;
    private static final String HEAD = "$argon2id$v=19$m=";

    private final Semaphore atOnce = new Semaphore(2);
    private final String nobody;

    Passwords() {
        nobody = encode(MEMORY_KIB, PASSES, Ids.randomBytes(16), new byte[32]);
    }

    String hash(String password) {
        byte[] salt = Ids.randomBytes(16);
        return encode(MEMORY_KIB, PASSES, salt, argon(password, salt, MEMORY_KIB, PASSES));
    }

    /** Takes as long for a user without a password as for one with. */
    boolean matches(String password, @Nullable String hash) {
        String text = hash == null ? nobody : hash;
        String[] parts = text.split("\\$");
        // "", argon2id, v=19, m=…,t=…,p=1, salt, hash
        if (!text.startsWith(HEAD) || parts.length != 6) {
            return false;
        }
        String[] costs = parts[3].split(",");
        int memory = Integer.parseInt(costs[0].substring(2));
        int passes = Integer.parseInt(costs[1].substring(2));
        byte[] salt = Base64.getDecoder().decode(parts[4]);
        byte[] expected = Base64.getDecoder().decode(parts[5]);
        boolean same = MessageDigest.isEqual(expected, argon(password, salt, memory, passes));
        return same && hash != null;
    }

    private static String encode(int memory, int passes, byte[] salt, byte[] hash) {
        Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
        return HEAD
                + memory
                + ",t="
                + passes
                + ",p=1$"
                + base64.encodeToString(salt)
                + "$"
                + base64.encodeToString(hash);
    }

    private byte[] argon(String password, byte[] salt, int memory, int passes) {
        atOnce.acquireUninterruptibly();
        try {
            Argon2BytesGenerator generator = new Argon2BytesGenerator();
            generator.init(
                    new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                            .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                            .withMemoryAsKB(memory)
                            .withIterations(passes)
                            .withParallelism(1)
                            .withSalt(salt)
                            .build());
            byte[] out = new byte[32];
            generator.generateBytes(password.getBytes(StandardCharsets.UTF_8), out);
            return out;
        } finally {
            atOnce.release();
        }
    }
}
