package io.millrace.access;

import io.millrace.access.AccessException.Code;
import io.millrace.keyspace.KeySpace;
import io.millrace.kit.DurableFile;
import io.millrace.kit.Ids;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The secret under which all other secrets are kept: it encrypts access keys at rest and seals
 * tokens. All nodes share it. Its file may be read by its owner only. Thread-safe.
 *
 * <p>The 256 bits themselves encrypt nothing: each purpose has its own key, HMAC-SHA256 of the
 * purpose's name.
 */
public final class MasterKey {
    private static final String HEAD = "millrace-master-key-1 ";
    static final String SERVICE_PREFIX = "SVC.";
    static final int CHECK_BYTES = 33;
    private static final int NONCE = 12;
    private static final int TAG_BITS = 128;

    private final byte[] key;
    private final SecretKeySpec secrets;
    private final SecretKeySpec tokens;
    private final byte[] tokenKeyId;

    private MasterKey(byte[] key) {
        this.key = key;
        this.secrets = new SecretKeySpec(derive("secrets at rest"), "AES");
        this.tokens = new SecretKeySpec(derive("sealed tokens"), "AES");
        this.tokenKeyId = Arrays.copyOf(derive("id of the token key"), 4);
    }

    /**
     * Reads the file; makes it (mode 0600) when it is absent and the key space holds nothing that
     * was encrypted with one.
     *
     * @throws AccessException MASTER_KEY_LOST, MASTER_KEY_WRONG or MASTER_KEY_FILE
     */
    public static MasterKey loadOrCreate(Path file, KeySpace keySpace) {
        byte[] known = keySpace.get(Rows.masterCheckKey());
        try {
            MasterKey master;
            if (Files.exists(file)) {
                master = read(file);
            } else if (known != null) {
                throw new AccessException(
                        Code.MASTER_KEY_LOST,
                        "The master key file "
                                + file
                                + " is gone, but data encrypted with it exist. Put the file back"
                                + " from your backup; without it access keys and tokens cannot be"
                                + " read.");
            } else {
                master = create(file);
            }
            master.check(known);
            return master;
        } catch (IOException e) {
            throw new AccessException(
                    Code.MASTER_KEY_FILE,
                    "The master key file " + file + " cannot be used: " + e.getMessage(),
                    e);
        }
    }

    /**
     * Refuses a file that is not the key which these data were encrypted with, and its absence when
     * any are; changes nothing.
     *
     * @throws AccessException MASTER_KEY_LOST, MASTER_KEY_WRONG or MASTER_KEY_FILE
     */
    public static void verify(Path file, KeySpace keySpace) {
        if (Files.exists(file) || keySpace.get(Rows.masterCheckKey()) != null) {
            loadOrCreate(file, keySpace);
        }
    }

    /**
     * Reads the file beside a server that runs, for a command that asks it something.
     *
     * @throws AccessException MASTER_KEY_FILE when it is absent, damaged or open to others
     */
    public static MasterKey load(Path file) {
        try {
            return read(file);
        } catch (IOException e) {
            throw new AccessException(
                    Code.MASTER_KEY_FILE,
                    "The master key file " + file + " cannot be used: " + e.getMessage(),
                    e);
        }
    }

    /** The key pair of a service account; see {@link Access#serviceKey}. */
    public RootKey serviceKey(String name) {
        return new RootKey(
                SERVICE_PREFIX + name,
                Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(derive("service account " + name)));
    }

    /** A fresh key that is kept nowhere: for tests. */
    public static MasterKey ephemeral() {
        return new MasterKey(Ids.randomBytes(32));
    }

