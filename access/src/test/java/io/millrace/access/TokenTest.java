package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;

/** Sealed tokens: what comes out is what went in, or nothing. */
class TokenTest {
    private final MasterKey master = MasterKey.ephemeral();

    private static Token token(String policy) {
        return new Token(
                'R',
                "STS.id",
                "secret",
                "role",
                "r1",
                3,
                Parts.NOON,
                "session",
                "bucket",
                "p/",
                policy);
    }

    private String sealed(byte[] plain) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(master.sealToken(plain));
    }

    @Test
    void aTokenOpensAsItWasSealed() {
        assertEquals(token("{}"), Token.open(token("{}").seal(master), master));
        assertEquals("Token[STS.id]", token("{}").toString(), "no secret in it");
    }

    @Test
    void theLongestSessionPolicyFitsInWhateverScript() {
        Token longest = token("像".repeat(2_048));
        assertEquals(longest, Token.open(longest.seal(master), master));
    }

    @Test
    void aTextThatNoTokenNeedsIsNotLookedAt() {
        String sealed = sealed(new byte[12 * 1024]);
        assertTrue(sealed.length() > 12 * 1024);
        assertNull(Token.open(sealed, master));
        String most = token("x".repeat(9_116)).seal(master);
        assertEquals(12 * 1024, most.length());
        assertEquals('R', java.util.Objects.requireNonNull(Token.open(most, master)).kind());
        assertNull(Token.open(token("x".repeat(9_117)).seal(master), master));
    }

    @Test
    void whatIsNoTokenOfThisVersionOpensAsNothing() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(2);
            out.writeByte('R');
            for (int i = 0; i < 4; i++) {
                out.writeUTF("a");
            }
            out.writeLong(1);
            out.writeLong(1);
            for (int i = 0; i < 4; i++) {
                out.writeUTF("a");
            }
        }
        byte[] plain = bytes.toByteArray();
        assertNull(Token.open(sealed(plain), master), "version 2");
        plain[0] = 1;
        assertEquals(
                "a", java.util.Objects.requireNonNull(Token.open(sealed(plain), master)).policy());
        for (int end = 0; end < plain.length; end++) {
            assertNull(Token.open(sealed(Arrays.copyOf(plain, end)), master), "cut at " + end);
        }
        assertNull(Token.open("no base64!", master));
        assertNull(Token.open("", master));
    }

    @Test
    void anotherKeyOrAChangedByteOpensNothing() {
        byte[] sealed = master.sealToken(new byte[] {1, 2, 3});
        assertEquals(5 + 12 + 3 + 16, sealed.length);
        assertEquals(3, java.util.Objects.requireNonNull(master.openToken(sealed)).length);
        assertNull(MasterKey.ephemeral().openToken(sealed));
        for (int at = 0; at < sealed.length; at++) {
            byte[] bent = sealed.clone();
            bent[at] ^= 1;
            assertNull(master.openToken(bent), "byte " + at);
            assertNull(master.openToken(Arrays.copyOf(sealed, at)), "cut at " + at);
        }
        byte[] empty = master.sealToken(new byte[0]);
        assertEquals(0, java.util.Objects.requireNonNull(master.openToken(empty)).length);
    }

    @Test
    void aSecretAtRestOpensForItsOwnRecordOnly() {
        byte[] sealed = master.encrypt("sécret", "key:1");
        assertEquals("sécret", master.decrypt(sealed, "key:1"));
        for (Runnable wrong :
                new Runnable[] {
                    () -> master.decrypt(sealed, "key:2"),
                    () -> master.decrypt(Arrays.copyOf(sealed, sealed.length - 1), "key:1"),
                    () -> master.decrypt(new byte[27], "key:1"),
                    () -> master.decrypt(new byte[3], "key:1"),
                    () -> MasterKey.ephemeral().decrypt(sealed, "key:1")
                }) {
            AccessException e = assertThrows(AccessException.class, wrong::run);
            assertEquals(AccessException.Code.STORAGE, e.code());
            assertTrue(String.valueOf(e.getMessage()).startsWith("A secret at rest does not"));
        }
        assertEquals("", master.decrypt(master.encrypt("", "key:1"), "key:1"));
    }
}
