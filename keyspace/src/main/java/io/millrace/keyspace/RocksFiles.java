package io.millrace.keyspace;

import io.millrace.keyspace.files.FileRepair;
import io.millrace.keyspace.files.LogCheck;
import io.millrace.kit.Damage;
import io.millrace.kit.Damages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks the files of an open RocksDB. Tables and blob files never change, so that what the engine
 * still names after a check was whole, or damaged, while it was read. Manifest and logs grow
 * meanwhile: only what two looks in a row find the same is damage. Thread-safe.
 */
final class RocksFiles implements KeySpaceFiles {
    private static final Logger LOG = LoggerFactory.getLogger(RocksFiles.class);
    private static final Pattern CHECKED = Pattern.compile("\\d+\\.(sst|blob)");

    private final RocksDatabase database;
    private final Path directory;
    private final Gate gate;
    private final Damages damages;
    private final RocksTables tables;

    RocksFiles(RocksDatabase database, Path directory, Gate gate, Damages damages) {
        this.database = database;
        this.directory = directory;
        this.gate = gate;
        this.damages = damages;
        this.tables = new RocksTables(directory, directory);
    }

    @Override
    public List<Named> list() {
        List<Named> files = new ArrayList<>();
        try {
            long logs = 0;
            for (Path log : LogCheck.growing(directory)) {
                logs += size(log);
            }
            for (String name : inUse()) {
                files.add(new Named(name, size(directory.resolve(name))));
            }
            files.add(new Named(LOGS, logs));
        } catch (IOException e) {
            throw unreadable(e);
        }
        files.sort(Comparator.comparing(Named::name));
        return files;
    }

    /** Tells of files that are gone: the engine opens without those that it reads only later. */
    void tellGone() {
        gone(directory, this::inUse).forEach(file -> damages.found(gone(file)));
    }

    /** Files in use that are not there; what the engine deletes meanwhile is in use no more. */
    static List<Path> gone(Path directory, Supplier<Set<String>> inUse) {
        List<Path> absent =
                inUse.get().stream().map(directory::resolve).filter(Files::notExists).toList();
        if (absent.isEmpty()) {
            return List.of();
        }
        Set<String> still = inUse.get();
        return absent.stream()
                .filter(file -> still.contains(String.valueOf(file.getFileName())))
                .toList();
    }

    private static Damage gone(Path file) {
        boolean blob = file.toString().endsWith(".blob");
        Damage.Kind kind = blob ? Damage.Kind.BLOB : Damage.Kind.TABLE;
        return new Damage(kind, file.toString(), 0, "it is gone");
    }

    @Override
    public List<Damage> check(Named file) {
        gate.enter();
        try {
            List<Damage> found =
                    file.name().equals(LOGS) ? logs() : table(directory.resolve(file.name()));
            damages.found(found);
            return found;
        } catch (IOException e) {
            throw unreadable(e);
        } finally {
            gate.leave();
        }
    }

    private List<Damage> table(Path file) throws IOException {
        List<Damage> found;
        try {
            found = FileRepair.checkFile(file, tables);
        } catch (NoSuchFileException e) {
            found = List.of(gone(file));
        }
        // The engine deletes what it has merged into others: then nobody reads it any more.
        return found.isEmpty() || !inUse().contains(file.getFileName().toString())
                ? List.of()
                : found;
    }

    private List<Damage> logs() throws IOException {
        List<Damage> first = look();
        List<Damage> both = new ArrayList<>(first.isEmpty() ? first : look());
        both.retainAll(first);
        if (both.stream().anyMatch(d -> d.kind() != Damage.Kind.MANIFEST)) {
            saveFromMemory();
        }
        return both;
    }

    private List<Damage> look() throws IOException {
        try {
            return LogCheck.of(directory).damages();
        } catch (NoSuchFileException e) {
            // A log was deleted under the look, after its rows came into a table.
            return LogCheck.of(directory).damages();
        }
    }

    /** The rows of a damaged log are whole in memory as long as the server runs. */
    private void saveFromMemory() {
        try (FlushOptions options = new FlushOptions().setWaitForFlush(true)) {
            database.db().flush(options, database.families());
            LOG.warn("The rows of the damaged log were written from memory into tables");
        } catch (RocksDBException e) {
            throw RocksFailure.of(e, directory);
        }
    }

    private Set<String> inUse() {
        gate.enter();
        try {
            Set<String> names = new HashSet<>();
            for (String file : database.db().getLiveFiles(false).files) {
                String name = file.replaceFirst("^/", "");
                if (CHECKED.matcher(name).matches()) {
                    names.add(name);
                }
            }
            return names;
        } catch (RocksDBException e) {
            throw RocksFailure.of(e, directory);
        } finally {
            gate.leave();
        }
    }

    private static long size(Path file) throws IOException {
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    private KeySpaceException unreadable(IOException e) {
        return new KeySpaceException(
                KeySpaceException.Code.UNAVAILABLE,
                "the files of the key space in " + directory + " can't be read: " + e.getMessage(),
                e);
    }
}
