package io.millrace.keyspace;

import io.millrace.keyspace.files.FileRepair;
import io.millrace.keyspace.files.LogCheck;
import io.millrace.kit.Damage;
import io.millrace.kit.DirectoryLock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Looks at, and mends, the files of an embedded key space that no server has open. */
public final class KeySpaceRepair {
    private KeySpaceRepair() {}

    /** What manifest and log say, before anything is opened; see {@link LogCheck}. */
    public static LogCheck.Result log(Path directory) {
        try {
            return LogCheck.of(directory);
        } catch (IOException e) {
            throw unreadable(directory, e);
        }
    }

    /**
     * Every damaged place in the files: manifest and log, tables by their checksums, blob files by
     * theirs. Changes nothing.
     *
     * @param scratch for the engine's messages and library
     */
    public static List<Damage> check(Path directory, Path scratch) {
        RocksLibrary.load(scratch);
        try {
            List<Damage> damages = new ArrayList<>(LogCheck.of(directory).damages());
            if (WatermarkRow.isLost(directory, scratch)) {
                damages.add(WatermarkRow.damage(directory));
            }
            damages.addAll(FileRepair.check(directory, new RocksTables(directory, scratch)));
            return damages;
        } catch (IOException e) {
            throw unreadable(directory, e);
        }
    }

    /**
     * Mends what can be mended; see {@link FileRepair}.
     *
     * @param evidence where the files are kept as they were
     * @param scratch for the engine's library
     * @throws KeySpaceException LOCKED when a server has the directory
     */
    public static FileRepair.Report run(Path directory, Path evidence, Path scratch) {
        RocksLibrary.load(scratch);
        try (DirectoryLock lock = DirectoryLock.take(directory)) {
            return FileRepair.run(directory, evidence, new RocksTables(directory, scratch));
        } catch (DirectoryLock.Held e) {
            throw new KeySpaceException(
                    KeySpaceException.Code.LOCKED, "the key space: " + e.getMessage(), e);
        } catch (IOException e) {
            throw unreadable(directory, e);
        }
    }

    private static KeySpaceException unreadable(Path directory, IOException e) {
        return new KeySpaceException(
                KeySpaceException.Code.UNAVAILABLE,
                "the key space in " + directory + " can't be read: " + e.getMessage(),
                e);
    }
}
