package io.millrace.keyspace;

import io.millrace.kit.DirectoryLock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.RocksObject;
import org.rocksdb.Slice;

/**
 * The key space embedded in this process, on RocksDB.
 *
 * <p>Reads go straight to RocksDB from the caller's thread; they are short enough for virtual
 * threads. Every change goes through the one {@link Committer}. The directory holds RocksDB's
 * files, a lock file and a format record; the format is described in docs/formats/keyspace.md.
 */
public final class RocksKeySpace implements KeySpace {
    /** The version of what this engine writes. */
    static final int FORMAT_VERSION = 1;

    private static final byte[] FORMAT_KEY = {0, 'f'};

    private static final byte[] FIRST = {1};
    private static final byte[] NOTHING = {};

    private final RocksDB db;
    private final List<ColumnFamilyHandle> families;
    private final List<RocksObject> owned;
    private final DirectoryLock lock;
    private final RocksGroupWriter writer;
    private final Committer committer;
    private final Gate gate = new Gate();
    private final AtomicLong lastMicros = new AtomicLong();

    private RocksKeySpace(
            RocksDB db,
            List<ColumnFamilyHandle> families,
            List<RocksObject> owned,
            DirectoryLock lock,
            Path directory,
            RocksOptions options)
            throws IOException {
        this.db = db;
        this.families = families;
        this.owned = owned;
        this.lock = lock;
        this.writer = new RocksGroupWriter(db, families, directory);
        this.committer = new Committer(writer, options.queuedCommits(), options.reserveBytes());
    }

    /** Opens the key space in a directory with the standard options; makes it if it isn't there. */
    public static RocksKeySpace open(Path directory) {
        return open(directory, RocksOptions.standard());
    }

    /**
     * Opens the key space in a directory; makes it if it isn't there.
     *
     * @throws KeySpaceException LOCKED when another process has it, FORMAT when another version
     *     wrote it, UNAVAILABLE when the disk refuses
     */
    public static RocksKeySpace open(Path directory, RocksOptions options) {
        try {
            Files.createDirectories(directory);
            DirectoryLock lock = DirectoryLock.take(directory);
            try {
                return open(directory, options, lock);
            } catch (RocksDBException | RuntimeException | IOException e) {
                lock.close();
                throw e;
            }
        } catch (DirectoryLock.Held e) {
            throw new KeySpaceException(
                    KeySpaceException.Code.LOCKED, "the key space: " + e.getMessage(), e);
        } catch (IOException | RocksDBException e) {
            throw new KeySpaceException(
                    KeySpaceException.Code.UNAVAILABLE,
                    "the key space in " + directory + " does not open: " + e.getMessage(),
                    e);
        }
    }

