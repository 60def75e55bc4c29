package io.millrace.keyspace;

import io.millrace.kit.Damage;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** From RocksDB's failures to this module's: damage is told from a disk that refuses. */
final class RocksFailure {
    private static final Pattern PLACE =
            Pattern.compile("(\\S+\\.(?:sst|blob|log))\\b(?:.*? offset (\\d+))?");

    private RocksFailure() {}

    /** What the engine's failure means to a caller. */
    static KeySpaceException of(RocksDBException e, Path directory) {
        return isDamage(e)
                ? KeySpaceException.damaged(List.of(damage(e, directory)), e)
                : new KeySpaceException(
                        KeySpaceException.Code.UNAVAILABLE, "RocksDB: " + e.getMessage(), e);
    }

    static boolean isDamage(RocksDBException e) {
        Status status = e.getStatus();
        return status != null
                && (status.getCode() == Status.Code.Corruption || isFileGone(status, e));
    }

    /** The manifest names the file, so it was there: what it held is lost, whatever took it. */
    private static boolean isFileGone(Status status, RocksDBException e) {
        return status.getCode() == Status.Code.IOError
                && String.valueOf(e.getMessage()).contains("No such file or directory")
                && PLACE.matcher(String.valueOf(e.getMessage())).find();
    }

    /** The place that the engine's message names; the directory when it names none. */
    static Damage damage(RocksDBException e, Path directory) {
        String text = String.valueOf(e.getMessage());
        Matcher place = PLACE.matcher(text);
        String file = directory.toString();
        long offset = 0;
        if (place.find()) {
            file = directory.resolve(Path.of(place.group(1)).getFileName()).toString();
            offset = place.group(2) == null ? 0 : Long.parseLong(place.group(2));
        }
        // What the engine says of a value in a blob file names no file; verify finds it.
        Damage.Kind kind = text.contains("Blob") ? Damage.Kind.BLOB : kind(file);
        return new Damage(kind, file, offset, text);
    }

    private static Damage.Kind kind(String file) {
        if (file.endsWith(".sst")) {
            return Damage.Kind.TABLE;
        }
        if (file.endsWith(".blob")) {
            return Damage.Kind.BLOB;
        }
        return file.endsWith(".log") ? Damage.Kind.LOG : Damage.Kind.OTHER;
    }
}
