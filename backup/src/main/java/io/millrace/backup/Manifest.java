package io.millrace.backup;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One backup: every file with the pieces that make it. Written last; a backup without one does not
 * exist.
 *
 * @param id its begin in UTC and eight random digits, so that ids sort by time
 * @param line whose backup it is, see {@link Lineage}
 * @param moment between these two moments lies the state that it holds
 * @param extentDirectories how many directories the extents had
 * @param masterKey whether the master key is in it
 */
public record Manifest(
        int version,
        String id,
        String line,
        Moment moment,
        String program,
        int extentDirectories,
        boolean masterKey,
        List<File> files) {
    static final int VERSION = 1;
    private static final Pattern ID = Pattern.compile("[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}");

    /** What a data directory is made of; nothing else is ever written by a restore. */
    private static final Pattern PATH =
            Pattern.compile(
                    "(keyspace|extents/[0-9]{1,4}|spool)/[A-Za-z0-9_-][A-Za-z0-9._-]{0,250}"
                            + "|master\\.key");

    private static final Pattern PIECE = Pattern.compile("[0-9a-f]{64}");

    static boolean isId(String name) {
        return ID.matcher(name).matches();
    }

    static boolean isPiece(String name) {
        return PIECE.matcher(name).matches();
    }

    public Manifest {
        if (!isId(id) || extentDirectories < 1) {
            throw new IllegalArgumentException("no backup has the id " + id);
        }
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
            if (!PATH.matcher(path).matches()) {
                throw new IllegalArgumentException("no backup holds a file " + path);
            }
            pieces = List.copyOf(pieces);
            if (pieces.size() != Math.ceilDiv(sizeBytes, Repository.PIECE_BYTES)
                    || !pieces.stream().allMatch(Manifest::isPiece)) {
                throw new IllegalArgumentException(path + " is not of its pieces");
            }
        }

        /** How many bytes of the file its piece number {@code index} has. */
        int pieceBytes(int index) {
            long left = sizeBytes - (long) index * Repository.PIECE_BYTES;
            return (int) Math.min(left, Repository.PIECE_BYTES);
        }
    }

    public long sizeBytes() {
        return files.stream().mapToLong(File::sizeBytes).sum();
    }

    Set<String> pieces() {
        return files.stream().flatMap(f -> f.pieces().stream()).collect(Collectors.toSet());
    }
}
