package io.millrace.live;

import io.millrace.access.Access;
import io.millrace.kit.Ids;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes, seals and compares stream keys. At rest a key is sealed with AES-256-GCM under a key that
 * the master key gives, bound to the stream's name, so that the console can show it again and the
 * disk alone can't. Thread-safe.
 */
final class StreamKeys {
    private static final int KEY_CHARACTERS = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final SecretKeySpec sealing;

    StreamKeys(byte[] secret) {
        this.sealing = new SecretKeySpec(sha256(secret), "AES");
    }

    /** Under the master key that access holds. */
    static StreamKeys of(Access access) {
        return new StreamKeys(access.derivedSecret("stream keys"));
    }

    /** A fresh stream key: letters and digits, 190 bits. */
    static String fresh() {
        return Ids.secret(KEY_CHARACTERS);
    }

    byte[] seal(String stream, String key) {
        byte[] nonce = Ids.randomBytes(NONCE_BYTES);
        byte[] sealed =
                crypt(Cipher.ENCRYPT_MODE, stream, nonce, key.getBytes(StandardCharsets.UTF_8));
        return ByteBuffer.allocate(nonce.length + sealed.length).put(nonce).put(sealed).array();
    }

    String open(String stream, byte[] sealed) {
        byte[] nonce = java.util.Arrays.copyOf(sealed, NONCE_BYTES);
        byte[] rest = java.util.Arrays.copyOfRange(sealed, NONCE_BYTES, sealed.length);
        return new String(crypt(Cipher.DECRYPT_MODE, stream, nonce, rest), StandardCharsets.UTF_8);
    }

    private byte[] crypt(int mode, String stream, byte[] nonce, byte[] bytes) {
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, sealing, new GCMParameterSpec(TAG_BITS, nonce));
            cipher.updateAAD(stream.getBytes(StandardCharsets.UTF_8));
            return cipher.doFinal(bytes);
        } catch (GeneralSecurityException e) {
            throw new LiveException(
                    LiveException.Code.FORMAT,
                    "the key of stream " + stream + " does not open: is the master key the same?",
                    e);
        }
    }

    /** Compares in a time that says nothing about where the keys differ. */
    static boolean same(String expected, String given) {
        return MessageDigest.isEqual(
                sha256(expected.getBytes(StandardCharsets.UTF_8)),
                sha256(given.getBytes(StandardCharsets.UTF_8)));
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
