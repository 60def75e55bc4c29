package io.millrace.backup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What a server holds still for a backup: the file {@code hold.json} in the hold's directory.
 * Whoever copies reads the files themselves, on the same machine.
 *
 * @param keySpace the key space's id
 * @param moment between these moments the key space was copied
 * @param directory of this hold
 * @param extents the extents' directories with what counts in them
 */
public record Held(
        String keySpace,
        Manifest.Moment moment,
        String program,
        String directory,
        List<Extents> extents) {
    static final String FILE = "hold.json";
    static final String KEY_SPACE = "keyspace";
    static final String SPOOL = "spool";

    public Held {
        extents = List.copyOf(extents);
    }

    /** One directory of the extents; its small files are in the hold's {@code extents-N}. */
    public record Extents(String directory, List<Volume> volumes) {
        public Extents {
            volumes = List.copyOf(volumes);
        }
    }

    /** A volume's file and how much of it counts. */
    public record Volume(String file, long bytes, boolean sealed) {}

    Path path() {
        return Path.of(directory);
    }

    /** Where the small files of the extents' directory number {@code index} are. */
    Path identity(int index) {
        return path().resolve("extents-" + index);
    }

    /**
     * Reads what a server wrote.
     *
     * @throws BackupException INVALID when the directory can't be seen from here
     */
    public static Held read(Path directory) {
        Path file = directory.resolve(FILE);
        try {
            return Repository.read(Files.readAllBytes(file), Held.class, file.toString());
        } catch (IOException e) {
            throw new BackupException(
                    BackupException.Code.INVALID,
                    file + " can't be read: run the backup on the server's machine, as its user",
                    e);
        }
    }
}
