package io.millrace.console;

import io.millrace.access.Access;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import io.millrace.kit.Clocks;
import io.millrace.kit.Deadline;
import io.millrace.kit.MonotonicClock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The edge's settings: domains and the purge journal, in the key family {@code C}
 * (docs/formats/console.md). The revision is the number of changes to domains plus the number of
 * purges; both counters only rise, so the sum names one state of both.
 */
final class Domains {
    /** What an edge is told of the journal; one that was away for longer empties its cache. */
    static final int PURGES_TOLD = 1000;

    private static final int MOST_DOMAINS = 2000;
    private static final int PURGES_KEPT = 10_000;
    private static final byte FORMAT = 1;
    static final int DOMAIN = 1;
    static final int DOMAIN_COUNTER = 2;
    static final int PURGE = 3;
    static final int PURGE_COUNTER = 4;
    private static final byte[] DOMAINS = Keys.family('C').u8(DOMAIN).done();
    private static final byte[] DOMAIN_CHANGES = Keys.family('C').u8(DOMAIN_COUNTER).done();
    private static final byte[] PURGES = Keys.family('C').u8(PURGE).done();
    private static final byte[] PURGE_COUNT = Keys.family('C').u8(PURGE_COUNTER).done();
    private static final long POLL_MILLIS = 500;

    private final KeySpace keySpace;
    private final Sealer sealer;
    private final InstantSource clock;
    private final MonotonicClock monotonic;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** What became of a change. */
    enum Outcome {
        DONE,
        TAKEN,
        NOT_FOUND,
        FULL
    }

    Domains(KeySpace keySpace, Access access, Clocks clocks) {
        this.keySpace = keySpace;
        this.sealer = new Sealer(access.derivedSecret("console domain keys"));
        this.clock = clocks.wall();
        this.monotonic = clocks.monotonic();
    }

    Sealer sealer() {
        return sealer;
    }

    List<Domain> list() {
        List<Domain> out = new ArrayList<>();
        for (Entry entry : keySpace.scan(Scan.prefix(DOMAINS, MOST_DOMAINS))) {
            out.add(decode(entry.value(), Domain.class));
        }
        return out;
    }

    Optional<Domain> get(String host) {
        byte[] value = keySpace.get(key(host));
        return value == null ? Optional.empty() : Optional.of(decode(value, Domain.class));
    }

    Outcome create(Domain domain) {
        if (keySpace.scan(Scan.prefix(DOMAINS, MOST_DOMAINS).onlyKeys()).size() >= MOST_DOMAINS) {
            return Outcome.FULL;
        }
        return write(domain.host(), null, domain) ? Outcome.DONE : Outcome.TAKEN;
    }

    Outcome replace(Domain domain) {
        byte[] before = keySpace.get(key(domain.host()));
        while (before != null) {
            if (write(domain.host(), before, domain)) {
                return Outcome.DONE;
            }
            before = keySpace.get(key(domain.host()));
        }
        return Outcome.NOT_FOUND;
    }

    Outcome delete(String host) {
        byte[] before = keySpace.get(key(host));
        while (before != null) {
            if (write(host, before, null)) {
                return Outcome.DONE;
            }
            before = keySpace.get(key(host));
        }
        return Outcome.NOT_FOUND;
    }

    /** Writes or, for null, deletes if the key is as it was read; false: somebody was faster. */
    private boolean write(String host, byte @Nullable [] before, @Nullable Domain domain) {
        Batch.Builder batch = Batch.builder().unchanged(key(host), before).add(DOMAIN_CHANGES, 1);
        if (domain == null) {
            batch.delete(key(host));
        } else {
            batch.put(key(host), encode(domain));
        }
        return switch (keySpace.commit(batch.build())) {
            case CommitOutcome.Committed c -> {
                wake();
                yield true;
            }
            case CommitOutcome.Conflict c -> false;
            case CommitOutcome.Unknown(String reason) -> throw unknown(reason);
        };
    }

    /** Adds to the journal; durable when it returns. */
    Purge purge(String kind, @Nullable String host, @Nullable String path, String by) {
        Instant now = clock.instant();
        Purge purge = new Purge(0, kind, host, path, now, by);
        long count = Keys.counter(keySpace.get(PURGE_COUNT));
        Batch.Builder batch = Batch.builder().appendStamped(PURGE_COUNT, PURGES, encode(purge));
        if (count > PURGES_KEPT) {
            batch.deleteRange(purgeKey(0), purgeKey(count - PURGES_KEPT));
        }
        return switch (keySpace.commit(batch.build())) {
            case CommitOutcome.Committed(List<Long> stamps) -> {
                wake();
                yield new Purge(stamps.getFirst(), kind, host, path, now, by);
            }
            case CommitOutcome.Conflict c -> throw unknown("a batch without guards met a conflict");
            case CommitOutcome.Unknown(String reason) -> throw unknown(reason);
        };
    }

    /** The newest purges first. */
    List<Purge> purges(int limit) {
        List<Purge> out = new ArrayList<>();
        for (Entry entry : keySpace.scan(Scan.prefix(PURGES, limit).reversed())) {
            long id = Keys.read(entry.key(), PURGES.length).u64();
            Purge p = decode(entry.value(), Purge.class);
            out.add(new Purge(id, p.kind(), p.host(), p.path(), p.time(), p.by()));
        }
        return out;
    }

    long revision() {
        List<byte @Nullable []> counters = keySpace.multiGet(List.of(DOMAIN_CHANGES, PURGE_COUNT));
        return Keys.counter(counters.get(0)) + Keys.counter(counters.get(1));
    }

    /** Waits until the revision is another one than {@code since}, at most that long. */
    void await(long since, long millis) throws InterruptedException {
        Deadline deadline = monotonic.deadline(Duration.ofMillis(millis));
        while (revision() == since) {
            long left = deadline.left().toMillis();
            if (left <= 0) {
                return;
            }
            lock.lockInterruptibly();
            try {
                // another node's change wakes nobody here: so never longer than a poll
                boolean woken = changed.await(Math.min(left, POLL_MILLIS), TimeUnit.MILLISECONDS);
                if (!woken && left <= POLL_MILLIS) {
                    return;
                }
            } finally {
                lock.unlock();
            }
        }
    }

    void wake() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private static ConsoleException unknown(String reason) {
        return new ConsoleException(ConsoleException.Code.KEYSPACE, reason, null);
    }

    private static byte[] key(String host) {
        return Keys.under(DOMAINS).text(host).done();
    }

    private static byte[] purgeKey(long id) {
        return Keys.under(PURGES).u64(id).done();
    }

    private static byte[] encode(Object value) {
        byte[] json = Json.write(value);
        byte[] out = new byte[json.length + 1];
        out[0] = FORMAT;
        System.arraycopy(json, 0, out, 1, json.length);
        return out;
    }

    static <T> T decode(byte[] value, Class<T> type) {
        if (value.length == 0 || value[0] != FORMAT) {
            throw new ConsoleException(
                    ConsoleException.Code.FORMAT,
                    "a setting was written by a newer version of Millrace",
                    null);
        }
        return Json.stored(value, 1, type);
    }
}
