package io.millrace.backup;

import io.millrace.kit.DurableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A directory, also one on another disk or machine. */
public final class DirectoryTarget implements Target {
    private final Path root;

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
    public List<String> list(String prefix) {
        if (Files.notExists(root)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .map(f -> root.relativize(f).toString().replace('\\', '/'))
                    .filter(n -> n.startsWith(prefix) && !n.endsWith(DurableFile.WRITING))
                    .sorted()
                    .toList();
        } catch (IOException e) {
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

    private static BackupException failed(String what, Path file, IOException e) {
        return new BackupException(
                BackupException.Code.UNAVAILABLE, file + " " + what + ": " + e.getMessage(), e);
    }

    @Override
    public String toString() {
        return root.toString();
    }
}
