package io.millrace.backup;

import io.millrace.extents.StoreIdentity;
import io.millrace.kit.DurableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Makes a data directory from a backup. Every piece is checked on its way. While it is being made
 * the file {@code restoring} stands in the directory: nothing serves it, and the next restore
 * clears what a killed one left. (A directory beside it, renamed at the end, would be simpler, but
 * a data directory is often a mount of its own.)
 */
public final class Restore {
    private static final int NAMED = 20;
    private static final String UNFINISHED = "restoring";
    private static final String UNFINISHED_TEXT =
            "A restore was begun here and did not end: run millrace restore again.\n";
    private static final List<String> PARTS =
            List.of("keyspace", "extents", "spool", "master.key", "lineage");

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

    private void into(Path data) {
        refuseMissing();
        try {
            boolean made = Files.notExists(data);
            Files.createDirectories(data);
            if (made) {
                Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));
            }
            begun(data, made);
        } catch (IOException e) {
            throw new BackupException(
                    BackupException.Code.UNAVAILABLE,
                    data + " can't be written: " + e.getMessage(),
                    e);
        }
    }

    private void begun(Path data, boolean made) throws IOException {
        try (FileChannel _ = begin(data)) {
            fill(data);
        } catch (IOException | RuntimeException e) {
            if (made) {
                leave(data);
            }
            throw e;
        }
    }

    /** Takes away the directory that was made, unless something is left in it. */
    private static void leave(Path data) throws IOException {
        try {
            Files.delete(data);
        } catch (DirectoryNotEmptyException e) {
            // Another restore into it runs, or this one's files can't be removed: it stays marked.
        }
    }

    private void fill(Path data) throws IOException {
        try {
            refuseTooMuch(data);
            for (Manifest.File file : lastIsCurrent()) {
                write(data.resolve(place(file.path())), file);
            }
            // Its original may run on beside it: this one begins where the backup stands.
            Files.createFile(data.resolve(place("extents/0/" + StoreIdentity.ADOPT)));
            Lineage.begin(data, manifest.id());
            syncDirectories(data);
            Files.delete(data.resolve(UNFINISHED));
            DurableFile.syncDirectory(data);
        } catch (IOException | RuntimeException e) {
            abandon(data, e);
            throw e;
        }
    }

    /** Whether a directory holds what an interrupted restore left, which nothing may serve. */
    public static boolean isUnfinished(Path data) {
        return Files.exists(data.resolve(UNFINISHED));
    }

    /** Marks the directory before anything else is in it; what a killed restore left goes. */
    private static FileChannel begin(Path data) throws IOException {
        Path path = data.resolve(UNFINISHED);
        boolean again = Files.exists(path);
        if (!again) {
            refuseFull(data);
        }
        FileChannel marker =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        // The one that ran until now takes its marker away before it lets go of it.
        if (!isAlone(marker) || Files.notExists(path)) {
            marker.close();
            throw new BackupException(
                    BackupException.Code.BUSY, "another restore into " + data + " runs");
        }
        try {
            marker.write(ByteBuffer.wrap(UNFINISHED_TEXT.getBytes(StandardCharsets.UTF_8)));
            marker.force(true);
            DurableFile.syncDirectory(data);
            if (again) {
                removeParts(data);
            }
            return marker;
        } catch (IOException e) {
            try (marker) {
                if (!again) {
                    Files.delete(path);
                }
            } catch (IOException left) {
                e.addSuppressed(left);
            }
            throw e;
        }
    }

    private static boolean isAlone(FileChannel marker) throws IOException {
        try {
            return marker.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    private static void removeParts(Path data) throws IOException {
        for (String part : PARTS) {
            Holds.remove(data.resolve(part));
        }
    }

    /** Leaves the directory empty, or, when even that fails, marked. */
    private static void abandon(Path data, Exception because) {
        try {
            removeParts(data);
            Files.deleteIfExists(data.resolve(UNFINISHED));
        } catch (IOException e) {
            because.addSuppressed(e);
        }
    }

    private static void refuseFull(Path data) throws IOException {
        try (Stream<Path> files = Files.list(data)) {
            if (files.anyMatch(f -> !f.endsWith("lost+found"))) {
                throw new BackupException(
                        BackupException.Code.INVALID,
                        data + " is not empty; restore into a new directory");
            }
        }
    }

    private void refuseTooMuch(Path data) throws IOException {
        long free = Files.getFileStore(data).getUsableSpace();
        if (free < manifest.sizeBytes()) {
            throw new BackupException(
                    BackupException.Code.UNAVAILABLE,
                    "%s has room for %d bytes, the backup needs %d"
                            .formatted(data, free, manifest.sizeBytes()));
        }
    }

    /** RocksDB opens nothing without its CURRENT: that comes when all the others are there. */
    private List<Manifest.File> lastIsCurrent() {
        return manifest.files().stream()
                .sorted(Comparator.comparing(f -> f.path().equals("keyspace/CURRENT")))
                .toList();
    }

    private void refuseMissing() {
        List<String> missing = new ArrayList<>();
        for (Manifest.File file : manifest.files()) {
            for (int i = 0; i < file.pieces().size(); i++) {
                String piece = file.pieces().get(i);
                if (!repository.has(piece, file.pieceBytes(i))) {
                    missing.add(named(file, piece));
                }
            }
        }
        refuse(missing, "missing or cut off");
    }

    static String named(Manifest.File file, String piece) {
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
