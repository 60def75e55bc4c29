package io.millrace.media.probe;

import io.millrace.keyspace.KeySpace;
import io.millrace.media.ObjectName;
import io.millrace.media.Probe;
import io.millrace.media.video.StreamProbe;
import io.millrace.store.Bucket;
import io.millrace.store.Change;
import io.millrace.store.ListObjects;
import io.millrace.store.Listing;
import io.millrace.store.ObjectInfo;
import io.millrace.store.Store;
import io.millrace.work.Cursors;
import io.millrace.work.Stamped;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the probes of all objects up to date: one thread follows the change log under the cursor
 * {@code media.probes}, at least once. When the log no longer reaches back to the cursor, all
 * current objects are gone through once.
 */
public final class Probes implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Probes.class);
    private static final String CONSUMER = "media.probes";
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(2);
    private static final Duration MAX_REST = Duration.ofSeconds(1);
    private static final int BATCH = 64;
    private static final int PAGE = 500;

    private final Store store;
    private final KeySpace keySpace;
    private final Cursors cursors;
    private final Prober prober;
    private long mediaNanos;
    private @Nullable Thread follower;
    private volatile boolean closed;

    public Probes(Store store, KeySpace keySpace, StreamProbe streams, InstantSource clock) {
        this.store = store;
        this.keySpace = keySpace;
        this.cursors = new Cursors(keySpace);
        this.prober = new Prober(store, keySpace, streams, clock, () -> closed);
    }

    /** Begins to follow. */
    public synchronized void start() {
        follower = Thread.ofVirtual().name("media-probes").start(this::follow);
    }

    /** The probe of the object as it is now. */
    public Optional<Probe> find(ObjectName object) {
        Optional<Bucket> bucket = store.buckets().get(object.bucket());
        if (bucket.isEmpty()) {
            return Optional.empty();
        }
        byte[] row = keySpace.get(ProbeRow.key(bucket.get().id(), object.key()));
        if (row == null) {
            return Optional.empty();
        }
        Probe probe = ProbeRow.decode(object, row);
        // An upload over the object shows its own probe or none, never the last one's.
        return store.objects()
                .head(object.bucket(), object.key())
                .filter(now -> now.etag().equals(probe.etag()))
                .map(_ -> probe);
    }

    /**
     * Waits for the probe under way; interrupts nobody, who might be inside a file that others
     * share.
     */
    @Override
    public void close() {
        closed = true;
        Thread thread;
        synchronized (this) {
            thread = follower;
        }
        if (thread != null) {
            try {
                thread.join(Duration.ofSeconds(10));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void follow() {
        while (!closed) {
            try {
                long[] positions = load();
                while (!closed) {
                    long seen = store.changes().version();
                    long start = System.nanoTime();
                    mediaNanos = 0;
                    if (round(positions)) {
                        rest(System.nanoTime() - start - mediaNanos);
                    } else {
                        store.changes().await(seen, POLL);
                    }
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                if (closed) {
                    return;
                }
                LOG.warn("Probes pause, then go on from their cursor: {}", e.toString());
                pause();
            }
        }
    }

    private long[] load() {
        long[] positions = new long[store.changes().shards()];
        for (int shard = 0; shard < positions.length; shard++) {
            positions[shard] = cursors.load(CONSUMER, shard);
        }
        return positions;
    }

    /** Reads a batch of each shard; tells whether there was anything. */
    private boolean round(long[] positions) throws InterruptedException {
        boolean any = false;
        for (int shard = 0; shard < positions.length && !closed; shard++) {
            if (positions[shard] < store.changes().trimmed(shard)) {
                rescan(positions);
                return true;
            }
            List<Stamped<Change>> changes = store.changes().read(shard, positions[shard], BATCH);
            for (Stamped<Change> change : changes) {
                if (closed) {
                    return true;
                }
                long start = System.nanoTime();
                if (prober.handle(change.record())) {
                    mediaNanos += System.nanoTime() - start;
                }
                positions[shard] = change.stamp();
            }
            if (!changes.isEmpty()) {
                cursors.save(CONSUMER, shard, positions[shard]);
                any = true;
            }
        }
        return any;
    }

    /**
     * Probes may wait, uploads may not: looking at what turns out to be no media takes a tenth of a
     * core at most, however many small objects are stored.
     */
    private void rest(long otherNanos) throws InterruptedException {
        Thread.sleep(Duration.ofNanos(Math.min(9 * otherNanos, MAX_REST.toNanos())));
    }

    /** Goes through all current objects, then follows from where the log was before. */
    private void rescan(long[] positions) throws InterruptedException {
        LOG.info(
                "The change log no longer reaches back to the probes' cursor; scanning all objects");
        long[] heads = new long[store.changes().shards()];
        for (int shard = 0; shard < heads.length; shard++) {
            heads[shard] = store.changes().head(shard);
        }
        for (Bucket bucket : store.buckets().list()) {
            scan(bucket);
        }
        for (int shard = 0; shard < heads.length; shard++) {
            cursors.save(CONSUMER, shard, heads[shard]);
            positions[shard] = heads[shard];
        }
    }

    private void scan(Bucket bucket) throws InterruptedException {
        String after = "";
        while (!closed) {
            Listing page =
                    store.objects().list(new ListObjects(bucket.name(), "", "", after, PAGE));
            for (ObjectInfo object : page.entries()) {
                Optional<Probe> known = find(new ObjectName(bucket.name(), object.key()));
                if (known.isEmpty()) {
                    prober.probe(bucket.id(), object.key(), 0);
                }
            }
            if (!page.truncated()) {
                return;
            }
            after = page.next();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(AFTER_FAILURE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