    private static MasterKey read(Path file) throws IOException {
        if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
            if (!PosixFilePermissions.fromString("rw-------").containsAll(permissions)) {
                throw new AccessException(
                        Code.MASTER_KEY_FILE,
                        "Others may read the master key file "
                                + file
                                + ". Close it with: chmod 600 "
                                + file);
            }
        }
        if (Files.size(file) > 4096) {
            throw new AccessException(Code.MASTER_KEY_FILE, file + " is no master key file.");
        }
        String text = Files.readString(file, StandardCharsets.US_ASCII).strip();
        byte[] key = text.startsWith(HEAD) ? decode(text.substring(HEAD.length())) : new byte[0];
        if (key.length != 32) {
            throw new AccessException(
                    Code.MASTER_KEY_FILE, file + " is no master key file of this version.");
        }
        return new MasterKey(key);
    }

    private static byte[] decode(String base64) {
        try {
            return Base64.getDecoder().decode(base64.strip());
        } catch (IllegalArgumentException e) {
            return new byte[0];
        }
    }

    private static MasterKey create(Path file) throws IOException {
        byte[] key = Ids.randomBytes(32);
        String text = HEAD + Base64.getEncoder().encodeToString(key) + "\n";
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            Files.createDirectories(directory);
        }
        // A crash leaves the key or nothing, never half; a key that is there is never replaced.
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return DurableFile.createSecret(file, ByteBuffer.wrap(bytes))
                ? new MasterKey(key)
                : read(file);
    }

    /** Compares with what the key space remembers of the key that it was first used with. */
    void check(byte @Nullable [] known) {
        if (known != null && !java.security.MessageDigest.isEqual(known, checkValue())) {
            throw new AccessException(
                    Code.MASTER_KEY_WRONG,
                    "The master key file holds another key than the one that these data were"
                            + " encrypted with. Use the right file, or another data directory.");
        }
    }

    byte[] checkValue() {
        byte[] value = new byte[CHECK_BYTES];
        value[0] = 1;
        System.arraycopy(derive("check value"), 0, value, 1, 32);
        return value;
    }

    /** 32 bytes for a purpose. */
    byte[] derive(String purpose) {
        return hmac(key, purpose);
    }

    static byte[] hmac(byte[] key, String message) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(message.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    /** Encrypts a secret for its record; {@code owner} ties the bytes to that record. */
    byte[] encrypt(String secret, String owner) {
        return crypt(
                Cipher.ENCRYPT_MODE,
                secrets,
                secret.getBytes(StandardCharsets.UTF_8),
                owner.getBytes(StandardCharsets.UTF_8));
    }

    String decrypt(byte[] sealed, String owner) {
        byte[] plain = open(secrets, sealed, 0, owner.getBytes(StandardCharsets.UTF_8));
        if (plain == null) {
            throw new AccessException(Code.STORAGE, "A secret at rest does not decrypt: " + owner);
        }
        return new String(plain, StandardCharsets.UTF_8);
    }

    /** Seals a token: version 1, key id, nonce, ciphertext and tag. */
    byte[] sealToken(byte[] plain) {
        byte[] head = tokenHead();
        byte[] sealed = crypt(Cipher.ENCRYPT_MODE, tokens, plain, head);
        byte[] out = Arrays.copyOf(head, head.length + sealed.length);
        System.arraycopy(sealed, 0, out, head.length, sealed.length);
        return out;
    }

    /** Null when it was not sealed with this key or was changed since. */
    byte @Nullable [] openToken(byte[] token) {
        byte[] head = tokenHead();
        if (!Arrays.equals(head, Arrays.copyOf(token, head.length))) {
            return null;
        }
        return open(tokens, token, head.length, head);
    }

    private byte[] tokenHead() {
        return new byte[] {1, tokenKeyId[0], tokenKeyId[1], tokenKeyId[2], tokenKeyId[3]};
    }

    private static byte[] crypt(int mode, SecretKeySpec with, byte[] plain, byte[] bound) {
        try {
            byte[] nonce = Ids.randomBytes(NONCE);
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, with, new GCMParameterSpec(TAG_BITS, nonce));
            cipher.updateAAD(bound);
            byte[] out = new byte[NONCE + cipher.getOutputSize(plain.length)];
            System.arraycopy(nonce, 0, out, 0, NONCE);
            cipher.doFinal(plain, 0, plain.length, out, NONCE);
            return out;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has AES/GCM", e);
        }
    }

    private static byte @Nullable [] open(
            SecretKeySpec with, byte[] sealed, int offset, byte[] bound) {
        if (sealed.length < offset + NONCE + TAG_BITS / 8) {
            return null;
        }
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(
                    Cipher.DECRYPT_MODE,
                    with,
                    new GCMParameterSpec(TAG_BITS, sealed, offset, NONCE));
            cipher.updateAAD(bound);
            return cipher.doFinal(sealed, offset + NONCE, sealed.length - offset - NONCE);
        } catch (GeneralSecurityException e) {
            return null;
        }
    }
}
