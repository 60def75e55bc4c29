package io.millrace.backup;

import io.millrace.kit.Ids;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;
import org.jspecify.annotations.Nullable;

/**
 * What a target says of itself, kept twice: in {@code millrace-backup.json} and {@code
 * millrace-backup.copy.json}, for without it an encrypted target is lost.
 *
 * <p>The key that encrypts is random and made once; it is sealed under Argon2id of the key file's
 * text, so that the file may hold a passphrase.
 *
 * @param version of the target's form, 1
 * @param source the key space whose backups these are
 * @param sealedKey the key, sealed, in hexadecimal; null for a target without encryption
 * @param check SHA-256 of all the others, so that damage is not taken for a wrong key
 */
record Header(
        int version,
        String source,
        @Nullable String salt,
        int memoryKib,
        int passes,
        @Nullable String sealedKey,
        String check) {
    static final int VERSION = 1;
    private static final String BOUND = "millrace-backup key";
    private static final int MEMORY_KIB = 64 * 1024;
    private static final int MOST_MEMORY_KIB = 1 << 20;
    private static final int PASSES = 3;
    private static final int MOST_PASSES = 100;
    private static final int LEAST_TEXT = 12;

    Header {
        boolean costs =
                memoryKib >= 8
                        && memoryKib <= MOST_MEMORY_KIB
                        && passes >= 1
                        && passes <= MOST_PASSES;
        if (!check.equals(digest(version, source, salt, memoryKib, passes, sealedKey))
                || (sealedKey != null && (salt == null || !costs))) {
            throw new IllegalArgumentException("its checksum differs");
        }
    }

    private static Header of(
            String source, @Nullable String salt, int memory, int passes, @Nullable String key) {
        String check = digest(VERSION, source, salt, memory, passes, key);
        return new Header(VERSION, source, salt, memory, passes, key, check);
    }

    private static String digest(@Nullable Object... fields) {
        byte[] text = Arrays.toString(fields).getBytes(StandardCharsets.UTF_8);
        return HexFormat.of().formatHex(Seals.sha256().digest(text));
    }

    /** A header and the seals that it opens. */
    record Opened(Header header, Seals seals) {}

    static Opened make(String source, @Nullable Path keyFile) {
        if (keyFile == null) {
            return new Opened(of(source, null, 0, 0, null), Seals.plain());
        }
        byte[] key = Ids.randomBytes(32);
        byte[] salt = Ids.randomBytes(16);
        Seals under = Seals.encrypted(argon(read(keyFile), salt, MEMORY_KIB, PASSES));
        String stored = HexFormat.of().formatHex(under.seal(BOUND, key, key.length));
        String saltText = HexFormat.of().formatHex(salt);
        return new Opened(of(source, saltText, MEMORY_KIB, PASSES, stored), Seals.encrypted(key));
    }

    Seals open(@Nullable Path keyFile) {
        if (sealedKey == null || salt == null) {
            if (keyFile != null) {
                throw new BackupException(
                        BackupException.Code.KEY,
                        "this target is not encrypted; leave the key file out, or use a new"
                                + " target");
            }
            return Seals.plain();
        }
        if (keyFile == null) {
            throw new BackupException(
                    BackupException.Code.KEY, "this target is encrypted: name its --key-file");
        }
        byte[] text = argon(read(keyFile), HexFormat.of().parseHex(salt), memoryKib, passes);
        byte[] key = Seals.encrypted(text).open(BOUND, HexFormat.of().parseHex(sealedKey));
        if (key == null) {
            throw new BackupException(
                    BackupException.Code.KEY, keyFile + " is not the key of this target");
        }
        return Seals.encrypted(key);
    }

    private static String read(Path keyFile) {
        try {
            String text = Files.readString(keyFile, StandardCharsets.UTF_8).strip();
            if (text.length() < LEAST_TEXT) {
                throw new BackupException(
                        BackupException.Code.KEY,
                        keyFile + " must hold at least " + LEAST_TEXT + " characters");
            }
            return text;
        } catch (IOException e) {
            throw new BackupException(
                    BackupException.Code.KEY, keyFile + " can't be read: " + e.getMessage(), e);
        }
    }

    private static byte[] argon(String text, byte[] salt, int memoryKib, int passes) {
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
        generator.generateBytes(text.getBytes(StandardCharsets.UTF_8), out);
        return out;
    }
}
