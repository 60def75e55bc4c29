package io.millrace.extents;

import io.millrace.kit.DirectoryLock;
import io.millrace.kit.DirectoryPlace;
import io.millrace.kit.DiskSpace;
import io.millrace.kit.DurableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** A directory of the file system. */
final class FileDisk implements Disk {
    private final Path directory;
    private final DiskSpace.Meter room;
    private final DirectoryLock lock;

    /** Opens a directory, makes it if needed, and keeps other processes out of it. */
    FileDisk(Path directory) throws IOException {
        Files.createDirectories(directory);
        this.directory = directory;
        this.room = DiskSpace.Meter.of(directory);
        this.lock = DirectoryLock.take(directory);
    }

    @Override
    public List<String> list() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(p -> p.getFileName().toString()).sorted().toList();
        }
    }

    @Override
    public DiskFile create(String name) throws IOException {
        return new ChannelFile(
                directory.resolve(name),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
    }

    @Override
    public DiskFile open(String name, boolean writing) throws IOException {
        Path path = directory.resolve(name);
        return writing
                ? new ChannelFile(path, StandardOpenOption.READ, StandardOpenOption.WRITE)
                : new HealingFile(path);
    }

    @Override
    public void delete(String name) throws IOException {
        Files.deleteIfExists(directory.resolve(name));
    }

    @Override
    public void link(String name, String folder) throws IOException {
        Path into = Files.createDirectories(directory.resolve(folder));
        Path link = into.resolve(name);
        if (Files.notExists(link)) {
            Files.createLink(link, directory.resolve(name));
        }
    }

    @Override
    public void removeFolder(String folder) throws IOException {
        Path path = directory.resolve(folder);
        if (Files.notExists(path)) {
            return;
        }
        try (Stream<Path> names = Files.list(path)) {
            for (Path name : names.toList()) {
                Files.deleteIfExists(name);
            }
        }
        Files.deleteIfExists(path);
    }

    @Override
    public void syncDirectory() throws IOException {
        DurableFile.syncDirectory(directory);
    }

    @Override
    public byte[] readSmall(String name) throws IOException {
        Path path = directory.resolve(name);
        return Files.exists(path) ? Files.readAllBytes(path) : new byte[0];
    }

    @Override
    public void replaceSmall(String name, byte[] content) throws IOException {
        DurableFile.replace(directory.resolve(name), ByteBuffer.wrap(content));
    }

    @Override
    public DiskSpace.Meter room() {
        return room;
    }

    @Override
    public String name() {
        return directory.toString();
    }

    @Override
    public DirectoryPlace place() throws IOException {
        return DirectoryPlace.of(directory);
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
