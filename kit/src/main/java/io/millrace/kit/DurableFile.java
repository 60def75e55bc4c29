package io.millrace.kit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Writes small files whole: written under another name, forced, renamed, the directory forced. A
 * crash or a power cut leaves the old content or the new one, never a part, and what was returned
 * from stays.
 *
 * <p>The other name ends in {@link #WRITING}; a file of that name is what a crash left and may be
 * deleted. Two writers of one file must take turns.
 */
public final class DurableFile {
    /** How the name of a file ends that is not whole yet. */
    public static final String WRITING = ".writing";

    private static final FileAttribute<?>[] FOR_ALL = {};
    private static final FileAttribute<?>[] FOR_OWNER = {
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
    };

    private DurableFile() {}

    /** Makes a file, or replaces what it holds, with these buffers one after another. */
    public static void replace(Path file, ByteBuffer... content) throws IOException {
        replace(file, FOR_ALL, content);
    }

    /** The same for a file that only its owner may read. */
    public static void replaceSecret(Path file, ByteBuffer... content) throws IOException {
        replace(file, owner(file), content);
    }

    /**
     * Makes a file that only its owner may read; false when there is one of that name, which then
     * stays as it is.
     */
    public static boolean createSecret(Path file, ByteBuffer... content) throws IOException {
        Path writing = write(file, owner(file), content);
        try {
            Files.createLink(file, writing);
        } catch (FileAlreadyExistsException e) {
            return false;
        } finally {
            Files.deleteIfExists(writing);
        }
        syncName(file);
        return true;
    }

    /**
     * Puts a file or directory that is written and synced already in its place, on the same disk.
     */
    public static void rename(Path written, Path file) throws IOException {
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
        syncName(file);
    }

    /** Makes the name of a file durable that was just made, renamed or deleted. */
    public static void syncName(Path file) throws IOException {
        syncDirectory(directory(file));
    }

    /** Makes all names in a directory durable. */
    public static void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void replace(Path file, FileAttribute<?>[] readers, ByteBuffer... content)
            throws IOException {
        Path writing = write(file, readers, content);
        try {
            rename(writing, file);
        } catch (IOException e) {
            Files.deleteIfExists(writing);
            throw e;
        }
    }

    private static Path write(Path file, FileAttribute<?>[] readers, ByteBuffer... content)
            throws IOException {
        Path writing = file.resolveSibling(file.getFileName() + WRITING);
        Files.deleteIfExists(writing);
        Set<OpenOption> fresh = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (FileChannel channel = FileChannel.open(writing, fresh, readers)) {
            for (ByteBuffer part : content) {
                while (part.hasRemaining()) {
                    channel.write(part);
                }
            }
            channel.force(true);
        } catch (IOException e) {
            Files.deleteIfExists(writing);
            throw e;
        }
        return writing;
    }

    private static FileAttribute<?>[] owner(Path file) throws IOException {
        boolean posix = Files.getFileStore(directory(file)).supportsFileAttributeView("posix");
        return posix ? FOR_OWNER : FOR_ALL;
    }

    private static Path directory(Path file) {
        Path directory = file.toAbsolutePath().getParent();
        if (directory == null) {
            throw new IllegalArgumentException("no file: " + file);
        }
        return directory;
    }
}
