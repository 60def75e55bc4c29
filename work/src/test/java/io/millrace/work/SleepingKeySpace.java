package io.millrace.work;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Listed;
import io.millrace.keyspace.Scan;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The key space of a node that can be put to sleep, as SIGSTOP does: its calls stand still. Or
 * another node comes first, once, between what it has read and its commit.
 */
final class SleepingKeySpace implements KeySpace {
    /** A sleep that ends when it is closed: a node that sleeps can't be closed. */
    interface Nap extends AutoCloseable {
        @Override
        void close();
    }

    private final KeySpace keySpace;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition woken = lock.newCondition();
    private final AtomicReference<@Nullable Runnable> first = new AtomicReference<>();
    private boolean asleep;

    SleepingKeySpace(KeySpace keySpace) {
        this.keySpace = keySpace;
    }

    /**
     * Sleeps until {@link #wake}; whoever closes the answer wakes it too, a failed test as well.
     */
    Nap sleep() {
        lock.lock();
        asleep = true;
        lock.unlock();
        return this::wake;
    }

    void wake() {
        lock.lock();
        asleep = false;
        woken.signalAll();
        lock.unlock();
    }

    /** What others do just before the next commit. */
    void beforeCommit(Runnable other) {
        first.set(other);
    }

    private KeySpace awake() {
        lock.lock();
        try {
            while (asleep) {
                woken.awaitUninterruptibly();
            }
            return keySpace;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        return awake().get(key);
    }

    @Override
    public List<byte @Nullable []> multiGet(List<byte[]> keys) {
        return awake().multiGet(keys);
    }

    @Override
    public List<Entry> scan(Scan scan) {
        return awake().scan(scan);
    }

    @Override
    public List<Listed> scanDelimited(byte[] prefix, byte[] delimiter, byte[] after, int limit) {
        return awake().scanDelimited(prefix, delimiter, after, limit);
    }

    @Override
    public CommitOutcome commit(Batch batch) {
        Runnable other = first.getAndSet(null);
        if (other != null) {
            other.run();
        }
        return awake().commit(batch);
    }

    @Override
    public Instant storeNow() {
        return awake().storeNow();
    }

    @Override
    public long idBlock(String name, int count) {
        return awake().idBlock(name, count);
    }

    @Override
    public void close() {
        keySpace.close();
    }
}
