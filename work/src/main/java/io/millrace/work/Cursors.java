package io.millrace.work;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import java.util.HashMap;
import java.util.Map;

/**
 * How far each named consumer of a log has come, shard by shard; moved by the node that holds the
 * consumer's lease, and fenced by it. Thread-safe.
 */
public final class Cursors {
    private static final int MOST_CURSORS = 10_000;

    private final FencedKeySpace keySpace;

    public Cursors(FencedKeySpace keySpace) {
        this.keySpace = keySpace;
    }

    /** The stamp of the last record that this consumer has done; 0 before the first. */
    public long load(String consumer, int shard) {
        return Keys.counter(keySpace.get(key(consumer, shard)));
    }

    /**
     * Remembers the stamp of the last record done. Not synced at once: after a loss of power the
     * consumer may see the last second again.
     */
    public void save(String consumer, int shard, long stamp) {
        save(consumer, Map.of(shard, stamp));
    }

    /** Remembers the stamps of several shards at once, as {@link #save(String, int, long)}. */
    public void save(String consumer, Map<Integer, Long> stampByShard) {
        Batch.Builder batch = Batch.builder().relaxed();
        stampByShard.forEach(
                (shard, stamp) -> batch.put(key(consumer, shard), Keys.counter(stamp)));
        if (keySpace.commit(batch.build()) instanceof CommitOutcome.Unknown unknown) {
            throw new WorkException(
                    WorkException.Code.UNAVAILABLE,
                    "the cursor may not be saved: " + unknown.reason());
        }
    }

    /**
     * How far the furthest of the consumers whose names begin so has come in a shard; 0 for none.
     */
    public static long furthest(KeySpace keySpace, String names, int shard) {
        byte[] all = Keys.family(WorkKeys.FAMILY).u8(WorkKeys.CURSOR).done();
        long furthest = 0;
        for (Entry row : keySpace.scan(Scan.prefix(all, MOST_CURSORS))) {
            Keys.Reader key = Keys.read(row.key(), all.length);
            if (key.text().startsWith(names) && key.u32() == shard) {
                furthest = Math.max(furthest, Keys.counter(row.value()));
            }
        }
        return furthest;
    }

    /** How far a consumer has come, by shard; shards that it hasn't begun are not there. */
    public static Map<Integer, Long> of(KeySpace keySpace, String consumer) {
        byte[] its = Keys.family(WorkKeys.FAMILY).u8(WorkKeys.CURSOR).text(consumer).done();
        Map<Integer, Long> stamps = new HashMap<>();
        for (Entry row : keySpace.scan(Scan.prefix(its, MOST_CURSORS))) {
            stamps.put(Keys.read(row.key(), its.length).u32(), Keys.counter(row.value()));
        }
        return stamps;
    }

    private static byte[] key(String consumer, int shard) {
        return Keys.family(WorkKeys.FAMILY).u8(WorkKeys.CURSOR).text(consumer).u32(shard).done();
    }
}
