package io.millrace.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.kit.Damage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A flipped bit in the small files beside key space and volumes is told, whichever bit it is. */
class VerifiedFilesTest {
    @TempDir Path directory;
    @TempDir Path aside;
    private Path masterKey;

    @BeforeEach
    void write() {
        MillraceServer.open(FlippedData.serverSettings(directory)).close();
        masterKey = directory.resolve("master.key");
    }

    private List<Damage> verify() throws Exception {
        DataCheck.Result found = DataCheck.verify(FlippedData.settings(directory), step -> {});
        assertEquals(found.damages().isEmpty(), found.whole());
        return found.damages();
    }

    @Test
    void aMasterKeyThatIsGoneOrAnotherIsNamed() throws Exception {
        assertEquals(List.of(), verify());
        byte[] right = Files.readAllBytes(masterKey);
        for (int at : new int[] {3, right.length - 10}) {
            byte[] wrong = right.clone();
            wrong[at] ^= 1;
            Files.write(masterKey, wrong);
            assertEquals(masterKey.toString(), verify().getFirst().file(), "at " + at);
        }
        Files.delete(masterKey);
        assertTrue(verify().getFirst().text().contains("is gone"));
        assertTrue(Files.notExists(masterKey), "verify made one");
    }

    @Test
    void aHalfThatWasSetBackIsToldAsTheStartWould() throws Exception {
        Map<String, String> settings = FlippedData.serverSettings(directory);
        for (String half : List.of("keyspace", "extents")) {
            Path now = directory.resolve(half);
            Path old = aside.resolve("old " + half);
            Path latest = aside.resolve("latest " + half);
            FlippedData.copy(now, old);
            MillraceServer.open(settings).close();
            Files.move(now, latest);
            Files.move(old, now);
            Damage told = verify().getFirst();
            assertEquals(Damage.Kind.OTHER, told.kind());
            assertTrue(told.text().contains("set back"), told.text());
            Exception refused =
                    assertThrows(Exception.class, () -> MillraceServer.open(settings).close());
            assertTrue(String.valueOf(refused.getMessage()).contains(told.text()));
            Path adopt = Files.createFile(directory.resolve("extents").resolve("store.adopt"));
            assertEquals(List.of(), verify(), "a person says so");
            Files.delete(adopt);
            Files.move(now, old);
            Files.move(latest, now);
            assertEquals(List.of(), verify());
        }
    }

    @Test
    void aSpooledSegmentIsNamedWhicheverBitOfItFlips() throws Exception {
        Path spool = Files.createDirectories(directory.resolve("spool"));
        Path file = spool.resolve("73-20260131T235959Z-0000000001.segment");
        byte[] right = FlippedData.bytes("segment", 120);
        CRC32C crc = new CRC32C();
        crc.update(right, 0, right.length - 4);
        java.nio.ByteBuffer.wrap(right).putInt(right.length - 4, (int) crc.getValue());
        Files.write(file, right);
        assertEquals(List.of(), verify());
        for (int bit = 0; bit < right.length * 8; bit += 37) {
            byte[] wrong = right.clone();
            wrong[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(file, wrong);
            assertEquals(file.toString(), verify().getFirst().file(), "bit " + bit);
        }
        Files.move(file, file.resolveSibling(file.getFileName() + ".damaged"));
        assertTrue(verify().getFirst().text().contains("put aside"));
    }
}
