package io.millrace.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeNameTest {
    @TempDir Path directory;

    @Test
    void aDirectoryKeepsItsNameAndAnotherHasAnother() throws IOException {
        Path other = Files.createDirectory(directory.resolve("other"));
        String name = NodeName.of(directory);
        assertEquals(name, NodeName.of(directory));
        assertNotEquals(name, NodeName.of(other));
    }

    @Test
    void aNameThatWasCutOffIsRefusedNotReplaced() throws IOException {
        Files.writeString(directory.resolve("node"), "12");
        assertThrows(StartException.class, () -> NodeName.of(directory));
    }
}
