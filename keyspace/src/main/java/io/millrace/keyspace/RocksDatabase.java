package io.millrace.keyspace;

import io.millrace.keyspace.files.LogCheck;
import io.millrace.kit.Damage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ChecksumType;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.HyperClockCache;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.RocksObject;
import org.rocksdb.WALRecoveryMode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An open RocksDB with its column families and its settings, its format checked. */
record RocksDatabase(RocksDB db, List<ColumnFamilyHandle> families, List<RocksObject> owned)
        implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RocksDatabase.class);

    /** The version of what this engine writes. */
    static final int FORMAT_VERSION = 1;

    private static final byte[] FORMAT_KEY = {0, 'f'};

    static RocksDatabase open(Path directory, RocksOptions options) throws RocksDBException {
        RocksLibrary.load(directory);
        boolean fresh = !Files.exists(directory.resolve("CURRENT"));
        if (!fresh) {
            refuseUnknownFamilies(directory);
        }
        List<RocksObject> owned = new ArrayList<>();
        List<ColumnFamilyHandle> families = new ArrayList<>();
        RocksDB db = null;
        try {
            List<ColumnFamilyDescriptor> descriptors = descriptors(options, owned);
            db =
                    RocksDB.open(
                            dbOptions(options.writeBufferBytes(), owned),
                            directory.toString(),
                            descriptors,
                            families);
            checkFormat(db, directory, fresh);
            return new RocksDatabase(db, families, owned);
        } catch (RocksDBException | RuntimeException e) {
            close(db, families, owned);
            throw e;
        }
    }

    /**
     * Opens for reading alone: nothing in the directory is changed, and every whole record of the
     * log counts, also behind a damaged one. A damaged manifest is refused before the engine sees
     * it: some flipped bits in it make the engine read for ever.
     *
     * @throws KeySpaceException CORRUPT when the manifest is damaged
     */
    static RocksDatabase openReadOnly(Path directory, Path scratch)
            throws RocksDBException, IOException {
        List<Damage> manifest =
                LogCheck.of(directory).damages().stream()
                        .filter(d -> d.kind() == Damage.Kind.MANIFEST)
                        .toList();
        if (!manifest.isEmpty()) {
            throw KeySpaceException.damaged(manifest, null);
        }
        RocksLibrary.load(scratch);
        List<RocksObject> owned = new ArrayList<>();
        List<ColumnFamilyHandle> families = new ArrayList<>();
        RocksDB db = null;
        try {
            refuseUnknownFamilies(directory);
            RocksOptions options = RocksOptions.standard();
            DBOptions dbOptions =
                    dbOptions(options.writeBufferBytes(), owned)
                            .setCreateIfMissing(false)
                            .setCreateMissingColumnFamilies(false)
                            .setWalRecoveryMode(WALRecoveryMode.SkipAnyCorruptedRecords)
                            .setDbLogDir(scratch.toString());
            db =
                    RocksDB.openReadOnly(
                            dbOptions, directory.toString(), descriptors(options, owned), families);
            return new RocksDatabase(db, families, owned);
        } catch (RocksDBException | RuntimeException e) {
            close(db, families, owned);
            throw e;
        }
    }

    private static void refuseUnknownFamilies(Path directory) throws RocksDBException {
        try (Options options = new Options()) {
            for (byte[] name : RocksDB.listColumnFamilies(options, directory.toString())) {
                String family = new String(name, StandardCharsets.UTF_8);
                if (!Families.NAMES.contains(family)) {
                    throw new KeySpaceException(
                            KeySpaceException.Code.FORMAT,
                            "the key space in "
                                    + directory
                                    + " has the unknown part '"
                                    + family
                                    + "': a newer Millrace wrote it, run that one");
                }
            }
        }
    }

    private static void checkFormat(RocksDB db, Path directory, boolean fresh)
            throws RocksDBException {
        byte @Nullable [] format = db.get(FORMAT_KEY);
        if (format == null && fresh) {
            db.put(FORMAT_KEY, ByteBuffer.allocate(4).putInt(FORMAT_VERSION).array());
            db.flushWal(true);
            return;
        }
        if (format == null) {
            if (isEmpty(db)) {
                checkFormat(db, directory, true);
                return;
            }
            throw new KeySpaceException(
                    KeySpaceException.Code.FORMAT,
                    "the RocksDB database in " + directory + " was not written by Millrace");
        }
        int version = format.length == 4 ? ByteBuffer.wrap(format).getInt() : -1;
        if (version != FORMAT_VERSION) {
            throw new KeySpaceException(
                    KeySpaceException.Code.FORMAT,
                    "the key space in "
                            + directory
                            + " has format version "
                            + version
                            + ", this program knows "
                            + FORMAT_VERSION
                            + ": run the Millrace that wrote it");
        }
    }

    private static boolean isEmpty(RocksDB db) {
        try (RocksIterator iterator = db.newIterator()) {
            iterator.seekToFirst();
            return !iterator.isValid();
        }
    }

    private static DBOptions dbOptions(long writeBufferBytes, List<RocksObject> owned) {
        DBOptions options =
                new DBOptions()
                        .setCreateIfMissing(true)
                        .setCreateMissingColumnFamilies(true)
                        .setParanoidChecks(true)
                        .setWalRecoveryMode(WALRecoveryMode.PointInTimeRecovery)
                        .setMaxBackgroundJobs(2)
                        .setMaxOpenFiles(512)
                        .setMaxFileOpeningThreads(2)
                        .setSkipStatsUpdateOnDbOpen(true)
                        .setMaxTotalWalSize(4 * writeBufferBytes)
                        .setDbWriteBufferSize(3 * writeBufferBytes)
                        .setBytesPerSync(1 << 20)
                        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                        .setKeepLogFileNum(2)
                        .setMaxLogFileSize(4L << 20)
                        .setStatsDumpPeriodSec(0);
        owned.add(options);
        return options;
    }

    private static List<ColumnFamilyDescriptor> descriptors(
            RocksOptions options, List<RocksObject> owned) {
        // One piece, unlike an LRUCache's shards: a large table's filter, more than a shard holds,
        // would be read and summed anew for each row that is asked of it.
        Cache cache = new HyperClockCache(options.blockCacheBytes(), 0, 0, false);
        BloomFilter filter = new BloomFilter(10, false);
        List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
        for (String name : Families.NAMES) {
            BlockBasedTableConfig table =
                    new BlockBasedTableConfig()
                            .setBlockCache(cache)
                            .setFilterPolicy(filter)
                            .setBlockSize(8 << 10)
                            .setCacheIndexAndFilterBlocks(true)
                            .setPinL0FilterAndIndexBlocksInCache(true)
                            .setFormatVersion(5)
                            .setChecksumType(ChecksumType.kCRC32c);
            ColumnFamilyOptions family =
                    new ColumnFamilyOptions()
                            .setTableFormatConfig(table)
                            .setWriteBufferSize(options.writeBufferBytes())
                            .setArenaBlockSize(256 << 10)
                            .setMaxWriteBufferNumber(3)
                            .setLevelCompactionDynamicLevelBytes(true)
                            .setCompressionType(CompressionType.LZ4_COMPRESSION);
            int number = Families.NAMES.indexOf(name);
            if (number == Families.QUEUES) {
                family.setLevel0FileNumCompactionTrigger(2);
            }
            if (number == Families.CONTENTS) {
                // Small tables: the values that one refers to are moved at once (RocksBlobs).
                family.setTargetFileSizeBase(4L << 20)
                        .setEnableBlobFiles(true)
                        .setMinBlobSize(1_024)
                        .setBlobFileSize(64L << 20)
                        .setEnableBlobGarbageCollection(true)
                        .setBlobGarbageCollectionAgeCutoff(RocksBlobs.OWN_TIME)
                        .setBlobGarbageCollectionForceThreshold(0.5);
            }
            owned.add(family);
            descriptors.add(
                    new ColumnFamilyDescriptor(name.getBytes(StandardCharsets.UTF_8), family));
        }
        owned.add(filter);
        owned.add(cache);
        return descriptors;
    }

    /**
     * Writes what is in memory into tables, so that the log holds nothing: the next start is quick,
     * and a damaged log has nothing to lose.
     */
    void flush() {
        try (FlushOptions options = new FlushOptions().setWaitForFlush(true)) {
            db.flush(options, families);
        } catch (RocksDBException e) {
            LOG.warn("the key space was not flushed; its log has everything", e);
        }
    }

    @Override
    public void close() {
        close(db, families, owned);
    }

    private static void close(
            @Nullable RocksDB db, List<ColumnFamilyHandle> families, List<RocksObject> owned) {
        if (db != null) {
            families.forEach(ColumnFamilyHandle::close);
            db.close();
        }
        owned.forEach(RocksObject::close);
    }
}
