package io.millrace.keyspace;

import io.millrace.kit.Deadline;
import io.millrace.kit.DiskSpace;
import io.millrace.kit.MonotonicClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.LogFile;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * Makes RocksDB give back the space of deleted rows. A delete is a row too; the space of both comes
 * back when the tables that hold them are merged, which the engine does in its own time and with as
 * much room as it takes. Here the table with the largest share of deletions goes first, and none
 * that does not fit into what is free; then come the values beside the tables ({@link RocksBlobs}).
 * One call at a time.
 */
final class RocksGiveBack {
    /** A table is worth it from one deletion in so many rows on. */
    private static final int WORTH = 10;

    /** Values are moved from one unneeded byte in so many on, on a full disk from fewer. */
    private static final int SHORT_WORTH = 10;

    private static final int FULL_WORTH = 20;

    /** Tables merged in one call. */
    private static final int MOST_TABLES = 64;

    /** Fewer deletions than this in memory are no reason to write them into a table. */
    private static final long FEW_DELETES = 64;

    private static final long LITTLE_BYTES = 2L << 20;

    /** No further merge begins after that long: others wait to free more. */
    private static final Duration LONG = Duration.ofSeconds(5);

    private static final MonotonicClock CLOCK = MonotonicClock.system();

    private final RocksDB db;
    private final List<ColumnFamilyHandle> families;
    private final DiskSpace space;
    private final Gate gate;
    private final RocksBlobs blobs;

    /** Tables whose merging was tried; one that is still there afterwards gave nothing. */
    private final Set<String> tried = new HashSet<>();

    RocksGiveBack(RocksDatabase database, DiskSpace space, Gate gate) {
        this.db = database.db();
        this.families = database.families();
        this.space = space;
        this.gate = gate;
        this.blobs = new RocksBlobs(db, families.get(Families.CONTENTS));
    }

    /** The engine may be closed between two steps, and waits for one. */
    synchronized void run() throws RocksDBException {
        flush();
        Deadline end = CLOCK.deadline(LONG);
        int merged = 0;
        while (merged < MOST_TABLES && !end.hasPassed() && mergeOne()) {
            merged++;
        }
        int moved = 0;
        while (moved < MOST_TABLES && !end.hasPassed() && moveOne()) {
            moved++;
        }
        inOwnTime();
    }

    private boolean moveOne() throws RocksDBException {
        gate.enter();
        try {
            return blobs.moveOne(
                    db.getLiveFilesMetaData().stream()
                            .filter(t -> familyOf(t) == Families.CONTENTS)
                            .toList(),
                    room(),
                    space.state().level() == DiskSpace.Level.FULL ? FULL_WORTH : SHORT_WORTH);
        } finally {
            gate.leave();
        }
    }

    private void inOwnTime() throws RocksDBException {
        gate.enter();
        try {
            blobs.moveOutOf(RocksBlobs.OWN_TIME);
        } finally {
            gate.leave();
        }
    }

    /** What is in memory goes into tables: its log, often larger than those, can go. */
    private void flush() throws RocksDBException {
        gate.enter();
        try (FlushOptions options = new FlushOptions().setWaitForFlush(true)) {
            if (muchInMemory()) {
                db.flush(options, families);
            }
        } finally {
            gate.leave();
        }
    }

    /**
     * Little in memory may hold large logs: they go when all that was written to them is in tables.
     */
    private boolean muchInMemory() throws RocksDBException {
        long logs = db.getSortedWalFiles().stream().mapToLong(LogFile::sizeFileBytes).sum();
        if (logs > 2 * LITTLE_BYTES) {
            return true;
        }
        for (ColumnFamilyHandle family : families) {
            if (db.getLongProperty(family, "rocksdb.num-deletes-active-mem-table") > FEW_DELETES
                    || db.getLongProperty(family, "rocksdb.cur-size-active-mem-table")
                            > LITTLE_BYTES) {
                return true;
            }
        }
        return false;
    }

    private boolean mergeOne() throws RocksDBException {
        gate.enter();
        try (CompactRangeOptions options = new CompactRangeOptions().setAllowWriteStall(false)) {
            List<LiveFileMetaData> tables = db.getLiveFilesMetaData();
            tried.retainAll(tables.stream().map(LiveFileMetaData::fileName).toList());
            Optional<LiveFileMetaData> next = deadest(tables);
            if (next.isEmpty()) {
                return false;
            }
            LiveFileMetaData table = next.get();
            tried.add(table.fileName());
            byte[] end = Arrays.copyOf(table.largestKey(), table.largestKey().length + 1);
            db.compactRange(family(table), table.smallestKey(), end, options);
            return true;
        } finally {
            gate.leave();
        }
    }

    private Optional<LiveFileMetaData> deadest(List<LiveFileMetaData> tables) {
        long room = room();
        return tables.stream()
                .filter(t -> t.numDeletions() * WORTH >= t.numEntries() && t.numDeletions() > 0)
                .filter(t -> !t.beingCompacted() && !tried.contains(t.fileName()))
                .filter(t -> mergedBytes(t, tables) <= room)
                .max(Comparator.comparingDouble(t -> (double) t.numDeletions() / t.numEntries()));
    }

    private long room() {
        DiskSpace.State disk = space.state();
        return disk.freeBytes() - disk.reserveBytes() / 4;
    }

    /** What is read, and so at most written, when a table is merged with all that overlap it. */
    private static long mergedBytes(LiveFileMetaData table, List<LiveFileMetaData> tables) {
        return tables.stream()
                .filter(t -> Arrays.equals(t.columnFamilyName(), table.columnFamilyName()))
                .filter(t -> Arrays.compareUnsigned(t.smallestKey(), table.largestKey()) <= 0)
                .filter(t -> Arrays.compareUnsigned(table.smallestKey(), t.largestKey()) <= 0)
                .mapToLong(LiveFileMetaData::size)
                .sum();
    }

    private ColumnFamilyHandle family(LiveFileMetaData table) {
        return families.get(familyOf(table));
    }

    private static int familyOf(LiveFileMetaData table) {
        return Families.NAMES.indexOf(new String(table.columnFamilyName(), StandardCharsets.UTF_8));
    }
}
