package io.millrace.console;

import io.millrace.kit.Ids;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Keeps the domains' private keys unreadable on disk: AES-256-GCM under a key that comes from the
 * master key.
 */
final class Sealer {
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final SecretKeySpec key;

    /**
     * A sealer.
     *
     * @param secret 32 bytes from the master key, for this purpose only
     */
    Sealer(byte[] secret) {
        this.key = new SecretKeySpec(secret, "AES");
    }

    /** Nonce and sealed text; {@code about} is bound to it but not kept. */
    byte[] seal(String text, String about) {
        byte[] nonce = Ids.randomBytes(NONCE_BYTES);
        byte[] sealed =
                run(Cipher.ENCRYPT_MODE, nonce, text.getBytes(StandardCharsets.UTF_8), about);
        byte[] out = Arrays.copyOf(nonce, NONCE_BYTES + sealed.length);
        System.arraycopy(sealed, 0, out, NONCE_BYTES, sealed.length);
        return out;
    }

    String open(byte[] sealed, String about) {
        byte[] nonce = Arrays.copyOf(sealed, NONCE_BYTES);
        byte[] rest = Arrays.copyOfRange(sealed, NONCE_BYTES, sealed.length);
        return new String(run(Cipher.DECRYPT_MODE, nonce, rest, about), StandardCharsets.UTF_8);
    }

    private byte[] run(int mode, byte[] nonce, byte[] text, String about) {
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
            cipher.updateAAD(about.getBytes(StandardCharsets.UTF_8));
            return cipher.doFinal(text);
        } catch (GeneralSecurityException e) {
            throw new ConsoleException(
                    ConsoleException.Code.FORMAT,
                    "a stored private key can't be opened; was the master key replaced?",
                    e);
        }
    }
}
