package io.millrace.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
        Files.copy(
                directory.resolve("node"),
                other.resolve("node"),
                StandardCopyOption.REPLACE_EXISTING);
        assertNotEquals(name, NodeName.of(other), "a copy is another node");
    }

    @Test
    void aNameOfOtherBytesThanTextIsSaidToBeNone() throws IOException {
        Files.write(directory.resolve("node"), new byte[] {(byte) 0xFF, (byte) 0xC3, 0, 7});
        StartException refused = assertThrows(StartException.class, () -> NodeName.of(directory));
        assertTrue(refused.getMessage().contains("32 hexadecimal digits"), refused.getMessage());
    }

    @Test
    void aNameThatWasCutOffIsRefusedNotReplaced() throws IOException {
        Files.writeString(directory.resolve("node"), "12");
        assertThrows(StartException.class, () -> NodeName.of(directory));
    }
}
