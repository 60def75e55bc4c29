package io.millrace.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What is kept back of the disks, against what they have. */
final class Reserves {
    private Reserves() {}

    /** Refuses a reserve with which a disk of the server could take nothing. */
    static void refuse(Settings settings) {
        for (Path directory : directories(settings)) {
            long total = totalBytes(directory);
            long reserve = settings.diskReserve().bytes(total);
            if (reserve >= total) {
                throw new StartException(
                        ("'disk.reserve' is %d MiB, and the disk of %s has %d MiB: nothing could be"
                                        + " stored. Set less, or leave it out (2 %% of the disk).")
                                .formatted(reserve >> 20, directory, total >> 20));
            }
        }
    }

    /** Where a server writes. */
    static List<Path> directories(Settings settings) {
        List<Path> directories = new ArrayList<>(settings.extentDirectories());
        directories.add(settings.data());
        return directories;
    }

    /** A file system that does not tell its size is taken for a large one. */
    private static long totalBytes(Path directory) {
        try {
            long total = store(directory).getTotalSpace();
            return total > 0 ? total : Long.MAX_VALUE;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of the directory, or of where it would be made. */
    static FileStore store(Path directory) throws IOException {
        Path there = directory.toAbsolutePath().normalize();
        while (Files.notExists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        return Files.getFileStore(there);
    }
}
