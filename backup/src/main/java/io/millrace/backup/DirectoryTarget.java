package io.millrace.backup;

import io.millrace.kit.DurableFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A directory, also one on another disk or machine. */
public final class DirectoryTarget implements Target {
    private final Path root;

    /** A target in a directory, which need not be there yet. */
    public DirectoryTarget(Path root) {
        this.root = root.toAbsolutePath().normalize();
    }

    @Override
    public Optional<byte[]> get(String name) {
        Path file = root.resolve(name);
        try {
            return Files.isRegularFile(file)
                    ? Optional.of(Files.readAllBytes(file))
                    : Optional.empty();
        } catch (IOException e) {
            throw failed("can't be read", file, e);
        }
    }

    @Override
    public void put(String name, byte[] bytes) {
        Path file = root.resolve(name);
        try {
            Files.createDirectories(file.getParent());
            DurableFile.replace(file, ByteBuffer.wrap(bytes));
        } catch (IOException e) {
            throw failed("can't be written", file, e);
        }
    }

    @Override
    public SortedMap<String, Long> list(String prefix) {
        SortedMap<String, Long> names = new TreeMap<>();
        if (Files.notExists(root)) {
            return names;
        }
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                String name = root.relativize(file).toString().replace('\\', '/');
                if (name.startsWith(prefix) && !name.endsWith(DurableFile.WRITING)) {
                    names.put(name, Files.size(file));
                }
            }
            return names;
        } catch (IOException | UncheckedIOException e) {
            throw failed("can't be listed", root, e);
        }
    }

    @Override
    public void delete(String name) {
        Path file = root.resolve(name);
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw failed("can't be deleted", file, e);
        }
    }

    private static BackupException failed(String what, Path file, Exception e) {
        return new BackupException(
                BackupException.Code.UNAVAILABLE, file + " " + what + ": " + e.getMessage(), e);
    }

    @Override
    public String toString() {
        return root.toString();
    }
}
