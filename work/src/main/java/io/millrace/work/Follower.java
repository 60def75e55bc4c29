package io.millrace.work;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A named consumer of a log: reads every shard in order from where it stopped last time, waits for
 * more, and remembers how far it came.
 *
 * <p>At least once: after a crash the records of the last second may come again, so handlers must
 * not mind. A handler that throws gets the same records again after 0.1 s, then 0.2 s, up to 5 s;
 * the other shards go on meanwhile. One virtual thread runs the handler, so calls never overlap.
 *
 * <p>A log keeps its records for a while only. Where it has dropped some that this consumer had not
 * seen, the follower notes where the log stands now, asks the handler to look at everything afresh,
 * and goes on from there.
 */
public final class Follower<R> implements AutoCloseable {
    private static final int PAGE = 256;
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration SLICE = Duration.ofMillis(50);
    private static final long SAVE_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long FIRST_BACKOFF_NANOS = Duration.ofMillis(100).toNanos();
    private static final long LONGEST_BACKOFF_NANOS = Duration.ofSeconds(5).toNanos();

    /** What a consumer does with records; throwing means "again later". */
    public interface Handler<R> {
        void handle(int shard, List<Stamped<R>> records) throws Exception;

        /**
         * The log dropped records before this consumer saw them: look at all that the log tells
         * about, as it is now. Returns when that is done for good; what is written meanwhile comes
         * to {@link #handle} afterwards.
         */
        void rescan() throws Exception;
    }

    /** The last failure of the handler. */
    public record Failure(int shard, long stamp, String reason, Instant when) {}

    private final String name;
    private final Log<R> log;
    private final Cursors cursors;
    private final Handler<R> handler;
    private final long[] positions;
    private final long[] backoffNanos;
    private final long[] notBeforeNanos;

    /** Shards whose end was seen, so that nothing before it can have been dropped unseen. */
    private final boolean[] caughtUp;

    private final Map<Integer, Long> unsaved = new HashMap<>();
    private final AtomicLong handled = new AtomicLong();
    private final AtomicReference<Optional<Failure>> failure =
            new AtomicReference<>(Optional.empty());
    private final Thread thread;
    private long savedAt = System.nanoTime();
    private volatile boolean stopping;

    private Follower(String name, Log<R> log, Cursors cursors, Handler<R> handler) {
        this.name = name;
        this.log = log;
        this.cursors = cursors;
        this.handler = handler;
        this.positions = new long[log.shards()];
        this.backoffNanos = new long[log.shards()];
        this.notBeforeNanos = new long[log.shards()];
        this.caughtUp = new boolean[log.shards()];
        for (int shard = 0; shard < positions.length; shard++) {
            positions[shard] = cursors.load(name, shard);
        }
        this.thread = Thread.ofVirtual().name("follower-" + name).unstarted(this::run);
    }

    /** Starts to follow a log under a name that no other consumer has. */
    public static <R> Follower<R> start(
            String name, Log<R> log, Cursors cursors, Handler<R> handler) {
        Follower<R> follower = new Follower<>(name, log, cursors, handler);
        follower.thread.start();
        return follower;
    }

    /** Records handled since the start. */
    public long handled() {
        return handled.get();
    }

    /** What went wrong last and has not gone right since. */
    public Optional<Failure> failure() {
        return failure.get();
    }

    private void run() {
        while (!stopping) {
            long version = log.version();
            boolean any = false;
            for (int shard = 0; shard < positions.length && !stopping; shard++) {
                any |= advance(shard);
            }
            if (!any || System.nanoTime() - savedAt > SAVE_NANOS) {
                save();
            }
            if (!any) {
                pause(version);
            }
        }
        save();
    }

    /** Handles one page of a shard; whether there was one. */
    private boolean advance(int shard) {
        if (backoffNanos[shard] > 0 && System.nanoTime() - notBeforeNanos[shard] < 0) {
            return false;
        }
        List<Stamped<R>> page = List.of();
        try {
            page = log.read(shard, positions[shard], PAGE);
            if (outrun(shard, page)) {
                rescan();
                settled(shard);
                return true;
            }
            if (page.isEmpty()) {
                return false;
            }
            handler.handle(shard, page);
            positions[shard] = page.getLast().stamp();
            unsaved.put(shard, positions[shard]);
            handled.addAndGet(page.size());
            settled(shard);
            return true;
        } catch (Exception e) {
            backOff(shard, page.isEmpty() ? positions[shard] : page.getFirst().stamp(), e);
            return false;
        }
    }

    /** Whether the log dropped records of this shard that were not handled. */
    private boolean outrun(int shard, List<Stamped<R>> page) {
        boolean nothingMissing =
                page.isEmpty() ? caughtUp[shard] : page.getFirst().stamp() == positions[shard] + 1;
        if (nothingMissing) {
            return false;
        }
        caughtUp[shard] = page.isEmpty();
        return log.trimmed(shard) > positions[shard];
    }

    /** Everything afresh; then on from where the log stood before. */
    private void rescan() throws Exception {
        long[] heads = new long[positions.length];
        for (int shard = 0; shard < heads.length; shard++) {
            heads[shard] = log.head(shard);
        }
        handler.rescan();
        for (int shard = 0; shard < heads.length; shard++) {
            positions[shard] = Math.max(positions[shard], heads[shard]);
            unsaved.put(shard, positions[shard]);
        }
        save();
    }

    private void settled(int shard) {
        if (backoffNanos[shard] > 0) {
            backoffNanos[shard] = 0;
            failure.set(Optional.empty());
        }
    }

    private void backOff(int shard, long stamp, Exception e) {
        caughtUp[shard] = false;
        long last = backoffNanos[shard];
        backoffNanos[shard] =
                last == 0 ? FIRST_BACKOFF_NANOS : Math.min(last * 2, LONGEST_BACKOFF_NANOS);
        notBeforeNanos[shard] = System.nanoTime() + backoffNanos[shard];
        failure.set(Optional.of(new Failure(shard, stamp, String.valueOf(e), Instant.now())));
    }

    private void save() {
        savedAt = System.nanoTime();
        if (unsaved.isEmpty()) {
            return;
        }
        try {
            cursors.save(name, unsaved);
            unsaved.clear();
        } catch (RuntimeException e) {
            // Saved with the next ones; until then a restart would only repeat more.
            failure.set(Optional.of(new Failure(-1, 0, String.valueOf(e), Instant.now())));
        }
    }

    /**
     * Waits for a record of this process, or half a second for those of others, in slices so that
     * close() is quick.
     */
    private void pause(long version) {
        try {
            for (Duration waited = Duration.ZERO;
                    waited.compareTo(POLL) < 0 && !stopping;
                    waited = waited.plus(SLICE)) {
                if (log.await(version, SLICE)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            stopping = true;
        }
    }

    /** Ends after the page at hand and saves the cursors. Waits for the handler. */
    @Override
    public void close() {
        stopping = true;
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
