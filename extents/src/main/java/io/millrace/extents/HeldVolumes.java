package io.millrace.extents;

import java.nio.file.Path;
import java.util.List;

/**
 * The volumes of one directory, kept under second names as long as they are held.
 *
 * @param directory where the second names are
 * @param volumes by rising number
 * @param identity the small files that say whose directory this is, with their bytes
 */
public record HeldVolumes(Path directory, List<Held> volumes, List<Small> identity) {
    public HeldVolumes {
        volumes = List.copyOf(volumes);
        identity = List.copyOf(identity);
    }

    /**
     * One volume.
     *
     * @param file its name in the directory
     * @param bytes how much of the file counts: everything that any reference made before can mean
     * @param sealed the file never changes again
     */
    public record Held(String file, long bytes, boolean sealed) {}

    /** A small file, taken whole. */
    @SuppressWarnings("ArrayRecordComponent")
    public record Small(String file, byte[] bytes) {}
}
