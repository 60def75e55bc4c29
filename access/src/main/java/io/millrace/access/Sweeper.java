package io.millrace.access;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import io.millrace.work.LeasedTask;
import io.millrace.work.Leases;
import io.millrace.work.Tenure;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Removes ended sessions, links, enrolment codes and nonces, so that they do not pile up; on one
 * node at a time.
 */
final class Sweeper implements AutoCloseable {
    private static final String LEASE = "access/sweep";
    private static final Duration PAUSE = Duration.ofMinutes(5);
    private static final int PAGE = 500;

    private final Leases leases;
    private final InstantSource clock;
    private final LeasedTask task;

    Sweeper(Leases leases, InstantSource clock) {
        this.leases = leases;
        this.clock = clock;
        this.task = LeasedTask.every(PAUSE, leases, LEASE, this::sweep);
    }

    /** One round now, if no other node does them. */
    void sweep() {
        leases.acquire(LEASE).ifPresent(this::sweep);
    }

    private void sweep(Tenure tenure) {
        Rows rows = new Rows(tenure.keySpace());
        sweep(rows, "session", value -> Records.decode(value, Records.Session.class).expires());
        sweep(rows, "link", value -> Records.decode(value, Records.Link.class).expires());
        sweep(rows, "enrol", value -> Records.decode(value, Records.Code.class).expires());
        sweep(rows, "nonce", value -> Records.decode(value, Records.Nonce.class).expires());
    }

    private void sweep(Rows rows, String kind, ToLongFunction<byte[]> expires) {
        byte[] prefix = Rows.key(kind);
        byte[] from = prefix;
        while (true) {
            List<Entry> page = rows.scan(Scan.range(from, Keys.afterPrefix(prefix), PAGE));
            Batch.Builder batch = Batch.builder();
            int ended = 0;
            for (Entry entry : page) {
                if (expires.applyAsLong(entry.value()) <= clock.millis()) {
                    batch.delete(entry.key());
                    ended++;
                }
            }
            if (ended > 0) {
                rows.commitQuietly(batch.relaxed().build());
            }
            if (page.size() < PAGE) {
                return;
            }
            from = Keys.next(page.getLast().key());
        }
    }

    @Override
    public void close() {
        task.close();
    }
}
