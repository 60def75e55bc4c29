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
     * @param tail everything that any reference made before can mean lies before this position; the
     *     file may be shorter, for room is promised to extents before they are written
     * @param sealed the file never changes again, and all of it counts
     */
    public record Held(String file, long tail, boolean sealed) {}

    /** A small file, taken whole. */
    @SuppressWarnings("ArrayRecordComponent")
    public record Small(String file, byte[] bytes) {}
}