    private static RocksKeySpace open(Path directory, RocksOptions options, DirectoryLock lock)
            throws RocksDBException, IOException {
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
            RocksKeySpace keySpace =
                    new RocksKeySpace(db, families, owned, lock, directory, options);
            keySpace.committer.start();
            return keySpace;
        } catch (RocksDBException | RuntimeException | IOException e) {
            closeNative(db, families, owned);
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
                        .setMaxBackgroundJobs(2)
                        .setMaxOpenFiles(512)
                        .setMaxFileOpeningThreads(2)
                        .setSkipStatsUpdateOnDbOpen(true)
                        .setMaxTotalWalSize(128L << 20)
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
        Cache cache = new LRUCache(options.blockCacheBytes());
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
                            .setFormatVersion(5);
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
                family.setEnableBlobFiles(true)
                        .setMinBlobSize(1_024)
                        .setBlobFileSize(64L << 20)
                        .setEnableBlobGarbageCollection(true)
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

    @Override
    public byte @Nullable [] get(byte[] key) {
        Limits.key(key);
        gate.enter();
        try {
            return db.get(families.get(Families.of(key)), key);
        } catch (RocksDBException e) {
            throw unavailable(e);
        } finally {
            gate.leave();
        }
    }

    @Override
    public List<byte @Nullable []> multiGet(List<byte[]> keys) {
        if (keys.size() > Limits.MULTI_GET_KEYS) {
            throw Limits.limit("multiGet takes ≤ " + Limits.MULTI_GET_KEYS + " keys");
        }
        if (keys.isEmpty()) {
            return List.of();
        }
        List<ColumnFamilyHandle> handles = new ArrayList<>(keys.size());
        for (byte[] key : keys) {
            handles.add(families.get(Families.of(Limits.key(key))));
        }
        gate.enter();
        try {
            return new ArrayList<byte @Nullable []>(db.multiGetAsList(handles, keys));
        } catch (RocksDBException e) {
            throw unavailable(e);
        } finally {
            gate.leave();
        }
    }

    @Override
    public List<Entry> scan(Scan scan) {
        byte[] from = scan.from().length == 0 || scan.from()[0] == 0 ? FIRST : scan.from();
        List<Families.Segment> segments = Families.segments(from, scan.to());
        if (scan.reverse()) {
            segments = segments.reversed();
        }
        List<Entry> entries = new ArrayList<>(Math.min(scan.limit(), 256));
        gate.enter();
        try {
            for (Families.Segment segment : segments) {
                if (entries.size() < scan.limit()) {
                    scanSegment(segment, scan, entries);
                }
            }
            return entries;
        } catch (RocksDBException e) {
            throw unavailable(e);
        } finally {
            gate.leave();
        }
    }

    private void scanSegment(Families.Segment segment, Scan scan, List<Entry> entries)
            throws RocksDBException {
        try (Slice lower = new Slice(segment.from());
                Slice upper = new Slice(segment.to());
                ReadOptions options =
                        new ReadOptions().setIterateLowerBound(lower).setIterateUpperBound(upper);
                RocksIterator iterator = db.newIterator(families.get(segment.family()), options)) {
            if (scan.reverse()) {
                iterator.seekToLast();
            } else {
                iterator.seek(segment.from());
            }
            while (entries.size() < scan.limit() && iterator.isValid()) {
                entries.add(
                        new Entry(iterator.key(), scan.keysOnly() ? NOTHING : iterator.value()));
                if (scan.reverse()) {
                    iterator.prev();
                } else {
                    iterator.next();
                }
            }
            iterator.status();
        }
    }

    @Override
    public List<Listed> scanDelimited(byte[] prefix, byte[] delimiter, byte[] after, int limit) {
        Limits.scanLimit(limit);
        Limits.key(prefix);
        byte[] end = Keys.afterPrefix(prefix);
        List<Listed> listed = new ArrayList<>(Math.min(limit, 256));
        gate.enter();
        try (Slice upper = new Slice(end);
                ReadOptions options = new ReadOptions().setIterateUpperBound(upper);
                RocksIterator iterator =
                        db.newIterator(families.get(Families.of(prefix)), options)) {
            iterator.seek(Delimited.start(prefix, delimiter, after));
            while (listed.size() < limit && iterator.isValid()) {
                byte[] key = iterator.key();
                byte @Nullable [] group = Delimited.group(key, prefix.length, delimiter);
                if (group == null) {
                    listed.add(new Listed.Key(key, iterator.value()));
                    iterator.next();
                } else {
                    listed.add(new Listed.Group(group));
                    iterator.seek(Keys.afterPrefix(group));
                }
            }
            iterator.status();
            return listed;
        } catch (RocksDBException e) {
            throw unavailable(e);
        } finally {
            gate.leave();
        }
    }

    @Override
    public CommitOutcome commit(Batch batch) {
        return committer.commit(batch);
    }

    /** The machine's clock, which never goes back while the key space is open. */
    @Override
    public Instant storeNow() {
        Instant now = Instant.now();
        long micros = now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
        long latest = lastMicros.accumulateAndGet(micros, Math::max);
        return Instant.ofEpochSecond(
                Math.floorDiv(latest, 1_000_000L), Math.floorMod(latest, 1_000_000L) * 1_000L);
    }

    @Override
    public long idBlock(String name, int count) {
        return IdBlocks.next(this, name, count);
    }

    @Override
    public void close() {
        committer.close();
        if (!gate.close()) {
            return;
        }
        writer.close();
        closeNative(db, families, owned);
        try {
            lock.close();
        } catch (IOException e) {
            throw new KeySpaceException(
                    KeySpaceException.Code.UNAVAILABLE, "the lock file does not close", e);
        }
    }

    private static void closeNative(
            @Nullable RocksDB db, List<ColumnFamilyHandle> families, List<RocksObject> owned) {
        if (db != null) {
            families.forEach(ColumnFamilyHandle::close);
            db.close();
        }
        owned.forEach(RocksObject::close);
    }

    private static KeySpaceException unavailable(RocksDBException e) {
        return new KeySpaceException(
                KeySpaceException.Code.UNAVAILABLE, "RocksDB: " + e.getMessage(), e);
    }
}
