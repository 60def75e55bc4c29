package io.millrace.keyspace;

import io.millrace.keyspace.files.Watermark;
import io.millrace.kit.Damages;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Checkpoint;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/** Reading an open RocksDB; no read outlives {@link #close}. Thread-safe. */
final class RocksReads {
    private static final byte[] FIRST = {1};
    private static final byte[] NOTHING = {};

    private final Path directory;
    private final Damages damages;
    private final RocksDB db;
    private final List<ColumnFamilyHandle> families;
    private final Gate gate;

    RocksReads(RocksDatabase database, Gate gate, Path directory, Damages damages) {
        this.gate = gate;
        this.directory = directory;
        this.damages = damages;
        this.db = database.db();
        this.families = database.families();
    }

    /** The files, checked under the same gate. */
    RocksFiles files(RocksDatabase database) {
        return new RocksFiles(database, directory, gate, damages);
    }

    byte @Nullable [] get(byte[] key) {
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

    void checkpoint(Path copy) {
        gate.enter();
        try (Checkpoint checkpoint = Checkpoint.create(db)) {
            long held = db.getLatestSequenceNumber();
            checkpoint.createCheckpoint(copy.toString());
            Watermark.open(copy, held).close();
        } catch (IOException e) {
            throw new KeySpaceException(
                    KeySpaceException.Code.UNAVAILABLE,
                    "the copy in " + copy + " can't be written: " + e.getMessage(),
                    e);
        } catch (RocksDBException e) {
            throw failed(e);
        } finally {
            gate.leave();
        }
    }

    List<byte @Nullable []> multiGet(List<byte[]> keys) {
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
            List<byte @Nullable []> values =
                    new ArrayList<byte @Nullable []>(db.multiGetAsList(handles, keys));
            for (int i = 0; i < values.size(); i++) {
                if (values.get(i) == null) {
                    // The binding gives null for a damaged block too; get tells it from absent.
                    values.set(i, db.get(handles.get(i), keys.get(i)));
                }
            }
            return values;
        } catch (RocksDBException e) {
            throw failed(e);
        } finally {
            gate.leave();
        }
    }

    List<Entry> scan(Scan scan) {
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

    List<Listed> scanDelimited(byte[] prefix, byte[] delimiter, byte[] after, int limit) {
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

    /** Waits for the readers inside and lets nobody in any more; false if it was closed before. */
    boolean close() {
        return gate.close();
    }

    private KeySpaceException failed(RocksDBException e) {
        KeySpaceException failure = RocksFailure.of(e, directory);
        damages.found(failure.damages());
        return failure;
    }
}
