package io.millrace.keyspace;

import io.millrace.keyspace.files.LogCheck;
import io.millrace.kit.Damage;
import io.millrace.kit.Damages;
import io.millrace.kit.DirectoryLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/**
 * The key space embedded in this process, on RocksDB.
 *
 * <p>Reads go straight to RocksDB from the caller's thread; they are short enough for virtual
 * threads. Every change goes through the one {@link Committer}. The directory holds RocksDB's
 * files, a lock file and a format record; the format is described in docs/formats/keyspace.md.
 */
public final class RocksKeySpace implements KeySpace {
    private static final byte[] FIRST = {1};
    private static final byte[] NOTHING = {};

    private final Path directory;
    private final Damages damages;
    private final RocksDatabase database;
    private final RocksDB db;
    private final List<ColumnFamilyHandle> families;
    private final DirectoryLock lock;
    private final RocksGroupWriter writer;
    private final Committer committer;
    private final Gate gate = new Gate();
    private final AtomicLong lastMicros = new AtomicLong();

    private RocksKeySpace(
            RocksDatabase database,
            DirectoryLock lock,
            Path directory,
            RocksOptions options,
            Damages damages)
            throws IOException {
        this.directory = directory;
        this.damages = damages;
        this.database = database;
        this.db = database.db();
        this.families = database.families();
        this.lock = lock;
        this.writer = new RocksGroupWriter(db, families, directory);
        this.committer = new Committer(writer, options.queuedCommits(), options.reserveBytes());
    }

    /** Opens the key space in a directory with the standard options; makes it if it isn't there. */
    public static RocksKeySpace open(Path directory) {
        return open(directory, RocksOptions.standard(), new Damages());
    }

    /**
     * Opens the key space in a directory; makes it if it isn't there.
     *
     * <p>Damage is looked for before the engine touches a file: then nothing is opened, nothing is
     * changed, and the evidence stays.
     *
     * @param damages hears of damage that reads meet later
     * @throws KeySpaceException LOCKED when another process has it, FORMAT when another version
     *     wrote it, CORRUPT when a file is damaged, UNAVAILABLE when the disk refuses
     */
    public static RocksKeySpace open(Path directory, RocksOptions options, Damages damages) {
        try {
            Files.createDirectories(directory);
            DirectoryLock lock = DirectoryLock.take(directory);
            try {
                return open(directory, options, damages, lock);
            } catch (RocksDBException | RuntimeException | IOException e) {
                lock.close();
                throw e;
            }
        } catch (DirectoryLock.Held e) {
            throw new KeySpaceException(
                    KeySpaceException.Code.LOCKED, "the key space: " + e.getMessage(), e);
        } catch (RocksDBException e) {
            if (RocksFailure.isDamage(e)) {
                throw RocksFailure.of(e, directory);
            }
            throw notOpening(directory, e);
        } catch (IOException e) {
            throw notOpening(directory, e);
        }
    }

    private static KeySpaceException notOpening(Path directory, Exception e) {
        return new KeySpaceException(
                KeySpaceException.Code.UNAVAILABLE,
                "the key space in " + directory + " does not open: " + e.getMessage(),
                e);
    }

    private static RocksKeySpace open(
            Path directory, RocksOptions options, Damages damages, DirectoryLock lock)
            throws RocksDBException, IOException {
        refuseDamage(directory);
        RocksDatabase database = RocksDatabase.open(directory, options);
        try {
            RocksKeySpace keySpace = new RocksKeySpace(database, lock, directory, options, damages);
            keySpace.committer.start();
            return keySpace;
        } catch (RuntimeException | IOException e) {
            database.close();
            throw e;
        }
    }

    private KeySpaceException failed(RocksDBException e) {
        KeySpaceException failure = RocksFailure.of(e, directory);
        damages.found(failure.damages());
        return failure;
    }

    private static void refuseDamage(Path directory) throws IOException {
        List<Damage> damages = LogCheck.of(directory).damages();
        if (!damages.isEmpty()) {
            throw KeySpaceException.damaged(damages, null);
        }
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        Limits.key(key);
        gate.enter();
        try {
            return db.get(families.get(Families.of(key)), key);
        } catch (RocksDBException e) {
            throw failed(e);
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
            throw failed(e);
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
            throw failed(e);
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
            throw failed(e);
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
    public Optional<KeySpaceException> failure() {
        return committer.failure();
    }

    @Override
    public void close() {
        committer.close();
        if (!gate.close()) {
            return;
        }
        writer.close();
        database.close(committer.failure().isEmpty());
        try {
            lock.close();
        } catch (IOException e) {
            throw new KeySpaceException(
                    KeySpaceException.Code.UNAVAILABLE, "the lock file does not close", e);
        }
    }
}
