package io.millrace.access;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The rows of this module in the key space, and the number that tells caches when to look again.
 * Thread-safe.
 */
final class Rows {
    /** How often a change is tried again when somebody else was faster. */
    static final int TRIES = 20;

    /** How far a signature's time may be from the server's. */
    static final Duration SKEW = Duration.ofMinutes(15);

    private static final int PAGE = 1000;

    private final KeySpace keySpace;
    private final AtomicLong generation = new AtomicLong();

    Rows(KeySpace keySpace) {
        this.keySpace = keySpace;
    }

    /** A time {@link #SKEW} ahead is near for twice as long, its last moment included. */
    static long nonceEnd(Instant now) {
        return now.plus(SKEW).plus(SKEW).plusMillis(1).toEpochMilli();
    }

    static byte[] masterCheckKey() {
        return key("meta", "master-key-check");
    }

    static byte[] key(String kind, String... parts) {
        Keys key = Keys.family('A').text(kind);
        for (String part : parts) {
            key = key.text(part);
        }
        return key.done();
    }

    static byte[] auditKey(long sequence) {
        return Keys.family('A').text("audit").u64(sequence).done();
    }

    byte @Nullable [] raw(byte[] key) {
        return keySpace.get(key);
    }

    <T> @Nullable T get(byte[] key, Class<T> type) {
        byte[] value = keySpace.get(key);
        return value == null ? null : Records.decode(value, type);
    }

    /** Rows of a kind whose last part comes after {@code after}; no part is empty. */
    <T> List<T> list(byte[] prefix, String after, int limit, Class<T> type) {
        byte[] from = Keys.next(Keys.under(prefix).text(after).done());
        List<T> rows = new ArrayList<>();
        for (Entry entry :
                keySpace.scan(Scan.range(from, Keys.afterPrefix(prefix), bounded(limit)))) {
            rows.add(Records.decode(entry.value(), type));
        }
        return rows;
    }

    /** The first row of a kind that fits, in the order of keys. */
    <T> Optional<T> first(byte[] prefix, Class<T> type, Predicate<T> fits) {
        byte[] from = prefix;
        while (true) {
            List<Entry> page = scan(Scan.range(from, Keys.afterPrefix(prefix), PAGE));
            for (Entry entry : page) {
                T row = Records.decode(entry.value(), type);
                if (fits.test(row)) {
                    return Optional.of(row);
                }
            }
            if (page.size() < PAGE) {
                return Optional.empty();
            }
            from = Keys.next(page.getLast().key());
        }
    }

    /** Each row of a kind, in the order of keys. */
    <T> void each(byte[] prefix, Class<T> type, Consumer<T> action) {
        first(
                prefix,
                type,
                row -> {
                    action.accept(row);
                    return false;
                });
    }

    List<Entry> scan(Scan scan) {
        return keySpace.scan(scan);
    }

    static int bounded(int limit) {
        return Math.clamp(limit, 1, PAGE);
    }

    /**
     * True when applied, false when a guard did not hold.
     *
     * @throws AccessException when nobody knows
     */
    boolean commit(Batch batch) {
        return switch (keySpace.commit(batch)) {
            case CommitOutcome.Committed committed -> {
                generation.incrementAndGet();
                yield true;
            }
            case CommitOutcome.Conflict conflict -> false;
            case CommitOutcome.Unknown(String reason) -> {
                generation.incrementAndGet();
                throw new AccessException(
                        AccessException.Code.STORAGE,
                        "It is not known whether the change was made; look, then try again: "
                                + reason);
            }
        };
    }

    /** As {@link #commit}, for rows that no cache holds. */
    boolean commitQuietly(Batch batch) {
        return switch (keySpace.commit(batch)) {
            case CommitOutcome.Committed committed -> true;
            case CommitOutcome.Conflict conflict -> false;
            case CommitOutcome.Unknown(String reason) ->
                    throw new AccessException(AccessException.Code.STORAGE, reason);
        };
    }

    /** Goes up with every change of this node; a cached value is good for one number only. */
    long generation() {
        return generation.get();
    }

    static AccessException busy() {
        return new AccessException(
                AccessException.Code.STORAGE, "Too many changes at once; try again.");
    }
}
