package io.millrace.backup;

import io.millrace.kit.DiskSpace;
import io.millrace.kit.DurableFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A directory, also one on another disk or machine. */
public final class DirectoryTarget implements Target {
    /** What a directory and its name take besides the piece. */
    private static final long SLACK_BYTES = 64 << 10;

    private final Path root;
    private final @Nullable DiskSpace shared;

    /** A target in a directory, which need not be there yet. */
    public DirectoryTarget(Path root) {
        this(root, null);
    }

    /**
     * A target on a disk that others use too.
     *
     * @param shared its space, whose reserve is left alone; null: the disk may be filled
     */
    public DirectoryTarget(Path root, @Nullable DiskSpace shared) {
        this.root = root.toAbsolutePath().normalize();
        this.shared = shared;
    }

    @Override
    public Optional<byte[]> get(String name) {
        Path file = root.resolve(name);
        try {
            return Files.isRegularFile(file)
                    ? Optional.of(Files.readAllBytes(file))
                    : Optional.empty();
        } catch (AccessDeniedException e) {
            throw failed("can't be read", file, e);
        } catch (IOException e) {
            throw new BackupException(
                    BackupException.Code.DAMAGED, file + " can't be read: " + e.getMessage(), e);
        }
    }

    @Override
    public void put(String name, byte[] bytes) {
        Path file = root.resolve(name);
        if (shared != null && !shared.take(DiskSpace.Use.NEW, bytes.length)) {
            throw new BackupException(
                    BackupException.Code.FULL,
                    "%s is on the disk of the data, and the last %d MiB of it are kept for the server: nothing is half made; name a place on another disk, or make room, and run it again"
                            .formatted(root, shared.state().reserveBytes() >> 20));
        }
        try {
            Files.createDirectories(file.getParent());
            DurableFile.replace(file, ByteBuffer.wrap(bytes));
        } catch (IOException e) {
            throw isFull(bytes.length) ? full(e) : failed("can't be written", file, e);
        }
    }

    @Override
    public SortedMap<String, Long> list(String prefix) {
        SortedMap<String, Long> names = all(prefix);
        names.keySet().removeIf(name -> name.endsWith(DurableFile.WRITING));
        return names;
    }

    @Override
    public boolean isShared() {
        return shared != null;
    }

    @Override
    public void tidy(String prefix) {
        all(prefix).keySet().stream()
                .filter(name -> name.endsWith(DurableFile.WRITING))
                .forEach(this::delete);
    }

    private SortedMap<String, Long> all(String prefix) {
        SortedMap<String, Long> names = new TreeMap<>();
        if (Files.notExists(root)) {
            return names;
        }
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                String name = root.relativize(file).toString().replace('\\', '/');
                if (name.startsWith(prefix)) {
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

    private boolean isFull(long bytes) {
        try {
            return Files.getFileStore(root).getUsableSpace() < bytes + SLACK_BYTES;
        } catch (IOException e) {
            return false;
        }
    }

    private BackupException full(IOException e) {
        return new BackupException(
                BackupException.Code.FULL,
                root
                        + " is full: nothing is half made; make room there (--keep removes old backups"
                        + " after the next one), or name another place, and run it again",
                e);
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
