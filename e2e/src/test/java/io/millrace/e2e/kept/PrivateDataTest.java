package io.millrace.e2e.kept;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.e2e.Clients;
import io.millrace.e2e.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/** The program itself, without its launcher and under the usual umask of 022. */
@Timeout(600)
class PrivateDataTest {
    @TempDir Path directory;

    @Test
    void nothingOfTheDataIsOpenToOthersWhateverStoodBefore() throws Exception {
        Path data = Files.createDirectory(directory.resolve("data"));
        Path disk = Files.createDirectory(directory.resolve("disk"));
        Path outside = Files.writeString(directory.resolve("outside"), "x");
        open(data, "rwxr-xr-x", "rw-r--r--");
        open(disk, "rwxr-xr-x", "rw-r--r--");
        open(outside, "rwxr-xr-x", "rw-r--r--");
        try (ServerProcess server =
                ServerProcess.start(data, "extents.directories=" + disk, "edge.memory=8MiB")) {
            write(server, "first");
            assertEquals(List.of(), openTo(data, disk));
            server.stop();
            assertEquals(List.of(), openTo(data, disk));

            // As an older version, or a careless copy, left it; and of another user.
            open(data, "rwxrwxr-x", "rw-rw-r--");
            open(disk, "rwxr-xr-x", "rw-r--r--");
            Files.createSymbolicLink(data.resolve("edge/link"), outside);
            giveAway(data);
            server.launch("extents.directories=" + disk);
            assertEquals(List.of(), openTo(data, disk));
            assertTrue(server.log().contains("were open to other users"), server.log());
            assertTrue(server.log().contains("'root-key' stands on the command line"));
            assertFalse(server.log().contains(ServerProcess.SECRET), "a secret is in the log");
            write(server, "second");
            server.stop();
            assertEquals(List.of(), openTo(data, disk));
        }
        assertEquals(
                "rw-r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(outside)));
    }

    /** Only root may; what another user's directory comes to is OwnerOnlyTest's. */
    private static void giveAway(Path root) throws IOException {
        if ((int) Files.getAttribute(root, "unix:uid") != 0) {
            return;
        }
        for (Path path : all(root)) {
            Files.setAttribute(path, "unix:uid", 65534, LinkOption.NOFOLLOW_LINKS);
        }
    }

    private static void write(ServerProcess server, String bucket) {
        try (S3Client s3 =
                Clients.s3(server.object(), ServerProcess.KEY_ID, ServerProcess.SECRET)) {
            s3.createBucket(b -> b.bucket(bucket));
            for (int bytes : new int[] {100, 3_000_000}) {
                s3.putObject(
                        b -> b.bucket(bucket).key("k" + bytes),
                        RequestBody.fromBytes(new byte[bytes]));
            }
            assertEquals(2, s3.listObjectsV2(b -> b.bucket(bucket)).keyCount());
        }
    }

    private static void open(Path root, String directories, String files) throws IOException {
        for (Path path : all(root)) {
            boolean isDirectory = Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
            Files.setPosixFilePermissions(
                    path, PosixFilePermissions.fromString(isDirectory ? directories : files));
        }
    }

    /** What others may use by its mode; the log of this test's own is none of the server's. */
    private static List<Path> openTo(Path... roots) throws IOException {
        Set<PosixFilePermission> owner = PosixFilePermissions.fromString("rwx------");
        List<Path> open = new java.util.ArrayList<>();
        for (Path root : roots) {
            List<Path> all = all(root);
            assertFalse(all.isEmpty());
            for (Path path : all) {
                boolean link = Files.isSymbolicLink(path);
                boolean log = path.endsWith("server.log");
                if (!link && !log && !owner.containsAll(Files.getPosixFilePermissions(path))) {
                    open.add(path);
                }
            }
        }
        return open;
    }

    private static List<Path> all(Path root) throws IOException {
        try (Stream<Path> paths = Files.walk(root)) {
            return paths.toList();
        }
    }
}
