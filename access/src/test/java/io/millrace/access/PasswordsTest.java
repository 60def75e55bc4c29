package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;
import org.junit.jupiter.api.Test;

/** Passwords at rest. */
class PasswordsTest {
    static final String PASSWORD = "correct horse";

    /** A hash of {@link #PASSWORD} that costs next to nothing: 8 KiB, one pass. */
    static final String QUICK = hash(8, 1);

    private final Passwords passwords = new Passwords();

    private static String hash(int memoryKib, int passes) {
        byte[] salt = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
        Argon2BytesGenerator generator = new Argon2BytesGenerator();
        generator.init(
                new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                        .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                        .withMemoryAsKB(memoryKib)
                        .withIterations(passes)
                        .withParallelism(1)
                        .withSalt(salt)
                        .build());
        byte[] out = new byte[32];
        generator.generateBytes(PASSWORD.getBytes(StandardCharsets.UTF_8), out);
        Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
        return "$argon2id$v=19$m="
                + memoryKib
                + ",t="
                + passes
                + ",p=1$"
                + base64.encodeToString(salt)
                + "$"
                + base64.encodeToString(out);
    }

    @Test
    void aHashSaysWhatItCostsAndFitsItsPasswordOnly() {
        String one = passwords.hash(PASSWORD);
        assertTrue(
                one.matches("\\$argon2id\\$v=19\\$m=19456,t=2,p=1\\$[\\w+/]{22}\\$[\\w+/]{43}"),
                one);
        assertNotEquals(one, passwords.hash(PASSWORD), "each has a salt of its own");
        assertTrue(passwords.matches(PASSWORD, one));
        assertTrue(!passwords.matches("wrong horse", one));
    }

    /** So that they can be raised and old hashes still fit. */
    @Test
    void aHashIsComputedAtItsOwnCosts() {
        for (String hash : new String[] {QUICK, hash(16, 3)}) {
            assertTrue(passwords.matches(PASSWORD, hash));
            assertTrue(!passwords.matches("wrong horse", hash));
            assertTrue(!passwords.matches(PASSWORD, hash.replace("m=", "m=9")));
        }
    }

    @Test
    void whoHasNoPasswordOrNoHashThatIsKnownIsRefused() {
        assertTrue(!passwords.matches(PASSWORD, null));
        for (String unknown :
                new String[] {
                    "",
                    QUICK.replace("argon2id", "argon2i"),
                    QUICK.replace("v=19", "v=18"),
                    QUICK + "$x",
                    QUICK.substring(0, QUICK.lastIndexOf('$'))
                }) {
            assertTrue(!passwords.matches(PASSWORD, unknown), unknown);
        }
        assertEquals(6, QUICK.split("\\$").length);
    }
}
