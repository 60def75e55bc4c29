package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.access.AccessException.Code;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.RocksKeySpace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The master key's file. */
class MasterKeyTest {
    private static final String HEAD = "millrace-master-key-1 ";

    @TempDir Path directory;
    private RocksKeySpace keySpace;
    private Path file;

    @BeforeEach
    void open() {
        keySpace = RocksKeySpace.open(directory.resolve("keys"));
        file = directory.resolve("secrets").resolve("master.key");
    }

    @AfterEach
    void close() {
        keySpace.close();
    }

    private static Code code(Runnable action, String message) {
        AccessException e = assertThrows(AccessException.class, action::run);
        String text = String.valueOf(e.getMessage());
        assertTrue(text.contains(message), text);
        assertFalse(text.contains("null"), text);
        if (e.code() != Code.MASTER_KEY_WRONG) {
            assertTrue(text.contains("/secrets/master.key"), text);
        }
        return e.code();
    }

    private void remember(MasterKey master) {
        keySpace.commit(Batch.builder().put(Rows.masterCheckKey(), master.checkValue()).build());
    }

    private void write(String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.deleteIfExists(file);
        Files.createFile(
                file,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, text);
    }

    private static String base64(int bytes) {
        return Base64.getEncoder().encodeToString(new byte[bytes]);
    }

    @Test
    void aKeyIsMadeOnceInAFileForItsOwnerAndReadAgain() throws IOException {
        MasterKey made = MasterKey.loadOrCreate(file, keySpace);
        String text = Files.readString(file);
        assertTrue(text.startsWith(HEAD) && text.endsWith("\n"), "one line");
        assertEquals(32, Base64.getDecoder().decode(text.strip().substring(HEAD.length())).length);
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertArrayEquals(made.checkValue(), MasterKey.loadOrCreate(file, keySpace).checkValue());
        assertArrayEquals(made.checkValue(), MasterKey.load(file).checkValue());
        assertEquals("secret", MasterKey.load(file).decrypt(made.encrypt("secret", "a"), "a"));
    }

    @Test
    void aFileThatIsNoKeyIsRefusedByWhatIsWrongWithIt() throws IOException {
        String version = "is no master key file of this version";
        for (String wrong :
                new String[] {
                    "", "other " + base64(32), HEAD + base64(31), HEAD + base64(33), HEAD + "*",
                }) {
            write(wrong);
            assertEquals(Code.MASTER_KEY_FILE, code(() -> MasterKey.load(file), version));
        }
        write(HEAD + base64(32) + " ".repeat(4_096 - HEAD.length() - 44));
        assertEquals(4_096, Files.size(file));
        MasterKey.load(file);
        Files.writeString(file, Files.readString(file) + " ");
        assertEquals(Code.MASTER_KEY_FILE, code(() -> MasterKey.load(file), "no master key file."));
        Files.delete(file);
        assertEquals(Code.MASTER_KEY_FILE, code(() -> MasterKey.load(file), "cannot be used: "));
        Files.createDirectories(file.resolve("sub"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
        assertEquals(Code.MASTER_KEY_FILE, code(() -> MasterKey.load(file), "chmod 600 " + file));
    }

    @Test
    void aFileThatOthersMayReadIsRefused() throws IOException {
        write(HEAD + base64(32));
        for (String open : new String[] {"rw-r-----", "rw----r--", "rw--w----", "rwx------"}) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(open));
            assertEquals(
                    Code.MASTER_KEY_FILE, code(() -> MasterKey.load(file), "chmod 600 " + file));
        }
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
        MasterKey.load(file);
    }

    @Test
    void aPlaceThatTakesNoFileIsSaid() throws IOException {
        Files.writeString(directory.resolve("secrets"), "a file");
        assertEquals(
                Code.MASTER_KEY_FILE,
                code(() -> MasterKey.loadOrCreate(file, keySpace), "cannot be used: "));
    }

    @Test
    void aKeyThatIsLostOrAnotherOneIsRefusedAndNothingIsMade() throws IOException {
        remember(MasterKey.ephemeral());
        assertEquals(
                Code.MASTER_KEY_LOST,
                code(() -> MasterKey.loadOrCreate(file, keySpace), "is gone"));
        assertEquals(Code.MASTER_KEY_LOST, code(() -> MasterKey.verify(file, keySpace), "is gone"));
        assertFalse(Files.exists(file));
        write(HEAD + base64(32));
        assertEquals(
                Code.MASTER_KEY_WRONG,
                code(() -> MasterKey.loadOrCreate(file, keySpace), "another key"));
        assertEquals(
                Code.MASTER_KEY_WRONG, code(() -> MasterKey.verify(file, keySpace), "another key"));
        remember(MasterKey.load(file));
        MasterKey.verify(file, keySpace);
    }

    @Test
    void aLookAtAFreshPlaceMakesNoKey() throws IOException {
        MasterKey.verify(file, keySpace);
        assertFalse(Files.exists(file));
        write("garbage");
        assertEquals(Code.MASTER_KEY_FILE, code(() -> MasterKey.verify(file, keySpace), "version"));
    }

    /** Values that were made with a known key: another version must derive the same. */
    @Test
    void everyPurposeHasAKeyOfItsOwnThatStaysTheSame() throws IOException {
        write(HEAD + base64(32) + "\n");
        MasterKey zeros = MasterKey.load(file);
        byte[] check = zeros.checkValue();
        assertEquals(MasterKey.CHECK_BYTES, check.length);
        assertEquals(1, check[0]);
        byte[] expected = MasterKey.hmac(new byte[32], "check value");
        for (int i = 0; i < 32; i++) {
            assertEquals(expected[i], check[i + 1]);
        }
        assertEquals("SVC.edge", zeros.serviceKey("edge").id());
        assertEquals(
                Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(MasterKey.hmac(new byte[32], "service account edge")),
                zeros.serviceKey("edge").secret());
        assertNotEquals(zeros.serviceKey("edge").secret(), zeros.serviceKey("backup").secret());
        byte[] id = MasterKey.hmac(new byte[32], "id of the token key");
        byte[] token = zeros.sealToken("x".getBytes(StandardCharsets.UTF_8));
        assertEquals(1, token[0]);
        for (int i = 0; i < 4; i++) {
            assertEquals(id[i], token[i + 1]);
        }
    }
}
