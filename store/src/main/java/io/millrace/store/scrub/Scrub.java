package io.millrace.store.scrub;

import io.millrace.extents.StoreId;
import io.millrace.extents.VolumeInfo;
import io.millrace.keyspace.KeySpaceFiles;
import io.millrace.keyspace.Keys;
import io.millrace.kit.MonotonicClock;
import io.millrace.store.objects.Core;
import io.millrace.store.space.StoreKeys;
import io.millrace.work.LeasedTask;
import io.millrace.work.Leases;
import io.millrace.work.Tenure;
import io.millrace.work.WorkException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads all that this node has stored, slowly, pass after pass, and keeps what is damaged. Holds
 * the lease of the store's id and commits fenced by it. Thread-safe.
 *
 * <p>What a download meets is noted too, within seconds, also when no pass is under way.
 */
public final class Scrub implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Scrub.class);
    private static final String LEASE = "store/scrub/";
    static final Waits WAITS = new Waits(Duration.ofSeconds(2), Duration.ofMinutes(1));

    private final Core core;
    private final Optional<KeySpaceFiles> files;
    private final Leases leases;
    private final MonotonicClock monotonic;
    private final ScrubOptions options;
    private final Waits waits;
    private final Found found;
    private final String lease;
    private final ReentrantLock onePass = new ReentrantLock();
    private @Nullable LeasedTask task;
    private volatile ScrubRow row;
    private volatile long readBefore;
    private volatile long read;
    private volatile boolean asked;
    private volatile @Nullable String trouble;

    /** How long nothing is done after a turn, and after one that failed. */
    record Waits(Duration turn, Duration afterFailure) {}

    /**
     * @param files of the key space, when they are this node's to check
     */
    public Scrub(
            Core core,
            Optional<KeySpaceFiles> files,
            Leases leases,
            MonotonicClock monotonic,
            ScrubOptions options) {
        this(core, files, leases, monotonic, options, WAITS);
    }

    Scrub(
            Core core,
            Optional<KeySpaceFiles> files,
            Leases leases,
            MonotonicClock monotonic,
            ScrubOptions options,
            Waits waits) {
        this.core = core;
        this.files = files;
        this.leases = leases;
        this.monotonic = monotonic;
        this.options = options;
        this.waits = waits;
        this.found = new Found(core.space());
        this.lease = LEASE + store();
        this.row = ScrubRow.decode(core.space().get(StoreKeys.scrub(store())));
    }

    private StoreId store() {
        return core.extents().identity().store();
    }

    public void start() {
        task = LeasedTask.start(leases, lease, this::work);
    }

    /** Lets a pass begin now, or go on, however long ago the last one was. */
    public void startNow() {
        asked = true;
    }

    /** One whole pass, now and as fast as it goes, or the rest of the one that was under way. */
    public ScrubStatus pass() throws InterruptedException {
        Optional<Tenure> tenure = leases.acquire(lease);
        if (tenure.isPresent()) {
            reviews(tenure.get()).again();
            pass(tenure.get(), 0);
        }
        return status();
    }

    public ScrubStatus status() {
        ScrubRow now = row;
        return new ScrubStatus(
                now.phase() != ScrubRow.Phase.NONE,
                now.pass(),
                instant(now.startedMillis()),
                now.doneBytes(),
                now.totalBytes(),
                instant(now.finishedMillis()),
                now.found(),
                read,
                trouble);
    }

    private static @Nullable Instant instant(long millis) {
        return millis == 0 ? null : Instant.ofEpochMilli(millis);
    }

    /** What can't be read in part, of all nodes; objects that are gone meanwhile left out. */
    public Found found() {
        return found;
    }

    private void work(Tenure tenure) throws InterruptedException {
        Reviews reviews = reviews(tenure);
        do {
            if (!tried(tenure, reviews)) {
                tenure.await(waits.afterFailure());
            }
        } while (tenure.await(waits.turn()));
    }

    private void turn(Tenure tenure, Reviews reviews) throws InterruptedException {
        reviews.next();
        if (asked || options.due(row, core.nowMillis())) {
            long rate = options.bytesPerSecond();
            pass(tenure, rate == 0 ? ScrubOptions.WHEN_ASKED : rate);
        }
    }

    private boolean tried(Tenure tenure, Reviews reviews) throws InterruptedException {
        try {
            turn(tenure, reviews);
            trouble = null;
            return true;
        } catch (RuntimeException e) {
            if (e instanceof WorkException w && w.code() == WorkException.Code.LOST) {
                throw e; // another node's scrub has the lease
            }
            trouble = String.valueOf(e.getMessage());
            LOG.warn("The scrub can't go on now", e);
            return false;
        }
    }

    private Reviews reviews(Tenure tenure) {
        return new Reviews(core.fencedBy(tenure.keySpace()), monotonic);
    }

    private void pass(Tenure tenure, long bytesPerSecond) throws InterruptedException {
        onePass.lock();
        try {
            Core fenced = core.fencedBy(tenure.keySpace());
            boolean fresh = row.phase() == ScrubRow.Phase.NONE;
            if (fresh) {
                reviews(tenure).again();
            }
            readBefore = read;
            ScrubRow from = fresh ? row.begin(core.nowMillis(), total()) : row;
            Pass pass = new Pass(fenced, files, from, this::told);
            if (pass.run(tenure, new Pace(monotonic, bytesPerSecond))) {
                asked = false;
                LOG.info(
                        "Scrub {} ended: {} MiB read, {} damaged places",
                        row.pass(),
                        row.doneBytes() >> 20,
                        row.found());
            }
        } finally {
            onePass.unlock();
        }
    }

    private void told(ScrubRow now, long bytes) {
        row = now;
        read = readBefore + bytes;
    }

    /** About what there is to read: what was written less what is dead, and the key space. */
    private long total() {
        long total = 0;
        for (VolumeInfo volume : core.extents().list()) {
            StoreId store = volume.store();
            byte[] dead =
                    store == null
                            ? null
                            : core.space().get(StoreKeys.deadBytes(store, volume.volume()));
            total += Math.max(0, volume.usedBytes() - Keys.counter(dead));
        }
        for (KeySpaceFiles.Named file : files.map(KeySpaceFiles::list).orElseGet(List::of)) {
            total += file.sizeBytes();
        }
        return total;
    }

    @Override
    public void close() {
        LeasedTask running = task;
        if (running != null) {
            running.close();
        }
    }
}
