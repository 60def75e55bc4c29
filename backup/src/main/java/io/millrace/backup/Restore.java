package io.millrace.backup;

import io.millrace.kit.DurableFile;
import io.millrace.kit.Ids;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Makes a data directory from a backup. Everything is written and checked beside it first; the
 * directory is there when all of it is right, or not at all.
 */
public final class Restore {
    private static final int NAMED = 20;

    private final Repository repository;
    private final Manifest manifest;
    private final Progress progress;
    private long doneBytes;

    private Restore(Repository repository, Manifest manifest, Progress progress) {
        this.repository = repository;
        this.manifest = manifest;
        this.progress = progress;
    }

    /**
     * Restores into a directory that is absent or empty.
     *
     * @throws BackupException INVALID when it is not, DAMAGED when pieces are missing or wrong,
     *     which the text names
     */
    public static void run(Repository repository, Manifest manifest, Path data, Progress progress) {
        new Restore(repository, manifest, progress).into(data.toAbsolutePath().normalize());
    }

    /** Reads and checks every piece of a backup, and writes nothing. */
    public static void check(Repository repository, Manifest manifest, Progress progress) {
        Restore restore = new Restore(repository, manifest, progress);
        restore.refuseMissing();
        List<String> wrong = new ArrayList<>();
        for (Manifest.File file : manifest.files()) {
            for (String piece : file.pieces()) {
                byte[] bytes = repository.get(piece).orElse(new byte[0]);
                if (bytes.length == 0) {
                    wrong.add(named(file, piece));
                }
                restore.advance(bytes.length);
            }
        }
        refuse(wrong, "damaged");
    }

    private void into(Path data) {
        refuseMissing();
        Path parent = data.getParent();
        if (parent == null) {
            throw new BackupException(BackupException.Code.INVALID, data + " can't be restored to");
        }
        Path beside =
                data.resolveSibling(
                        data.getFileName() + ".restoring-" + Ids.secret(8).replaceAll("\\W", "x"));
        try {
            refuseFull(data);
            Files.createDirectories(parent);
            Files.createDirectory(beside);
            Files.setPosixFilePermissions(beside, PosixFilePermissions.fromString("rwx------"));
            for (Manifest.File file : manifest.files()) {
                write(beside.resolve(place(file.path())), file);
            }
            syncDirectories(beside);
            DurableFile.rename(beside, data);
        } catch (IOException e) {
            abandon(beside, e);
            throw new BackupException(
                    BackupException.Code.UNAVAILABLE,
                    data + " can't be written: " + e.getMessage(),
                    e);
        } catch (RuntimeException e) {
            abandon(beside, e);
            throw e;
        }
    }

    private static void abandon(Path beside, Exception because) {
        try {
            Holds.remove(beside);
        } catch (IOException e) {
            because.addSuppressed(e);
        }
    }

    private static void refuseFull(Path data) throws IOException {
        if (Files.notExists(data)) {
            return;
        }
        try (Stream<Path> files = Files.list(data)) {
            if (files.findAny().isPresent()) {
                throw new BackupException(
                        BackupException.Code.INVALID,
                        data + " is not empty; restore into a new directory");
            }
        }
    }

    private void refuseMissing() {
        List<String> missing = new ArrayList<>();
        for (Manifest.File file : manifest.files()) {
            for (String piece : file.pieces()) {
                if (!repository.has(piece)) {
                    missing.add(named(file, piece));
                }
            }
        }
        refuse(missing, "missing");
    }

    private static String named(Manifest.File file, String piece) {
        return file.path() + " (piece " + piece + ")";
    }

    private static void refuse(List<String> pieces, String what) {
        if (!pieces.isEmpty()) {
            String more = pieces.size() > NAMED ? " and " + (pieces.size() - NAMED) + " more" : "";
            throw new BackupException(
                    BackupException.Code.DAMAGED,
                    what
                            + ": "
                            + String.join(", ", pieces.subList(0, Math.min(NAMED, pieces.size())))
                            + more
                            + ". Choose another backup (--list)");
        }
    }

    /** A store with one directory has it at {@code extents}; with several at {@code extents/N}. */
    private String place(String path) {
        return manifest.extentDirectories() == 1 && path.startsWith("extents/0/")
                ? "extents/" + path.substring("extents/0/".length())
                : path;
    }

    private void write(Path to, Manifest.File file) throws IOException {
        Files.createDirectories(to.getParent());
        if (file.path().equals("master.key")) {
            Files.createFile(
                    to,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
        }
        long size = 0;
        try (FileChannel out =
                FileChannel.open(to, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (String piece : file.pieces()) {
                byte[] bytes = repository.get(piece).orElse(new byte[0]);
                if (bytes.length == 0) {
                    refuse(List.of(named(file, piece)), "damaged");
                }
                ByteBuffer content = ByteBuffer.wrap(bytes);
                while (content.hasRemaining()) {
                    out.write(content);
                }
                size += bytes.length;
                advance(bytes.length);
            }
            out.force(true);
        }
        if (size != file.sizeBytes()) {
            refuse(List.of(file.path()), "damaged (its pieces have another length)");
        }
    }

    private void advance(long bytes) {
        doneBytes += bytes;
        progress.at(doneBytes, manifest.sizeBytes());
    }

    private static void syncDirectories(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            for (Path directory : all.filter(Files::isDirectory).toList()) {
                DurableFile.syncDirectory(directory);
            }
        }
    }
}
