package io.millrace.media.probe;

import io.millrace.keyspace.KeySpace;
import io.millrace.kit.Deadline;
import io.millrace.kit.MonotonicClock;
import io.millrace.media.FailedProbe;
import io.millrace.media.ObjectName;
import io.millrace.media.Probe;
import io.millrace.media.ProbeOutcome;
import io.millrace.media.ProbeState;
import io.millrace.media.video.StreamProbe;
import io.millrace.store.Store;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.log.Change;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.ObjectType;
import io.millrace.work.Cursors;
import io.millrace.work.Follower;
import io.millrace.work.Leases;
import io.millrace.work.Stamped;
import io.millrace.work.Tenure;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the probes of all objects up to date. Only the node that has an object's bytes can look at
 * them, so the change log is followed once for each extent store, by its node, under the cursor
 * {@code media.probes/STORE}, at least once; other stores' objects are passed over. When the log no
 * longer reaches back to the cursor, all current objects are gone through once.
 */
public final class Probes implements AutoCloseable {
    private static final MonotonicClock CLOCK = MonotonicClock.system();
    private static final Logger LOG = LoggerFactory.getLogger(Probes.class);
    private static final String CONSUMER = "media.probes/";
    private static final Duration MAX_REST = Duration.ofSeconds(1);
    private static final Duration SLICE = Duration.ofMillis(50);

    private final Store store;
    private final KeySpace keySpace;
    private final Leases leases;
    private final StreamProbe streams;
    private final InstantSource clock;
    private final FailedProbes failed;
    private @Nullable Follower<Change> follower;
    private volatile boolean closed;

    public Probes(
            Store store,
            KeySpace keySpace,
            Leases leases,
            StreamProbe streams,
            InstantSource clock) {
        this.store = store;
        this.keySpace = keySpace;
        this.leases = leases;
        this.streams = streams;
        this.clock = clock;
        this.failed = new FailedProbes(clock);
    }

    /** Begins to follow; a scan that is due is done first, in the background. */
    public synchronized void start() {
        follower =
                Follower.start(
                        CONSUMER + store.extentStore(), store.changes(), leases, new Following());
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

    /** How far the probe of the object has come; for one that is not there, as for no media. */
    public ProbeState state(ObjectName object) {
        boolean upToDate = backlog() == 0; // asked first: a row that comes later is found below
        Optional<Probe> probe = find(object);
        if (probe.isPresent()) {
            return switch (probe.get().outcome()) {
                case ProbeOutcome.Image _, ProbeOutcome.Stream _ -> ProbeState.DONE;
                case ProbeOutcome.NoMedia _ -> ProbeState.NO_MEDIA;
                case ProbeOutcome.SetAside _ -> ProbeState.FAILED;
            };
        }
        if (Prober.isLiveSegment(object.key())) {
            return ProbeState.LIVE_SEGMENT;
        }
        if (store.objects().head(object.bucket(), object.key()).filter(Probes::grows).isPresent()) {
            return ProbeState.GROWING;
        }
        // Earlier versions kept no row of what is no media.
        return upToDate ? ProbeState.NO_MEDIA : ProbeState.WAITING;
    }

    private static boolean grows(ObjectInfo object) {
        return object.type() == ObjectType.APPENDABLE && object.sealedTime() == null;
    }

    /**
     * Changes that come after this node's cursor, over all shards; up to date within a second or
     * two.
     */
    public long backlog() {
        Map<Integer, Long> seen = Cursors.of(keySpace, CONSUMER + store.extentStore());
        long behind = 0;
        for (int shard = 0; shard < store.changes().shards(); shard++) {
            long from = Math.max(seen.getOrDefault(shard, 0L), store.changes().trimmed(shard));
            behind += Math.max(0, store.changes().head(shard) - from);
        }
        return behind;
    }

    /** What this node could not read in the last day, the newest first; at most 100. */
    public List<FailedProbe> failed() {
        return failed.list();
    }

    /** Waits for the probe under way; interrupts nobody, who might be inside a shared file. */
    @Override
    public void close() {
        closed = true;
        Follower<Change> running;
        synchronized (this) {
            running = follower;
        }
        if (running != null) {
            running.close();
        }
    }

    private Prober prober(Tenure tenure) {
        return new Prober(
                store, tenure.keySpace(), streams, failed, clock, () -> closed || !tenure.goesOn());
    }

    /** What this node does while the log is its to follow. */
    private final class Following implements Follower.Handler<Change> {
        @Override
        public void rescan(Tenure tenure) throws InterruptedException {
            LOG.info("The change log no longer reaches back to the probes' cursor; scanning");
            BooleanSupplier over = () -> closed || !tenure.goesOn();
            new ProbeScan(store, tenure.keySpace(), prober(tenure), Probes.this::find, over).run();
            if (over.getAsBoolean()) {
                throw new InterruptedException("closed; the scan begins anew at the next start");
            }
        }

        @Override
        public void handle(Tenure tenure, int shard, List<Stamped<Change>> page)
                throws InterruptedException {
            Prober prober = prober(tenure);
            long otherNanos = 0;
            for (Stamped<Change> change : page) {
                if (closed) {
                    throw new InterruptedException("closed; the rest of the page comes again");
                }
                long start = CLOCK.nanos();
                if (!prober.handle(change.record())) {
                    otherNanos += CLOCK.nanos() - start;
                }
            }
            // Probes may wait, uploads may not: looking at what turns out to be no media takes a
            // tenth of a core at most, however many small objects are stored.
            pause(Duration.ofNanos(Math.min(9 * otherNanos, MAX_REST.toNanos())));
        }
    }

    private void pause(Duration time) {
        Deadline end = CLOCK.deadline(time);
        try {
            while (!end.hasPassed() && !closed) {
                Duration left = end.left();
                Thread.sleep(left.compareTo(SLICE) < 0 ? left : SLICE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
