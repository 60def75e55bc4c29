package io.millrace.store.log;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import io.millrace.kit.MonotonicClock;
import io.millrace.store.space.Space;
import io.millrace.store.space.StoreKeys;
import io.millrace.work.Log;
import io.millrace.work.Stamped;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What happened to objects, in 64 shards by hash(bucket id, key). Within a shard stamps rise by one
 * with each change; one key's changes stand in one shard in their order. Kept for the store's log
 * retention; a reader whose position is below {@link #trimmed} scans the objects afresh.
 * Thread-safe.
 */
public final class ChangeLog implements Log<Change> {
    public static final int SHARDS = StoreKeys.LOG_SHARDS;

    /** How far back a commit in doubt is looked for. */
    private static final int WITNESS_RECORDS = 10_000;

    private static final int TRIM_PAGE = 1000;

    /** Other processes' changes may show this much later. */
    private static final long CAUGHT_NANOS = Duration.ofMillis(250).toNanos();

    private final AtomicLong version = new AtomicLong();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition written = lock.newCondition();
    private final AtomicLong waiting = new AtomicLong();
    private final Space space;
    private final MonotonicClock clock;

    /** Counts this process's commits to each shard. */
    private final AtomicLongArray writes = new AtomicLongArray(SHARDS);

    private final AtomicReferenceArray<Caught> caught = new AtomicReferenceArray<>(SHARDS);

    /**
     * There was nothing above {@code after} when this process had made that many commits. Followers
     * look at all shards again and again; this saves them the scans that can't find anything.
     */
    private record Caught(long after, long writes, long nanos) {}

    public ChangeLog(Space space, MonotonicClock clock) {
        this.clock = clock;
        this.space = space;
    }

    /** The log of a key space that nobody writes to. */
    public static ChangeLog of(KeySpace keySpace) {
        return new ChangeLog(new Space(keySpace, true), MonotonicClock.system());
    }

    @Override
    public int shards() {
        return SHARDS;
    }

    /** Up to {@code limit} changes with stamps above {@code after}, in rising order. */
    @Override
    public List<Stamped<Change>> read(int shard, long after, int limit) {
        long now = clock.nanos();
        long seen = writes.get(shard);
        Caught last = caught.get(shard);
        if (last != null
                && last.writes() == seen
                && last.after() <= after
                && now - last.nanos() < CAUGHT_NANOS) {
            return List.of();
        }
        byte[] from = StoreKeys.log(shard, after + 1);
        byte[] to = Keys.afterPrefix(StoreKeys.log(shard));
        List<Stamped<Change>> changes = new ArrayList<>();
        for (Entry entry : space.scan(Scan.range(from, to, limit))) {
            long stamp = StoreKeys.logStamp(entry.key());
            changes.add(new Stamped<>(stamp, ChangeRow.decode(entry.value()).change(shard, stamp)));
        }
        if (changes.isEmpty()) {
            caught.set(shard, new Caught(after, seen, now));
        }
        return changes;
    }

    /** The stamp of the shard's latest change; 0 when there was none. */
    @Override
    public long head(int shard) {
        return Keys.counter(space.get(StoreKeys.logCounter(checked(shard))));
    }

    /** Changes up to this stamp are gone; 0 when none are. */
    @Override
    public long trimmed(int shard) {
        return Keys.counter(space.get(StoreKeys.logTrimmed(checked(shard))));
    }

    /** The shard of an object's changes. */
    public static int shard(long bucketId, String key) {
        return StoreKeys.shard(bucketId, StoreKeys.keyBytes(key));
    }

    /** Counts this process's changes; note it before reading, give it to {@link #await}. */
    @Override
    public long version() {
        return version.get();
    }

    /**
     * Waits until this process changed something since {@code seen} was noted, at most {@code
     * atMost}; other processes' changes wake nobody, so read again at least each 500 ms.
     *
     * @return whether something changed
     */
    @Override
    public boolean await(long seen, Duration atMost) throws InterruptedException {
        long left = atMost.toNanos();
        lock.lockInterruptibly();
        waiting.incrementAndGet();
        try {
            while (version.get() == seen && left > 0) {
                left = written.awaitNanos(left);
            }
            return version.get() != seen;
        } finally {
            waiting.decrementAndGet();
            lock.unlock();
        }
    }

    /** Told after a commit: wakes the readers; costs next to nothing when nobody waits. */
    public void wrote(Iterable<Integer> shards) {
        shards.forEach(writes::incrementAndGet);
        version.incrementAndGet();
        if (waiting.get() == 0) {
            return;
        }
        lock.lock();
        try {
            written.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Whether a commit with this version id took effect, however soon it was overwritten. */
    public boolean witnesses(int shard, long versionId) {
        byte[] prefix = StoreKeys.log(shard);
        Scan scan = new Scan(prefix, Keys.afterPrefix(prefix), WITNESS_RECORDS, true, false);
        for (Entry entry : space.scan(scan)) {
            if (ChangeRow.decode(entry.value()).versionId() == versionId) {
                return true;
            }
        }
        return false;
    }

    /** Drops changes older than {@code before}; answers how many. */
    public static long trim(Space space, Instant before) {
        long dropped = 0;
        for (int shard = 0; shard < SHARDS; shard++) {
            dropped += trim(space, shard, before.toEpochMilli());
        }
        return dropped;
    }

    private static long trim(Space space, int shard, long beforeMillis) {
        byte[] trimmedKey = StoreKeys.logTrimmed(shard);
        byte[] prefix = StoreKeys.log(shard);
        long dropped = 0;
        while (true) {
            byte[] was = space.get(trimmedKey);
            long old = Keys.counter(was);
            byte[] from = StoreKeys.log(shard, old + 1);
            List<Entry> page = space.scan(Scan.range(from, Keys.afterPrefix(prefix), TRIM_PAGE));
            long upTo = old;
            for (Entry entry : page) {
                if (ChangeRow.decode(entry.value()).timeMillis() >= beforeMillis) {
                    break;
                }
                upTo = StoreKeys.logStamp(entry.key());
            }
            if (upTo == old) {
                return dropped;
            }
            Batch.Builder batch =
                    Batch.builder()
                            .unchanged(trimmedKey, was)
                            .put(trimmedKey, Keys.counter(upTo))
                            .deleteRange(from, StoreKeys.log(shard, upTo + 1));
            if (!space.tryCommit(batch)) {
                return dropped;
            }
            dropped += upTo - old;
        }
    }

    private static int checked(int shard) {
        java.util.Objects.checkIndex(shard, SHARDS);
        return shard;
    }
}
