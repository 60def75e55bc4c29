package io.millrace.store.space;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.keyspace.Listed;
import io.millrace.keyspace.Scan;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A key space that fails in one way at everything; tests override what shall go otherwise. */
class StubKeySpace implements KeySpace {
    private final KeySpaceException.Code code;

    StubKeySpace(KeySpaceException.Code code) {
        this.code = code;
    }

    private KeySpaceException failure(String what) {
        return new KeySpaceException(code, what + " failed");
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        throw failure("get");
    }

    @Override
    public List<byte @Nullable []> multiGet(List<byte[]> keys) {
        throw failure("multiGet");
    }

    @Override
    public List<Entry> scan(Scan scan) {
        throw failure("scan");
    }

    @Override
    public List<Listed> scanDelimited(byte[] prefix, byte[] delimiter, byte[] after, int limit) {
        throw failure("scanDelimited");
    }

    @Override
    public CommitOutcome commit(Batch batch) {
        throw failure("commit");
    }

    @Override
    public Instant storeNow() {
        throw failure("storeNow");
    }

    @Override
    public long idBlock(String name, int count) {
        throw failure("idBlock");
    }

    @Override
    public UUID id() {
        throw failure("id");
    }

    @Override
    public void giveBack() {
        throw failure("giveBack");
    }

    @Override
    public void close() {}
}
