package io.millrace.extents;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/** The name of this machine. */
final class Host {
    private static final Path LINUX = Path.of("/proc/sys/kernel/hostname");

    private Host() {}

    static String name() throws IOException {
        // The kernel's own word first: the other way may ask a name server.
        return Files.isReadable(LINUX)
                ? Files.readString(LINUX).strip()
                : InetAddress.getLocalHost().getHostName();
    }
}
