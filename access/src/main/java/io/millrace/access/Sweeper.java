package io.millrace.access;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.ToLongFunction;

/** Removes ended sessions, links, enrolment codes and nonces, so that they do not pile up. */
final class Sweeper implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMinutes(5);
    private static final int PAGE = 500;

    private final Rows rows;
    private final InstantSource clock;
    private final Thread thread;

    Sweeper(Rows rows, InstantSource clock) {
        this.rows = rows;
        this.clock = clock;
        this.thread = Thread.ofVirtual().name("access-sweeper").start(this::run);
    }

    private void run() {
        try {
            while (true) {
                Thread.sleep(PAUSE);
                sweepQuietly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void sweepQuietly() {
        try {
            sweep();
        } catch (io.millrace.keyspace.KeySpaceException | AccessException ignored) {
            // The key space is unwell or closing: nothing is lost, the next round tries again.
        }
    }

    void sweep() {
        sweep("session", value -> Records.decode(value, Records.Session.class).expires());
        sweep("link", value -> Records.decode(value, Records.Link.class).expires());
        sweep("enrol", value -> Records.decode(value, Records.Code.class).expires());
        sweep("nonce", value -> Records.decode(value, Records.Nonce.class).expires());
    }

    private void sweep(String kind, ToLongFunction<byte[]> expires) {
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
        thread.interrupt();
    }
}
