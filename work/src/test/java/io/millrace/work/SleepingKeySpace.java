package io.millrace.work;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Listed;
import io.millrace.keyspace.Scan;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The key space of a node that can be put to sleep, as SIGSTOP does: its calls stand still. */
final class SleepingKeySpace implements KeySpace {
    private final KeySpace keySpace;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition woken = lock.newCondition();
    private boolean asleep;

    SleepingKeySpace(KeySpace keySpace) {
        this.keySpace = keySpace;
    }

    void sleep() {
        lock.lock();
        asleep = true;
        lock.unlock();
    }

    void wake() {
        lock.lock();
        asleep = false;
        woken.signalAll();
        lock.unlock();
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
