package io.millrace.store;

import io.millrace.work.Log;
import io.millrace.work.Stamped;
import java.time.Duration;
import java.util.List;

/**
 * What happened to objects, in 64 shards by hash(bucket id, key). Within a shard stamps rise by one
 * with each change; one key's changes stand in one shard in their order. Kept for {@link
 * StoreOptions#logRetention()}; a reader whose position is below {@link #trimmed} scans the objects
 * afresh. Thread-safe.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class ChangeLog implements Log<Change> {
    public static final int SHARDS = 64;

    ChangeLog() {}

    /** Up to {@code limit} changes with stamps above {@code afterStamp}, in rising order. */
    @Override
    public List<Stamped<Change>> read(int shard, long afterStamp, int limit) {
        throw new UnsupportedOperationException("to follow");
    }

    /** The stamp of the shard's latest change; 0 when there was none. */
    public long head(int shard) {
        throw new UnsupportedOperationException("to follow");
    }

    /** Changes up to this stamp are gone; 0 when none are. */
    public long trimmed(int shard) {
        throw new UnsupportedOperationException("to follow");
    }

    /** The shard of an object's changes. */
    public static int shard(long bucketId, String key) {
        throw new UnsupportedOperationException("to follow");
    }

    @Override
    public int shards() {
        return SHARDS;
    }

    /** Counts this process's changes; note it before reading, give it to {@link #await}. */
    @Override
    public long version() {
        throw new UnsupportedOperationException("to follow");
    }

    /**
     * Waits until this process changed something since {@code seen} was noted, at most {@code
     * atMost}; other processes' changes wake nobody, so read again at least each 500 ms.
     *
     * @return whether something changed
     */
    @Override
    public boolean await(long seen, Duration atMost) throws InterruptedException {
        throw new UnsupportedOperationException("to follow");
    }
}
