package io.millrace.backup;

import io.millrace.kit.Ids;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The outside of a piece: {@code MRBK}, version 1, kind, then the bytes and what proves that they
 * are whole, untouched and the piece of that name. Kind 0: SHA-256 of name and bytes. Kind 1: a
 * nonce of 12 bytes and AES-256-GCM with the name as bound data. Thread-safe.
 *
 * <p>Nonces are random under one key: safe up to 2³² pieces (16 PiB in pieces of 4 MiB).
 */
final class Seals {
    private static final byte[] HEAD = {'M', 'R', 'B', 'K', 1};
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final int DIGEST_BYTES = 32;

    private final @Nullable SecretKeySpec contents;
    private final @Nullable SecretKeySpec names;

    private Seals(@Nullable SecretKeySpec contents, @Nullable SecretKeySpec names) {
        this.contents = contents;
        this.names = names;
    }

    static Seals plain() {
        return new Seals(null, null);
    }

    /** Everything encrypted under a key of 32 bytes. */
    static Seals encrypted(byte[] key) {
        return new Seals(
                new SecretKeySpec(hmac(key, "backup contents"), "AES"),
                new SecretKeySpec(hmac(key, "backup names"), "HmacSHA256"));
    }

    boolean encrypting() {
        return contents != null;
    }

    /**
     * The name of a piece with this content: under encryption a MAC, which tells strangers nothing.
     */
    String id(byte[] bytes, int length) {
        try {
            if (names == null) {
                MessageDigest digest = sha256();
                digest.update(bytes, 0, length);
                return HexFormat.of().formatHex(digest.digest());
            }
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(names);
            mac.update(bytes, 0, length);
            return HexFormat.of().formatHex(mac.doFinal());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    /** How long a sealed piece with so many bytes is. */
    long sealedBytes(int length) {
        int proof = contents == null ? DIGEST_BYTES : NONCE_BYTES + TAG_BITS / 8;
        return HEAD.length + 1L + length + proof;
    }

    byte[] seal(String name, byte[] bytes, int length) {
        byte[] bound = name.getBytes(StandardCharsets.UTF_8);
        if (contents == null) {
            MessageDigest digest = sha256();
            digest.update(bound);
            digest.update(bytes, 0, length);
            return ByteBuffer.allocate(HEAD.length + 1 + length + DIGEST_BYTES)
                    .put(HEAD)
                    .put((byte) 0)
                    .put(bytes, 0, length)
                    .put(digest.digest())
                    .array();
        }
        byte[] nonce = Ids.randomBytes(NONCE_BYTES);
        ByteBuffer out = ByteBuffer.allocate(HEAD.length + 1 + NONCE_BYTES + length + TAG_BITS / 8);
        out.put(HEAD).put((byte) 1).put(nonce);
        try {
            cipher(Cipher.ENCRYPT_MODE, contents, nonce, bound)
                    .doFinal(ByteBuffer.wrap(bytes, 0, length), out);
            return out.array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has AES/GCM", e);
        }
    }

    /** The bytes of a piece; null when it is not what was written under that name. */
    byte @Nullable [] open(String name, byte[] stored) {
        byte[] bound = name.getBytes(StandardCharsets.UTF_8);
        int body = HEAD.length + 1;
        if (stored.length < body + DIGEST_BYTES - 4
                || !Arrays.equals(stored, 0, HEAD.length, HEAD, 0, HEAD.length)
                || stored[HEAD.length] != (contents == null ? 0 : 1)) {
            return null;
        }
        if (contents == null) {
            int length = stored.length - body - DIGEST_BYTES;
            MessageDigest digest = sha256();
            digest.update(bound);
            digest.update(stored, body, Math.max(0, length));
            byte[] wanted = Arrays.copyOfRange(stored, stored.length - DIGEST_BYTES, stored.length);
            return length >= 0 && MessageDigest.isEqual(digest.digest(), wanted)
                    ? Arrays.copyOfRange(stored, body, body + length)
                    : null;
        }
        try {
            byte[] nonce = Arrays.copyOfRange(stored, body, body + NONCE_BYTES);
            int from = body + NONCE_BYTES;
            return cipher(Cipher.DECRYPT_MODE, contents, nonce, bound)
                    .doFinal(stored, from, stored.length - from);
        } catch (GeneralSecurityException e) {
            return null;
        }
    }

    private static Cipher cipher(int mode, SecretKeySpec key, byte[] nonce, byte[] bound)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(bound);
        return cipher;
    }

    private static byte[] hmac(byte[] key, String purpose) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(purpose.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
