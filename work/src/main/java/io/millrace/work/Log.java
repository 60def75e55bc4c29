package io.millrace.work;

import java.time.Duration;
import java.util.List;

/** A log in shards that a {@link Follower} reads; the store's change log is one. Thread-safe. */
public interface Log<R> {
    /** Number of shards, counted from 0. */
    int shards();

    /**
     * Records of a shard with stamps above {@code after}, rising; fewer than the limit only at the
     * end of what is written.
     */
    List<Stamped<R>> read(int shard, long after, int limit);

    /** The stamp of the shard's latest record, kept or dropped; 0 when there was none. */
    long head(int shard);

    /**
     * Records up to this stamp are dropped; 0 when none are. A reader whose position is below has
     * missed some.
     */
    long trimmed(int shard);

    /** A number that rises whenever this process has written something to any shard. */
    long version();

    /**
     * Waits until {@link #version} is above {@code seen} or the time is over; other processes'
     * records wake nobody, so callers poll after the wait anyway.
     *
     * @return whether the version is above {@code seen}
     */
    boolean await(long seen, Duration atMost) throws InterruptedException;
}
