package io.millrace.keyspace;

import io.millrace.keyspace.files.FileRepair;
import io.millrace.keyspace.files.Watermark;
import io.millrace.kit.Damage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * The row that says that the directory has a {@link Watermark}, written after the file was: without
 * the row an absent file is Millrace 0.1's, with it the file is lost.
 */
final class WatermarkRow {
    private static final byte[] KEY = {0, 'w'};
    private static final byte[] VALUE = {};

    private WatermarkRow() {}

    /** Writes the row if it isn't there. */
    static void write(RocksDB db) throws RocksDBException {
        if (db.get(KEY) == null) {
            db.put(KEY, VALUE);
            db.flushWal(true);
        }
    }

    /**
     * The damage of a directory whose watermark is lost; changes nothing. Only a directory without
     * the file is read for it.
     */
    static List<Damage> lost(Path directory) throws IOException {
        if (!isAbsent(directory)) {
            return List.of();
        }
        RocksLibrary.load(directory);
        Path scratch = Files.createTempDirectory("millrace-upgrade");
        try {
            return isLost(directory, scratch) ? List.of(damage(directory)) : List.of();
        } finally {
            try (Stream<Path> files = Files.walk(scratch)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    /** Whether the file is absent and the row is there; false when the rows can't be read. */
    static boolean isLost(Path directory, Path scratch) {
        if (!isAbsent(directory)) {
            return false;
        }
        try (RocksDatabase database = RocksDatabase.openReadOnly(directory, scratch)) {
            return database.db().get(KEY) != null;
        } catch (RocksDBException | IOException | KeySpaceException e) {
            return false;
        }
    }

    private static boolean isAbsent(Path directory) {
        return Files.exists(directory.resolve("CURRENT"))
                && Files.notExists(directory.resolve(Watermark.FILE));
    }

    static Damage damage(Path directory) {
        Path file = directory.resolve(Watermark.FILE);
        return new Damage(Damage.Kind.WATERMARK, file.toString(), 0, FileRepair.LOST);
    }
}
