package io.millrace.store.content;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Listed;
import io.millrace.keyspace.Scan;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A key space that tells what was asked of it. For one thread. */
final class Asked implements KeySpace {
    private final KeySpace real;
    private List<String> asked = new ArrayList<>();

    Asked(KeySpace real) {
        this.real = real;
    }

    /** What was asked since the last time, in its order. */
    List<String> asked() {
        List<String> all = asked;
        asked = new ArrayList<>();
        return all;
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        asked.add("get");
        return real.get(key);
    }

    @Override
    public List<byte @Nullable []> multiGet(List<byte[]> keys) {
        asked.add("get " + keys.size());
        return real.multiGet(keys);
    }

    @Override
    public List<Entry> scan(Scan scan) {
        asked.add("scan " + scan.limit() + (scan.reverse() ? " back" : ""));
        return real.scan(scan);
    }

    @Override
    public List<Listed> scanDelimited(byte[] prefix, byte[] delimiter, byte[] after, int limit) {
        asked.add("list " + limit);
        return real.scanDelimited(prefix, delimiter, after, limit);
    }

    @Override
    public CommitOutcome commit(Batch batch) {
        asked.add(batch.sync() ? "commit" : "commit relaxed");
        return real.commit(batch);
    }

    @Override
    public Instant storeNow() {
        return real.storeNow();
    }

    @Override
    public long idBlock(String name, int count) {
        return real.idBlock(name, count);
    }

    @Override
    public void close() {
        real.close();
    }
}
