package io.millrace.keyspace;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What a killed process leaves, and bits that flip in it. */
final class Directories {
    private Directories() {}

    /** Copies a directory in use: what would be there if its process were killed now. */
    static Path killed(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
        return to;
    }

    static void flip(Path file, long bit) throws IOException {
        try (RandomAccessFile data = new RandomAccessFile(file.toFile(), "rw")) {
            data.seek(bit / 8);
            int value = data.read();
            data.seek(bit / 8);
            data.write(value ^ (1 << (bit % 8)));
        }
    }

    /** The newest file whose name ends so. */
    static Path newest(Path directory, String suffix) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(f -> f.getFileName().toString().endsWith(suffix))
                    .max(Path::compareTo)
                    .orElseThrow();
        }
    }

    /** Name and size of everything in a directory but what every opener touches. */
    static Map<String, Long> evidence(Path directory) throws IOException {
        Map<String, Long> sizes = new TreeMap<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = file.getFileName().toString();
                if (!name.equals("millrace.lock")) {
                    sizes.put(name, Files.size(file));
                }
            }
        }
        return sizes;
    }
}
