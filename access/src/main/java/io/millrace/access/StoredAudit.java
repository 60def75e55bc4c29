package io.millrace.access;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The audit trail in the key space: one writer thread takes what waits and appends it in one
 * commit, so that many denied requests cost few commits. A full queue drops events and says how
 * many.
 */
final class StoredAudit implements Audit, AutoCloseable {
    private static final int QUEUE = 10_000;
    private static final int AT_ONCE = 100;
    private static final int MAX_TEXT = 1024;
    private static final byte[] HEAD = Rows.key("meta", "audit-head");
    private static final byte[] PREFIX = Rows.key("audit");
    private static final String START = "0".repeat(64);

    private record Waiting(Event event, @Nullable CompletableFuture<Void> written) {}

    private final Rows rows;
    private final InstantSource clock;
    private final int keep;
    private final BlockingQueue<Waiting> queue = new ArrayBlockingQueue<>(QUEUE);
    private final AtomicLong dropped = new AtomicLong();
    private final Thread writer;
    private volatile boolean closing;

    StoredAudit(Rows rows, InstantSource clock, int keep) {
        this.rows = rows;
        this.clock = clock;
        this.keep = keep;
        this.writer = Thread.ofVirtual().name("access-audit").start(this::run);
    }

    @Override
    public void write(Event event) {
        CompletableFuture<Void> written = new CompletableFuture<>();
        try {
            boolean taken =
                    !closing && queue.offer(new Waiting(event, written), 5, TimeUnit.SECONDS);
            if (!taken) {
                throw new AccessException(
                        AccessException.Code.STORAGE, "The audit trail does not keep up.");
            }
            written.get(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AccessException(AccessException.Code.STORAGE, "Interrupted.", e);
        } catch (java.util.concurrent.ExecutionException
                | java.util.concurrent.TimeoutException e) {
            throw new AccessException(
                    AccessException.Code.STORAGE, "The audit record could not be written.", e);
        }
    }

    @Override
    public void note(Event event) {
        if (!queue.offer(new Waiting(event, null))) {
            dropped.incrementAndGet();
        }
    }

    private void run() {
        List<Waiting> batch = new ArrayList<>(AT_ONCE);
        while (!closing || !queue.isEmpty()) {
            try {
                Waiting first = queue.poll(100, TimeUnit.MILLISECONDS);
                if (first == null) {
                    continue;
                }
                batch.add(first);
                queue.drainTo(batch, AT_ONCE - 1);
                append(batch);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException | Error e) {
                // Who waits hears of it at once, and the writer goes on.
                fail(batch, e);
            } finally {
                batch.clear();
            }
        }
    }

    private static void fail(List<Waiting> batch, Throwable e) {
        for (Waiting waiting : batch) {
            if (waiting.written() != null) {
                waiting.written().completeExceptionally(e);
            }
        }
    }

    private void append(List<Waiting> batch) {
        List<Event> events = new ArrayList<>(batch.size() + 1);
        batch.forEach(waiting -> events.add(waiting.event()));
        long lost = dropped.getAndSet(0);
        if (lost > 0) {
            events.add(new Event("system", "audit.dropped", "", "done", lost + " events", "", ""));
        }
        boolean durable = batch.stream().anyMatch(waiting -> waiting.written() != null);
        for (int i = 0; i < Rows.TRIES; i++) {
            if (tryAppend(events, durable)) {
                for (Waiting waiting : batch) {
                    if (waiting.written() != null) {
                        waiting.written().complete(null);
                    }
                }
                return;
            }
        }
        throw Rows.busy();
    }

    private boolean tryAppend(List<Event> events, boolean durable) {
        byte[] before = rows.raw(HEAD);
        Records.AuditHead head =
                before == null
                        ? new Records.AuditHead(0, 1, START)
                        : Records.decode(before, Records.AuditHead.class);
        Batch.Builder batch = Batch.builder().unchanged(HEAD, before);
        long sequence = head.newest();
        String hash = head.hash();
        for (Event event : events) {
            sequence++;
            Records.AuditRow row = row(event, sequence, hash);
            hash = row.hash();
            batch.put(Rows.auditKey(sequence), Records.encode(row));
        }
        long oldest = head.oldest();
        if (sequence - oldest >= keep + keep / 10L) {
            long from = oldest;
            oldest = sequence - keep + 1;
            batch.deleteRange(Rows.auditKey(from), Rows.auditKey(oldest));
        }
        batch.put(HEAD, Records.encode(new Records.AuditHead(sequence, oldest, hash)));
        return rows.commitQuietly(durable ? batch.build() : batch.relaxed().build());
    }

    private Records.AuditRow row(Event event, long sequence, String before) {
        Records.AuditRow bare =
                new Records.AuditRow(
                        clock.millis(),
                        cut(event.actor()),
                        cut(event.action()),
                        cut(event.resource()),
                        cut(event.decision()),
                        cut(event.detail()),
                        cut(event.requestId()),
                        cut(event.sourceAddress()),
                        before,
                        "");
        return withHash(bare, hash(bare, sequence));
    }

    private static String cut(String text) {
        return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT);
    }

