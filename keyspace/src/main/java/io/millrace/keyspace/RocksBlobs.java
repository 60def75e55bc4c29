package io.millrace.keyspace;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompactRangeOptions.BottommostLevelCompaction;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.MutableColumnFamilyOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * The contents' values, which lie in blob files beside the tables. Such a file goes when no table
 * refers to it any more; as long as half of it is needed, the engine moves that only out of its
 * oldest files. Here the needed values of table after table, in rising order of keys and so of age,
 * are moved to new files, until little is left that nobody needs. One call at a time.
 */
final class RocksBlobs {
    /** The share of all files that values are moved out of in the engine's own time. */
    static final double OWN_TIME = 0.25;

    private static final long LITTLE_BYTES = 2L << 20;

    private final RocksDB db;
    private final ColumnFamilyHandle contents;
    private double share = OWN_TIME;

    /** Where the last table ended whose values were moved; the next one goes on from there. */
    private byte[] cursor = {};

    RocksBlobs(RocksDB db, ColumnFamilyHandle contents) {
        this.db = db;
        this.contents = contents;
    }

    /**
     * Moves the values of one table, if that is worth it; of one that has no room, it passes over.
     *
     * @param tables all tables of the contents
     * @param room bytes that may be written
     * @param worth it is so from one unneeded byte in so many on
     */
    boolean moveOne(List<LiveFileMetaData> tables, long room, int worth) throws RocksDBException {
        long all = db.getLongProperty(contents, "rocksdb.live-blob-file-size");
        long unneeded = db.getLongProperty(contents, "rocksdb.live-blob-file-garbage-size");
        if (unneeded < LITTLE_BYTES || unneeded < all / worth) {
            return false;
        }
        Optional<LiveFileMetaData> next = next(tables);
        if (next.isEmpty()) {
            return false;
        }
        LiveFileMetaData table = next.get();
        long rows = tables.stream().mapToLong(LiveFileMetaData::numEntries).sum();
        long moved = table.size() + (all - unneeded) / Math.max(1, rows) * table.numEntries();
        cursor = table.largestKey();
        // What does not fit as a whole is moved as far as it lies in the oldest files.
        double oldest = moved <= room ? 1 : Math.clamp((double) room / all, 0, 1);
        if (oldest * db.getLongProperty(contents, "rocksdb.num-blob-files") < 1) {
            return true; // That is out of none; another table may fit.
        }
        moveOutOf(oldest);
        try (CompactRangeOptions options = new CompactRangeOptions()) {
            options.setAllowWriteStall(false)
                    .setBottommostLevelCompaction(BottommostLevelCompaction.kForceOptimized);
            byte[] end = Arrays.copyOf(table.largestKey(), table.largestKey().length + 1);
            db.compactRange(contents, table.smallestKey(), end, options);
        }
        return true;
    }

    /** After the last table comes the first again. */
    private Optional<LiveFileMetaData> next(List<LiveFileMetaData> tables) {
        List<LiveFileMetaData> free =
                tables.stream()
                        .filter(t -> !t.beingCompacted())
                        .sorted(
                                Comparator.comparing(
                                        LiveFileMetaData::largestKey, Arrays::compareUnsigned))
                        .toList();
        return free.stream()
                .filter(t -> Arrays.compareUnsigned(t.largestKey(), cursor) > 0)
                .findFirst()
                .or(() -> free.stream().findFirst());
    }

    /** Sets the share of all files, the oldest ones, that values are moved out of. */
    void moveOutOf(double oldest) throws RocksDBException {
        if (share != oldest) {
            db.setOptions(
                    contents,
                    MutableColumnFamilyOptions.builder()
                            .setBlobGarbageCollectionAgeCutoff(oldest)
                            .build());
            share = oldest;
        }
    }
}
