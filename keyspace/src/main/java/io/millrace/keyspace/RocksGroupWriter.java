package io.millrace.keyspace;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
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
    private final FileStore disk;
    private final WriteBatch batch = new WriteBatch();
    private final WriteOptions synced = new WriteOptions().setSync(true);
    private final WriteOptions relaxed = new WriteOptions().setSync(false);

    RocksGroupWriter(RocksDB db, List<ColumnFamilyHandle> families, Path directory)
            throws IOException {
        this.db = db;
        this.families = families;
        this.disk = Files.getFileStore(directory);
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        try {
            return db.get(families.get(Families.of(key)), key);
        } catch (RocksDBException e) {
            throw failed(e);
        }
    }

    @Override
    public void put(byte[] key, byte[] value) {
        try {
            batch.put(families.get(Families.of(key)), key, value);
        } catch (RocksDBException e) {
            throw failed(e);
        }
    }

    @Override
    public void delete(byte[] key) {
        try {
            batch.delete(families.get(Families.of(key)), key);
        } catch (RocksDBException e) {
            throw failed(e);
        }
    }

    @Override
    public void deleteRange(byte[] from, byte[] to) {
        try {
            for (Families.Segment segment : Families.segments(from, to)) {
                batch.deleteRange(families.get(segment.family()), segment.from(), segment.to());
            }
        } catch (RocksDBException e) {
            throw failed(e);
        }
    }

    @Override
    public void write(boolean sync) {
        try {
            db.write(sync ? synced : relaxed, batch);
            batch.clear();
        } catch (RocksDBException e) {
            throw failed(e);
        }
    }

    @Override
    public void sync() {
        try {
            db.syncWal();
        } catch (RocksDBException e) {
            throw failed(e);
        }
    }

    @Override
    public long freeBytes() {
        try {
            return disk.getUsableSpace();
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }

    @Override
    public void close() {
        batch.close();
        synced.close();
        relaxed.close();
    }

    private static KeySpaceException failed(RocksDBException e) {
        return new KeySpaceException(
                KeySpaceException.Code.UNAVAILABLE, "RocksDB: " + e.getMessage(), e);
    }
}
