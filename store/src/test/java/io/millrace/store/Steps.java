package io.millrace.store;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Listed;
import io.millrace.keyspace.Scan;
import io.millrace.kit.DiskSpace;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * A key space where something happens at the n-th thing that one thread asks of it: before a read
 * or commit, or instead of a commit. After that all goes on as usual.
 */
final class Steps implements KeySpace {
    /** What becomes of a commit. */
    interface Fate extends BiFunction<KeySpace, Batch, CommitOutcome> {}

    private static final class Plan {
        private final @Nullable Runnable before;
        private final @Nullable Fate fate;
        private int left;

        Plan(int step, @Nullable Runnable before, @Nullable Fate fate) {
            this.left = step;
            this.before = before;
            this.fate = fate;
        }
    }

    private final KeySpace real;
    private final Optional<DiskSpace> disk;
    private final ThreadLocal<@Nullable Plan> plan = new ThreadLocal<>();

    Steps(KeySpace real) {
        this(real, Optional.empty());
    }

    /**
     * @param disk the one that it says it is on
     */
    Steps(KeySpace real, Optional<DiskSpace> disk) {
        this.real = real;
        this.disk = disk;
    }

    /** Before this thread's read or commit of that number, counted from 0. */
    void before(int step, Runnable other) {
        plan.set(new Plan(step, other, null));
    }

    /** Instead of this thread's commit of that number, counted from 0. */
    void insteadOfCommit(int step, Fate fate) {
        plan.set(new Plan(step, null, fate));
    }

    /** Whether it happened; nothing will any more. */
    boolean happened() {
        boolean happened = plan.get() == null;
        plan.remove();
        return happened;
    }

    private void moment() {
        Plan now = plan.get();
        if (now != null && now.before != null && now.left-- == 0) {
            plan.remove();
            now.before.run();
        }
    }

    @Override
    public CommitOutcome commit(Batch batch) {
        moment();
        Plan now = plan.get();
        if (now != null && now.fate != null && now.left-- == 0) {
            plan.remove();
            return now.fate.apply(real, batch);
        }
        return real.commit(batch);
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        moment();
        return real.get(key);
    }

    @Override
    public List<byte @Nullable []> multiGet(List<byte[]> keys) {
        moment();
        return real.multiGet(keys);
    }

    @Override
    public List<Entry> scan(Scan scan) {
        moment();
        return real.scan(scan);
    }

    @Override
    public List<Listed> scanDelimited(byte[] prefix, byte[] delimiter, byte[] after, int limit) {
        moment();
        return real.scanDelimited(prefix, delimiter, after, limit);
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
    public Optional<DiskSpace> disk() {
        return disk;
    }

    @Override
    public void close() {
        real.close();
    }
}
