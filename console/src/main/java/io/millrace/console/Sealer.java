package io.millrace.console;

import io.millrace.kit.Ids;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Keeps the domains' private keys unreadable on disk: AES-256-GCM under a key that is derived from
 * the edge's service secret, which itself comes from the master key. The edge is given those
 * private keys anyway, so whoever holds its secret learns nothing more by this.
 */
final class Sealer {
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final SecretKeySpec key;

    Sealer(String serviceSecret) {
        this.key =
                new SecretKeySpec(hmac(serviceSecret, "millrace console domain keys 1"), "AES");
    }

    /** Another secret of the same root, in hexadecimal. */
    static String derive(String serviceSecret, String purpose) {
        return HexFormat.of().formatHex(hmac(serviceSecret, purpose));
    }

    private static byte[] hmac(String secret, String purpose) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return mac.doFinal(purpose.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
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
