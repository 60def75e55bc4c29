package io.millrace.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Others of the machine lose what they could do, below the directory and nowhere else. */
class OwnerOnlyTest {
    @TempDir Path directory;

    private static Path mode(Path path, String mode) throws Exception {
        return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }

    private static String mode(Path path) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void whatStoodOpenIsClosedAndLinksAreNotFollowed() throws Exception {
        Path outside = mode(Files.writeString(directory.resolve("outside"), "x"), "rw-r--r--");
        Path elsewhere = mode(Files.createDirectory(directory.resolve("elsewhere")), "rwxr-xr-x");
        Path data = mode(Files.createDirectory(directory.resolve("data")), "rwxrwxrwx");
        Path sub = mode(Files.createDirectories(data.resolve("a/b")), "rwxr-x---");
        Path file = mode(Files.writeString(sub.resolve("f"), "x"), "rw-rw-rw-");
        Path readOnly = mode(Files.writeString(sub.resolve("r"), "x"), "r--r--r--");
        Path own = mode(Files.writeString(sub.resolve("o"), "x"), "rw-------");
        Files.createSymbolicLink(sub.resolve("to-file"), outside);
        Files.createSymbolicLink(sub.resolve("to-directory"), elsewhere);
        Files.createSymbolicLink(sub.resolve("to-nothing"), directory.resolve("nothing"));
        Path named = Files.createSymbolicLink(directory.resolve("named"), data);

        OwnerOnly.Closed first = OwnerOnly.close(named);
        assertEquals(0, first.refused());
        for (Path closed : new Path[] {data, data.resolve("a"), sub}) {
            assertEquals("rwx------", mode(closed), closed.toString());
        }
        assertEquals("rw-------", mode(file));
        assertEquals("r--------", mode(readOnly));
        assertEquals("rw-------", mode(own));
        assertEquals("rw-r--r--", mode(outside));
        assertEquals("rwxr-xr-x", mode(elsewhere));
        assertEquals(new OwnerOnly.Closed(0, 0), OwnerOnly.close(data), "once");
    }

    @Test
    void rootClosesWhatAnotherUserOwns() throws Exception {
        Assumptions.assumeTrue(
                (int) Files.getAttribute(directory, "unix:uid") == 0,
                "only root may give a file to another user");
        Path data = mode(Files.createDirectory(directory.resolve("data")), "rwxr-xr-x");
        Path file = mode(Files.writeString(data.resolve("f"), "x"), "rw-r--r--");
        Files.setAttribute(file, "unix:uid", 65534);
        Files.setAttribute(data, "unix:uid", 65534);
        assertEquals(new OwnerOnly.Closed(2, 0), OwnerOnly.close(data));
        assertEquals("rw-------", mode(file));
        assertEquals("rwx------", mode(data));
        assertEquals(65534, Files.getAttribute(file, "unix:uid"));
    }
}
