package io.millrace.kit;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Where a directory is, among all machines.
 *
 * @param address host and path, for people
 * @param key the same between two looks at one directory, different between a directory and any
 *     copy of it, on this machine or another
 */
public record DirectoryPlace(String address, String key) {
    private static final Path LINUX_HOST_NAME = Path.of("/proc/sys/kernel/hostname");

    /** The place of a directory that exists. */
    public static DirectoryPlace of(Path directory) throws IOException {
        Path real = directory.toRealPath();
        Object file = Files.readAttributes(real, BasicFileAttributes.class).fileKey();
        String address = host() + ":" + real;
        return new DirectoryPlace(address, address + " " + file);
    }

    /** The kernel's own word first: the other way may ask a name server. */
    private static String host() throws IOException {
        return Files.isReadable(LINUX_HOST_NAME)
                ? Files.readString(LINUX_HOST_NAME).strip()
                : InetAddress.getLocalHost().getHostName();
    }
}
