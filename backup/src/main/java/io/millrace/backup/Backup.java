package io.millrace.backup;

import io.millrace.kit.Ids;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Copies what is held into a repository.
 *
 * <p>Files that never change (sealed volumes, RocksDB's tables and blobs) and that the newest
 * backup has under the same path, size and time are not read again. Every other file is read; of
 * what was read, only pieces that the repository lacks are written. Below an open volume's tail
 * bytes may change between two backups (an extent that was being written), so its beginning is read
 * again too.
 */
public final class Backup {
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    /**
     * What was done.
     *
     * @param readBytes of the held files that had to be read
     * @param writtenBytes into the target
     * @param newPieces how many of them the target did not have
     */
    public record Done(Manifest manifest, long readBytes, long writtenBytes, int newPieces) {}

    /**
     * What is wanted.
     *
     * @param masterKey the master key's file if it goes with the backup; encrypted targets only
     * @param check reads the pieces that the target has already, and writes damaged ones again
     * @param takeOver goes on in a target where another server of the same origin made the newest
     *     backup
     */
    public record Plan(@Nullable Path masterKey, boolean check, boolean takeOver) {}

    /** One file to copy. */
    private record Source(String path, Path file, long bytes, boolean fixed) {}

    private final Repository repository;
    private final Held held;
    private final Plan plan;
    private final Progress progress;
    private final BooleanSupplier renewed;
    private final Map<String, Manifest.File> known = new HashMap<>();
    private final byte[] buffer = new byte[Repository.PIECE_BYTES];
    private long doneBytes;
    private long totalBytes;
    private long readBytes;
    private long writtenBytes;
    private int newPieces;

    private Backup(
            Repository repository,
            Held held,
            Plan plan,
            Progress progress,
            BooleanSupplier renewed) {
        this.repository = repository;
        this.held = held;
        this.plan = plan;
        this.progress = progress;
        this.renewed = renewed;
    }

    /**
     * Makes one backup.
     *
     * @param renewed keeps the hold alive and says whether it lives; asked before the end
     * @throws BackupException HOLD_LOST when it does not: then there is no new backup
     */
    public static Done run(
            Repository repository,
            Held held,
            Plan plan,
            Progress progress,
            BooleanSupplier renewed) {
        if (plan.masterKey() != null && !repository.encrypting()) {
            throw new BackupException(
                    BackupException.Code.INVALID,
                    "the master key goes into an encrypted backup only: name a --key-file");
        }
        try {
            return new Backup(repository, held, plan, progress, renewed).run();
        } catch (BackupException e) {
            if (e.code() == BackupException.Code.FULL) {
                giveUp(repository, e);
            }
            throw e;
        } catch (NoSuchFileException e) {
            throw holdLost(e);
        } catch (IOException | UncheckedIOException e) {
            throw new BackupException(
                    BackupException.Code.UNAVAILABLE,
                    "what is held can't be read: " + e.getMessage(),
                    e);
        }
    }

    private static void giveUp(Repository repository, BackupException because) {
        try {
            repository.cutOff();
        } catch (BackupException e) {
            because.addSuppressed(e);
        }
    }

    private Done run() throws IOException {
        repository.latest().ifPresent(this::goOnFrom);
        if (plan.check()) {
            repository.check();
        }
        List<Source> sources = sources();
        totalBytes = sources.stream().mapToLong(Source::bytes).sum();
        List<Manifest.File> files = new ArrayList<>();
        for (Source source : sources) {
            files.add(file(source));
        }
        if (!renewed.getAsBoolean()) {
            throw holdLost(null);
        }
        Manifest manifest =
                new Manifest(
                        Manifest.VERSION,
                        id(),
                        held.lineage().line(),
                        held.moment(),
                        held.program(),
                        held.extents().size(),
                        plan.masterKey() != null,
                        files);
        repository.finish(manifest);
        return new Done(manifest, readBytes, writtenBytes, newPieces);
    }

    private static BackupException holdLost(@Nullable Exception cause) {
        return new BackupException(
                BackupException.Code.HOLD_LOST,
                "the server no longer holds what was copied (it was stopped, its disk ran full, or"
                        + " this command paused for too long); run the backup again, it goes on from what was copied",
                cause);
    }

    private void goOnFrom(Manifest newest) {
        if (!plan.takeOver() && !held.lineage().follows(newest)) {
            throw new BackupException(
                    BackupException.Code.INVALID,
                    "the newest backup in "
                            + repository
                            + " is not of this server, but of one that was restored from the same"
                            + " backups or that this one was restored from: use a target of its"
                            + " own, or --take-over if the other one is gone for good");
        }
        newest.files().forEach(f -> known.put(f.path(), f));
    }

    /** Later than every other, also when the clock was set back. */
    private String id() {
        String stamp = STAMP.format(held.moment().from());
        String newest = repository.newest();
        if (stamp.compareTo(newest) < 0 && newest.length() > stamp.length()) {
            Instant last = STAMP.parse(newest.substring(0, stamp.length()), Instant::from);
            stamp = STAMP.format(last.plusSeconds(1));
        }
        return stamp + "-" + HexFormat.of().formatHex(Ids.randomBytes(4));
    }

    private List<Source> sources() throws IOException {
        Map<String, Source> all = new TreeMap<>();
        for (Path file : files(held.path().resolve(Held.KEY_SPACE))) {
            String name = file.getFileName().toString();
            add(all, "keyspace/" + name, file, name.endsWith(".sst") || name.endsWith(".blob"));
        }
        for (int i = 0; i < held.extents().size(); i++) {
            String under = "extents/" + i + "/";
            Held.Extents extents = held.extents().get(i);
            for (Path file : files(held.identity(i))) {
                add(all, under + file.getFileName(), file, false);
            }
            for (Held.Volume volume : extents.volumes()) {
                Path file = Path.of(extents.directory()).resolve(volume.file());
                String path = under + volume.file();
                // Room is promised before it is written: the file may end before the tail.
                long there = Files.size(file);
                long bytes = volume.sealed() ? there : Math.min(volume.tail(), there);
                all.put(path, new Source(path, file, bytes, volume.sealed()));
            }
        }
        for (Path file : files(held.path().resolve(Held.SPOOL))) {
            add(all, "spool/" + file.getFileName(), file, true);
        }
        if (plan.masterKey() != null) {
            add(all, "master.key", plan.masterKey(), false);
        }
        return List.copyOf(all.values());
    }

    private static void add(Map<String, Source> all, String path, Path file, boolean fixed)
            throws IOException {
        all.put(path, new Source(path, file, Files.size(file), fixed));
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private Manifest.File file(Source source) throws IOException {
        long modified = Files.getLastModifiedTime(source.file()).to(TimeUnit.NANOSECONDS);
        Manifest.File before = known.get(source.path());
        if (before != null
                && source.fixed()
                && before.fixed()
                && before.sizeBytes() == source.bytes()
                && before.modified() == modified
                && isThere(before)) {
            advance(source.bytes());
            return before;
        }
        List<String> pieces = new ArrayList<>();
        try (InputStream in = Files.newInputStream(source.file())) {
            for (long left = source.bytes(); left > 0; ) {
                int length = in.readNBytes(buffer, 0, (int) Math.min(left, buffer.length));
                if (length == 0) {
                    throw new IOException(source.file() + " is shorter than it was");
                }
                pieces.add(piece(length));
                left -= length;
                advance(length);
            }
        }
        return new Manifest.File(source.path(), source.bytes(), modified, source.fixed(), pieces);
    }

    private boolean isThere(Manifest.File file) {
        for (int i = 0; i < file.pieces().size(); i++) {
            if (!repository.has(file.pieces().get(i), file.pieceBytes(i))) {
                return false;
            }
        }
        return true;
    }

    private String piece(int length) {
        String id = repository.id(buffer, length);
        int written = repository.put(id, buffer, length);
        readBytes += length;
        writtenBytes += written;
        newPieces += written > 0 ? 1 : 0;
        return id;
    }

    private void advance(long bytes) {
        doneBytes += bytes;
        progress.at(doneBytes, totalBytes);
    }
}
