package io.millrace.access;

import java.time.Instant;
import java.util.List;

/**
 * The audit trail: append-only records, each holding the hash of the one before. Bounded: the
 * oldest are dropped past the limit, and the chain then begins at the oldest kept. Thread-safe.
 */
public interface Audit {
    /**
     * Something that happened.
     *
     * @param actor the caller's ARN or name
     * @param action internal name, e.g. {@code oss:PutObject} or {@code user.create}
     * @param decision {@code allowed}, {@code denied}, {@code done} or {@code failed}
     * @param detail the matched statement or a short reason; never a secret
     */
    record Event(
            String actor,
            String action,
            String resource,
            String decision,
            String detail,
            String requestId,
            String sourceAddress) {}

    /** An event as it was written. */
    record Entry(long sequence, Instant time, Event event, String hash) {}

    /** Writes an event; durable when it returns. */
    void write(Event event);

    /**
     * Leaves an event to the writer thread; events past the queue's bound are counted and the count
     * written.
     */
    void note(Event event);

    /**
     * The newest first, below that sequence ({@code Long.MAX_VALUE}: from the newest); at most
     * 1,000.
     */
    List<Entry> list(long below, int limit);

    /** Recomputes the chain; -1 when it holds, else the first sequence that does not fit. */
    long verify();
}
