package io.millrace.backup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What a server holds still for a backup: the file {@code hold.json} in the hold's directory.
 * Whoever copies reads the files themselves, on the same machine.
 *
 * @param version of this form, 1
 * @param keySpace the key space's id
 * @param lineage of the server
 * @param moment between these moments the key space was copied
 * @param directory of this hold
 * @param damaged places of the server's data that can't be read whole, as far as it knew
 * @param extents the extents' directories with what counts in them
 */
public record Held(
        int version,
        String keySpace,
        Lineage lineage,
        Manifest.Moment moment,
        String program,
        String directory,
        List<String> damaged,
        List<Extents> extents) {
    static final int VERSION = 1;
    static final String FILE = "hold.json";
    static final String KEY_SPACE = "keyspace";
    static final String SPOOL = "spool";

    public Held {
        damaged = List.copyOf(damaged);
        extents = List.copyOf(extents);
    }

    /** One directory of the extents; its small files are in the hold's {@code extents-N}. */
    public record Extents(String directory, List<Volume> volumes) {
        public Extents {
            volumes = List.copyOf(volumes);
        }
    }

    /** A volume's file; what counts of it lies before the tail, or is all when it is sealed. */
    public record Volume(String file, long tail, boolean sealed) {}

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
     * @param data the server's data directory
     * @throws BackupException INVALID when the hold can't be seen there from here
     */
    public static Held read(Path data, String hold) {
        Path file = Holds.directory(data).resolve(hold).resolve(FILE);
        try {
            return Json.read(Files.readAllBytes(file), Held.class, VERSION, file.toString());
        } catch (IOException e) {
            throw new BackupException(
                    BackupException.Code.INVALID,
                    file
                            + " can't be read: name the data directory of the server that answers,"
                            + " and run this on its machine, as its user",
                    e);
        }
    }
}
