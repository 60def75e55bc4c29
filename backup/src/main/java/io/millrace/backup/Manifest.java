package io.millrace.backup;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One backup: every file with the pieces that make it. Written last; a backup without one does not
 * exist.
 *
 * @param id its begin in UTC and eight random digits, so that ids sort by time
 * @param moment between these two moments lies the state that it holds
 * @param extentDirectories how many directories the extents had
 * @param masterKey whether the master key is in it
 */
public record Manifest(
        int version,
        String id,
        Moment moment,
        String program,
        int extentDirectories,
        boolean masterKey,
        List<File> files) {
    static final int VERSION = 1;

    public Manifest {
        files = List.copyOf(files);
    }

    /** Everything answered before {@code from} is in it, nothing begun after {@code to}. */
    public record Moment(Instant from, Instant to) {}

    /**
     * One file.
     *
     * @param path below the data directory: {@code keyspace/…}, {@code extents/N/…}, {@code
     *     spool/…}, {@code master.key}
     * @param modified its time of change in nanoseconds since 1970
     * @param fixed never changes again under this path, size and time
     * @param pieces the ids of its content, 4 MiB each, the last one shorter
     */
    public record File(
            String path, long sizeBytes, long modified, boolean fixed, List<String> pieces) {
        public File {
            pieces = List.copyOf(pieces);
        }
    }

    public long sizeBytes() {
        return files.stream().mapToLong(File::sizeBytes).sum();
    }

    Set<String> pieces() {
        return files.stream().flatMap(f -> f.pieces().stream()).collect(Collectors.toSet());
    }
}
