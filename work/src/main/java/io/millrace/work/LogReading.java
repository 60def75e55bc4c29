package io.millrace.work;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One tenure of a {@link Follower}: from the saved cursors until the lease ends. */
final class LogReading<R> {
    private static final Logger LOG = LoggerFactory.getLogger(Follower.class);
    private static final int PAGE = 256;

    /**
     * Between two looks at a log that is being written: a page of many records costs one look-up, a
     * page of one costs as much. Who waits for a first record is woken at once.
     */
    private static final Duration BREATH = Duration.ofMillis(20);

    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration SLICE = Duration.ofMillis(50);
    private static final long SAVE_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long FIRST_BACKOFF_NANOS = Duration.ofMillis(100).toNanos();
    private static final long LONGEST_BACKOFF_NANOS = Duration.ofSeconds(5).toNanos();

    private final String name;
    private final Log<R> log;
    private final Tenure tenure;
    private final Follower.Handler<R> handler;
    private final AtomicLong handled;
    private final Cursors cursors;
    private final long[] positions;
    private final long[] backoffNanos;
    private final long[] notBeforeNanos;

    /** Shards whose end was seen, so that nothing before it can have been dropped unseen. */
    private final boolean[] caughtUp;

    private final Map<Integer, Long> unsaved = new HashMap<>();
    private long savedAt;

    LogReading(
            String name,
            Log<R> log,
            Tenure tenure,
            Follower.Handler<R> handler,
            AtomicLong handled) {
        this.name = name;
        this.log = log;
        this.tenure = tenure;
        this.handler = handler;
        this.handled = handled;
        this.cursors = new Cursors(tenure.keySpace());
        this.savedAt = tenure.clock().nanos();
        this.positions = new long[log.shards()];
        this.backoffNanos = new long[log.shards()];
        this.notBeforeNanos = new long[log.shards()];
        this.caughtUp = new boolean[log.shards()];
    }

    void run() throws InterruptedException {
        try {
            handler.begin(tenure);
            for (int shard = 0; shard < positions.length; shard++) {
                positions[shard] = cursors.load(name, shard);
            }
            follow();
        } finally {
            handler.end();
        }
    }

    private void follow() throws InterruptedException {
        while (tenure.goesOn()) {
            long version = log.version();
            int most = 0;
            for (int shard = 0; shard < positions.length && tenure.goesOn(); shard++) {
                most = Math.max(most, advance(shard));
            }
            boolean any = most > 0;
            if (!any || tenure.clock().nanos() - savedAt > SAVE_NANOS) {
                save();
            }
            if (!any) {
                pause(version);
            } else if (most < PAGE) {
                Thread.sleep(BREATH);
            }
        }
        save();
    }

    /** Handles one page of a shard; how many records it had, {@link #PAGE} if there may be more. */
    private int advance(int shard) throws InterruptedException {
        if (backoffNanos[shard] > 0 && tenure.clock().nanos() - notBeforeNanos[shard] < 0) {
            return 0;
        }
        try {
            List<Stamped<R>> page = log.read(shard, positions[shard], PAGE);
            if (outrun(shard, page)) {
                rescan();
                backoffNanos[shard] = 0;
                return PAGE;
            }
            if (page.isEmpty()) {
                return 0;
            }
            handler.handle(tenure, shard, page);
            positions[shard] = page.getLast().stamp();
            unsaved.put(shard, positions[shard]);
            handled.addAndGet(page.size());
            backoffNanos[shard] = 0;
            return page.size();
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            if (!tenure.holds()) {
                throw new WorkException(
                        WorkException.Code.LOST, "the lease of the follower " + name + " is lost");
            }
            backOff(shard, e);
            return 0;
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
        handler.rescan(tenure);
        for (int shard = 0; shard < heads.length; shard++) {
            positions[shard] = Math.max(positions[shard], heads[shard]);
            unsaved.put(shard, positions[shard]);
        }
        save();
    }

    private void backOff(int shard, Exception e) {
        caughtUp[shard] = false;
        long last = backoffNanos[shard];
        backoffNanos[shard] =
                last == 0 ? FIRST_BACKOFF_NANOS : Math.min(last * 2, LONGEST_BACKOFF_NANOS);
        notBeforeNanos[shard] = tenure.clock().nanos() + backoffNanos[shard];
        if (last == 0) {
            LOG.warn(
                    "{} failed in shard {} after {} and tries again: {}",
                    name,
                    shard,
                    positions[shard],
                    e.toString());
        }
    }

    private void save() {
        savedAt = tenure.clock().nanos();
        if (unsaved.isEmpty()) {
            return;
        }
        try {
            cursors.save(name, unsaved);
            unsaved.clear();
        } catch (RuntimeException e) {
            if (e instanceof WorkException w && w.code() == WorkException.Code.LOST) {
                throw e;
            }
            // Saved with the next ones; until then a restart would only repeat more.
            LOG.warn("The cursors of {} could not be saved: {}", name, e.toString());
        }
    }

    /**
     * Waits for a record of this process, or half a second for those of others, in slices so that
     * the end is quick.
     */
    private void pause(long version) throws InterruptedException {
        for (Duration waited = Duration.ZERO;
                waited.compareTo(POLL) < 0 && tenure.goesOn();
                waited = waited.plus(SLICE)) {
            if (log.await(version, SLICE)) {
                return;
            }
        }
    }
}
