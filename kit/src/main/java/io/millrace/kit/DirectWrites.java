package io.millrace.kit;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Channels that write past the page cache ({@code O_DIRECT}). */
public final class DirectWrites {
    /** What places in file and memory, and lengths, are multiples of. */
    public static final int PAGE_BYTES = 4096;

    private DirectWrites() {}

    /** A channel for such writes to a file that exists; null where they aren't known. */
    public static @Nullable FileChannel open(Path path) {
        try {
            boolean aligned = PAGE_BYTES % Files.getFileStore(path).getBlockSize() == 0;
            return aligned ? FileChannel.open(path, StandardOpenOption.WRITE, option()) : null;
        } catch (IOException | ReflectiveOperationException | UnsupportedOperationException e) {
            return null;
        }
    }

    /** An option of the JDK that its compiler warns of wherever it is named. */
    private static OpenOption option() throws ReflectiveOperationException {
        Class<?> options = Class.forName("com.sun.nio.file.ExtendedOpenOption");
        return (OpenOption) options.getField("DIRECT").get(null);
    }
}
