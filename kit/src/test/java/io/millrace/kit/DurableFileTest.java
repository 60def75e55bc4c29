package io.millrace.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurableFileTest {
    @TempDir Path directory;

    private static ByteBuffer text(String text) {
        return StandardCharsets.US_ASCII.encode(text);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(p -> p.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aFileIsReplacedWhole() throws IOException {
        Path file = directory.resolve("state");
        DurableFile.replace(file, text("a long first content"));
        DurableFile.replace(file, text("short"), text(" second"));
        assertEquals("short second", Files.readString(file));
        assertEquals(List.of("state"), names());
    }

    @Test
    void whatACrashLeftIsReplaced() throws IOException {
        Path file = directory.resolve("state");
        Files.writeString(directory.resolve("state" + DurableFile.WRITING), "a half that is long");
        DurableFile.replace(file, text("whole"));
        assertEquals("whole", Files.readString(file));
        assertEquals(List.of("state"), names());
    }

    @Test
    void aFailedReplacementLeavesTheOldFileAndNothingElse() throws IOException {
        Path file = directory.resolve("state");
        Files.createDirectories(file.resolve("in the way"));
        assertThrows(IOException.class, () -> DurableFile.replace(file, text("new")));
        assertEquals(List.of("state"), names());
    }

    @Test
    void aSecretIsItsOwnersAloneFromItsFirstByte() throws IOException {
        Path replaced = directory.resolve("replaced");
        Files.writeString(replaced, "open to all");
        DurableFile.replaceSecret(replaced, text("secret"));
        Path created = directory.resolve("created");
        assertTrue(DurableFile.createSecret(created, text("secret")));
        for (Path file : List.of(replaced, created)) {
            assertEquals(
                    PosixFilePermissions.fromString("rw-------"),
                    Files.getPosixFilePermissions(file));
        }
    }

    @Test
    void aSecretThatIsThereIsNotReplaced() throws IOException {
        Path file = directory.resolve("key");
        assertTrue(DurableFile.createSecret(file, text("first")));
        assertFalse(DurableFile.createSecret(file, text("second")));
        assertEquals("first", Files.readString(file));
        assertEquals(List.of("key"), names());
    }

    /** What {@link #theContentIsSyncedBeforeTheNameAndTheNameBeforeTheReturn} watches. */
    static final class Replacing {
        private Replacing() {}

        public static void main(String[] arguments) throws IOException {
            DurableFile.replace(Path.of(arguments[0]), text("content"));
        }
    }

    @Test
    void theContentIsSyncedBeforeTheNameAndTheNameBeforeTheReturn() throws Exception {
        Path file = directory.resolve("state");
        Path log = Files.createTempFile("strace", ".log");
        Process process =
                new ProcessBuilder(
                                "strace",
                                "-f",
                                "-y",
                                "-o",
                                log.toString(),
                                "-e",
                                "trace=fsync,fdatasync,rename,renameat,renameat2",
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Replacing.class.getName(),
                                file.toString())
                        .inheritIO()
                        .start();
        assertTrue(process.waitFor(120, TimeUnit.SECONDS));
        assertEquals(0, process.exitValue());
        List<String> calls =
                Files.readAllLines(log).stream()
                        .filter(line -> line.contains(directory.toString()))
                        .map(DurableFileTest::call)
                        .toList();
        assertEquals(List.of("sync file", "rename", "sync directory"), calls);
        Files.delete(log);
    }

    private static String call(String line) {
        if (line.contains("rename")) {
            return "rename";
        }
        return line.contains("state.writing") ? "sync file" : "sync directory";
    }
}
