package io.millrace.keyspace;

import io.millrace.keyspace.files.Watermark;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** Writes a group into RocksDB as one write batch. */
final class RocksGroupWriter implements GroupWriter {
    private final RocksDB db;
    private final List<ColumnFamilyHandle> families;
    private final Path directory;
    private final Watermark watermark;
    private final WriteBatch batch = new WriteBatch();
    private final WriteOptions synced = new WriteOptions().setSync(true);
    private final WriteOptions relaxed = new WriteOptions().setSync(false);

    RocksGroupWriter(RocksDB db, List<ColumnFamilyHandle> families, Path directory)
            throws IOException, RocksDBException {
        this.db = db;
        this.families = families;
        this.directory = directory;
        this.watermark = Watermark.open(directory, db.getLatestSequenceNumber());
        try {
            WatermarkRow.write(db);
        } catch (RocksDBException e) {
            watermark.close();
            throw e;
        }
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        try {
            return db.get(families.get(Families.of(key)), key);
        } catch (RocksDBException e) {
            throw RocksFailure.of(e, directory);
        }
    }

    @Override
    public void put(byte[] key, byte[] value) {
        try {
            batch.put(families.get(Families.of(key)), key, value);
        } catch (RocksDBException e) {
            throw RocksFailure.of(e, directory);
        }
    }

    @Override
    public void delete(byte[] key) {
        try {
            batch.delete(families.get(Families.of(key)), key);
        } catch (RocksDBException e) {
            throw RocksFailure.of(e, directory);
        }
    }

    @Override
    public void deleteRange(byte[] from, byte[] to) {
        try {
            for (Families.Segment segment : Families.segments(from, to)) {
                batch.deleteRange(families.get(segment.family()), segment.from(), segment.to());
            }
        } catch (RocksDBException e) {
            throw RocksFailure.of(e, directory);
        }
    }

    @Override
    public void write(boolean sync) {
        try {
            db.write(sync ? synced : relaxed, batch);
            batch.clear();
            if (sync) {
                watermark.advance(db.getLatestSequenceNumber());
            }
        } catch (IOException e) {
            throw watermarkFailed(e);
        } catch (RocksDBException e) {
            throw RocksFailure.of(e, directory);
        }
    }

    @Override
    public void sync() {
        try {
            long written = db.getLatestSequenceNumber();
            db.syncWal();
            watermark.advance(written);
        } catch (IOException e) {
            throw watermarkFailed(e);
        } catch (RocksDBException e) {
            throw RocksFailure.of(e, directory);
        }
    }

    @Override
    public void settle() {
        try {
            watermark.sync();
        } catch (IOException e) {
            throw watermarkFailed(e);
        }
    }

    private KeySpaceException watermarkFailed(IOException e) {
        return new KeySpaceException(
                KeySpaceException.Code.UNAVAILABLE,
                "the watermark in " + directory + " can't be written: " + e.getMessage(),
                e);
    }

    @Override
    public void close() {
        batch.close();
        synced.close();
        relaxed.close();
        try {
            watermark.close();
        } catch (IOException e) {
            throw watermarkFailed(e);
        }
    }
}
