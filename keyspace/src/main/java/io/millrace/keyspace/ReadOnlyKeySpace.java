package io.millrace.keyspace;

import io.millrace.kit.Damages;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A key space that nobody changes while it is looked at: for verify. Thread-safe. */
final class ReadOnlyKeySpace implements KeySpace {
    private final RocksDatabase database;
    private final RocksReads reads;

    ReadOnlyKeySpace(RocksDatabase database, Path directory, Damages damages) {
        this.database = database;
        this.reads = new RocksReads(database, new Gate(), directory, damages);
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        return reads.get(key);
    }

    @Override
    public List<byte @Nullable []> multiGet(List<byte[]> keys) {
        return reads.multiGet(keys);
    }

    @Override
    public List<Entry> scan(Scan scan) {
        return reads.scan(scan);
    }

    @Override
    public List<Listed> scanDelimited(byte[] prefix, byte[] delimiter, byte[] after, int limit) {
        return reads.scanDelimited(prefix, delimiter, after, limit);
    }

    @Override
    public CommitOutcome commit(Batch batch) {
        throw refusal();
    }

    @Override
    public Instant storeNow() {
        throw refusal();
    }

    @Override
    public long idBlock(String name, int count) {
        throw refusal();
    }

    @Override
    public Optional<KeySpaceException> failure() {
        return Optional.of(refusal());
    }

    private static KeySpaceException refusal() {
        return new KeySpaceException(
                KeySpaceException.Code.FAILED, "the key space was opened for reading only");
    }

    @Override
    public void close() {
        if (reads.close()) {
            database.close();
        }
    }
}
