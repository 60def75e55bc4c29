package io.millrace.store;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Listed;
import io.millrace.keyspace.Mutation;
import io.millrace.keyspace.Scan;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A node's key space where another node comes first, once, just before a commit of some kind or
 * just after a read.
 */
final class BeforeCommit implements KeySpace {
    private final KeySpace real;
    private final AtomicReference<@Nullable Intrusion> next = new AtomicReference<>();

    private final AtomicReference<@Nullable AfterRead> read = new AtomicReference<>();

    private record AfterRead(byte[] prefix, AtomicInteger left, Runnable other) {}

    private record Intrusion(Predicate<Batch> when, Consumer<Batch> other) {}

    BeforeCommit(KeySpace real) {
        this.real = real;
    }

    /** Before the next batch that deletes such a key. */
    void ofDelete(byte[] prefix, Runnable other) {
        next.set(new Intrusion(batch -> deletes(batch, prefix), batch -> other.run()));
    }

    /** Before the next batch that puts such a key. */
    void ofPut(byte[] prefix, Runnable other) {
        ofPut(prefix, batch -> other.run());
    }

    /** The same; the batch is told. */
    void ofPut(byte[] prefix, Consumer<Batch> other) {
        next.set(new Intrusion(batch -> puts(batch, prefix), other));
    }

    /** After so many reads of such keys. */
    void afterReads(byte[] prefix, int reads, Runnable other) {
        read.set(new AfterRead(prefix, new AtomicInteger(reads), other));
    }

    boolean happened() {
        return next.get() == null && read.get() == null;
    }

    private static boolean deletes(Batch batch, byte[] prefix) {
        return batch.mutations().stream()
                .anyMatch(m -> m instanceof Mutation.Delete d && startsWith(d.key(), prefix));
    }

    static boolean puts(Batch batch, byte[] prefix) {
        return batch.mutations().stream()
                .anyMatch(m -> m instanceof Mutation.Put p && startsWith(p.key(), prefix));
    }

    private static boolean startsWith(byte[] key, byte[] prefix) {
        return key.length >= prefix.length
                && java.util.Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
    }

    @Override
    public CommitOutcome commit(Batch batch) {
        Intrusion intrusion = next.get();
        if (intrusion != null && intrusion.when().test(batch)) {
            next.set(null);
            intrusion.other().accept(batch);
        }
        return real.commit(batch);
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        byte[] value = real.get(key);
        AfterRead after = read.get();
        if (after != null
                && startsWith(key, after.prefix())
                && after.left().decrementAndGet() == 0) {
            read.set(null);
            after.other().run();
        }
        return value;
    }

    @Override
    public List<byte @Nullable []> multiGet(List<byte[]> keys) {
        return real.multiGet(keys);
    }

    @Override
    public List<Entry> scan(Scan scan) {
        return real.scan(scan);
    }

    @Override
    public List<Listed> scanDelimited(byte[] prefix, byte[] delimiter, byte[] after, int limit) {
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
    public void close() {}
}