    private static Records.AuditRow withHash(Records.AuditRow row, String hash) {
        return new Records.AuditRow(
                row.time(),
                row.actor(),
                row.action(),
                row.resource(),
                row.decision(),
                row.detail(),
                row.requestId(),
                row.sourceAddress(),
                row.before(),
                hash);
    }

    /** Over the sequence and the row's JSON without its hash; each text's bounds are JSON's own. */
    private static String hash(Records.AuditRow row, long sequence) {
        String json =
                new String(
                        Records.encode(withHash(row, "")), java.nio.charset.StandardCharsets.UTF_8);
        return StoredSessions.hash(sequence + json);
    }

    @Override
    public List<Entry> list(long below, int limit) {
        byte[] to =
                below == Long.MAX_VALUE
                        ? io.millrace.keyspace.Keys.afterPrefix(PREFIX)
                        : Rows.auditKey(below);
        List<Audit.Entry> entries = new ArrayList<>();
        for (io.millrace.keyspace.Entry entry :
                rows.scan(new Scan(PREFIX, to, Rows.bounded(limit), true, false))) {
            Records.AuditRow row = Records.decode(entry.value(), Records.AuditRow.class);
            entries.add(
                    new Audit.Entry(
                            Keys.read(entry.key(), PREFIX.length).u64(),
                            Instant.ofEpochMilli(row.time()),
                            new Event(
                                    row.actor(),
                                    row.action(),
                                    row.resource(),
                                    row.decision(),
                                    row.detail(),
                                    row.requestId(),
                                    row.sourceAddress()),
                            row.hash()));
        }
        return entries;
    }

    @Override
    public long verify() {
        byte[] headValue = rows.raw(HEAD);
        if (headValue == null) {
            return -1;
        }
        Records.AuditHead head = Records.decode(headValue, Records.AuditHead.class);
        String before = "";
        long expected = head.oldest();
        byte[] from = Rows.auditKey(head.oldest());
        byte[] to = Rows.auditKey(head.newest() + 1);
        while (expected <= head.newest()) {
            List<io.millrace.keyspace.Entry> page = rows.scan(Scan.range(from, to, 1000));
            if (page.isEmpty()) {
                return expected;
            }
            for (io.millrace.keyspace.Entry entry : page) {
                long sequence = Keys.read(entry.key(), PREFIX.length).u64();
                Records.AuditRow row = Records.decode(entry.value(), Records.AuditRow.class);
                boolean fits =
                        sequence == expected
                                && (before.isEmpty() || before.equals(row.before()))
                                && row.hash().equals(hash(row, sequence));
                if (!fits) {
                    return expected;
                }
                before = row.hash();
                expected++;
            }
            from = Keys.next(page.getLast().key());
        }
        return before.equals(head.hash()) ? -1 : head.newest();
    }

    @Override
    public void close() {
        closing = true;
        try {
            writer.join(java.time.Duration.ofSeconds(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
