package io.millrace.kit;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;

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

    /** The directory, where this machine sees it and it is still the same one. */
    public Optional<Path> here() {
        try {
            String host = host() + ":";
            if (!address.startsWith(host)) {
                return Optional.empty();
            }
            Path path = Path.of(address.substring(host.length()));
            return Files.isDirectory(path) && of(path).equals(this)
                    ? Optional.of(path)
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** The kernel's own word first: the other way may ask a name server. */
    private static String host() throws IOException {
        return Files.isReadable(LINUX_HOST_NAME)
                ? Files.readString(LINUX_HOST_NAME).strip()
                : InetAddress.getLocalHost().getHostName();
    }
}
