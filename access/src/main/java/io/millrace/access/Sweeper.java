package io.millrace.access;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import io.millrace.kit.Clocks;
import io.millrace.work.LeasedTask;
import io.millrace.work.Leases;
import io.millrace.work.Tenure;
import java.time.Duration;
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
    private final Clocks clocks;
    private final LeasedTask task;

    Sweeper(Leases leases, Clocks clocks) {
        this.leases = leases;
        this.clocks = clocks;
        this.task = LeasedTask.start(leases, LEASE, this::sweepAndWait);
    }

    /** One round now, if no other node does them. */
    void sweep() {
        leases.acquire(LEASE).ifPresent(this::sweep);
    }

    /** First at once: a server that is started again and again sweeps too. */
    private void sweepAndWait(Tenure tenure) throws InterruptedException {
        do {
            sweep(tenure);
        } while (tenure.await(PAUSE));
    }

    private void sweep(Tenure tenure) {
        Rows rows = new Rows(tenure.keySpace());
        // What a wrong clock believes to be over may be needed again: a nonce, to be refused.
        long now = Math.min(clocks.wall().millis(), clocks.steady().millis());
        sweep(
                rows,
                now,
                "session",
                value -> Records.decode(value, Records.Session.class).expires());
        sweep(rows, now, "link", value -> Records.decode(value, Records.Link.class).expires());
        sweep(rows, now, "enrol", value -> Records.decode(value, Records.Code.class).expires());
        sweep(rows, now, "nonce", value -> Records.decode(value, Records.Nonce.class).expires());
    }

    private void sweep(Rows rows, long now, String kind, ToLongFunction<byte[]> expires) {
        byte[] prefix = Rows.key(kind);
        byte[] from = prefix;
        while (true) {
            List<Entry> page = rows.scan(Scan.range(from, Keys.afterPrefix(prefix), PAGE));
            Batch.Builder batch = Batch.builder();
            int ended = 0;
            for (Entry entry : page) {
                if (expires.applyAsLong(entry.value()) <= now) {
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
