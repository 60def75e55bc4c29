package io.millrace.kit;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What a disk has left and what of it may be taken: asked rarely, counted down between.
 * Thread-safe.
 *
 * <p>Who brings bytes leaves the whole reserve; who frees space by writing first leaves a part of
 * it ({@link Use}); the deletes' own rows may use it all.
 */
public final class DiskSpace {
    private static final Duration FRESH = Duration.ofMillis(250);
    private static final long FRESH_BYTES = 64L << 20;
    private static final long MOST_MARGIN_BYTES = 16L << 20;

    /** What bytes are for, and so how much of the reserve they leave. */
    public enum Use {
        /** Brought by somebody: the whole reserve is left. */
        NEW(1),
        /** Copied so that more can be freed: half of it is left. */
        MOVED(2),
        /** Small rows without which no work goes on, such as leases: an eighth is left. */
        UPKEEP(8);

        private final int part;

        Use(int part) {
            this.part = part;
        }
    }

    /** How a disk stands. */
    public enum Level {
        PLENTY,
        /** Less than twice the reserve is left: what was deleted is freed at once. */
        SHORT,
        /** Nothing that brings bytes is taken any more. */
        FULL
    }

    /**
     * A disk as it was at a moment.
     *
     * @param device the file system, the same for every directory on it
     */
    public record State(
            String device, long totalBytes, long freeBytes, long reserveBytes, Level level) {
        /** What a client is told who brings bytes. */
        public String refusal() {
            return "the disk is full: "
                    + mebibytes(freeBytes)
                    + " of "
                    + mebibytes(totalBytes)
                    + " are left, and the last "
                    + mebibytes(reserveBytes)
                    + " are kept for deletes; delete objects, their space comes back within"
                    + " a minute, or add room";
        }

        private static String mebibytes(long bytes) {
            return (bytes >> 20) + " MiB";
        }
    }

    /** Asks a disk. */
    public interface Meter {
        /** Names the file system, the same for every directory on it. */
        String device();

        /** Used and free. */
        long totalBytes() throws IOException;

        /** What can still be written. */
        long freeBytes() throws IOException;

        /** The file system that a directory lies on. */
        static Meter of(Path directory) throws IOException {
            FileStore store = Files.getFileStore(directory);
            String name = store.toString();
            return new Meter() {
                @Override
                public String device() {
                    return name;
                }

                @Override
                public long totalBytes() throws IOException {
                    return store.getTotalSpace();
                }

                @Override
                public long freeBytes() throws IOException {
                    return store.getUsableSpace();
                }
            };
        }
    }

    private final Meter meter;
    private final DiskReserve reserve;
    private final MonotonicClock clock;
    private long total;
    private long free;
    private long kept;
    private long taken;
    private long askedNanos;

    public DiskSpace(Meter meter, DiskReserve reserve, MonotonicClock clock) {
        this.meter = meter;
        this.reserve = reserve;
        this.clock = clock;
        ask();
    }

    /** The disk that a directory lies on. */
    public static DiskSpace of(Path directory, DiskReserve reserve) throws IOException {
        return new DiskSpace(Meter.of(directory), reserve, MonotonicClock.system());
    }

    /** Forgets what was counted and asks the disk. */
    public synchronized void refresh() {
        ask();
    }

    private void ask() {
        try {
            total = meter.totalBytes();
            free = meter.freeBytes();
        } catch (IOException e) {
            // A file system that does not tell its space: the write itself will say when it is
            // full.
            total = Long.MAX_VALUE;
            free = Long.MAX_VALUE;
        }
        kept = reserve.bytes(total);
        taken = 0;
        askedNanos = clock.nanos();
    }

    private void askWhenStale(long bytes) {
        long most = Math.min(FRESH_BYTES, Math.max(1, kept / 8));
        if (taken + bytes > most || clock.hasElapsed(askedNanos, FRESH)) {
            ask();
        }
    }

    /** Counts bytes down if they leave as much of the reserve as their use has to. */
    public synchronized boolean take(Use use, long bytes) {
        askWhenStale(bytes);
        if (free - taken - bytes < kept / use.part) {
            return false;
        }
        taken += bytes;
        return true;
    }

    /** How the disk stands, at most a quarter of a second ago. */
    public synchronized State state() {
        askWhenStale(0);
        long left = Math.max(0, free - taken);
        return new State(meter.device(), total, left, kept, level(left));
    }

    /** How the disk stands, as {@link #state} has it. */
    public synchronized Level level() {
        askWhenStale(0);
        return level(Math.max(0, free - taken));
    }

    private Level level(long left) {
        // Near the reserve some writes fit and others don't; nobody is helped by such a lottery.
        long margin = Math.min(MOST_MARGIN_BYTES, kept / 8);
        if (left - margin < kept) {
            return Level.FULL;
        }
        return left / 2 < kept ? Level.SHORT : Level.PLENTY;
    }
}
