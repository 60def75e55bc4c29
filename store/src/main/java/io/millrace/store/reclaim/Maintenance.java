package io.millrace.store.reclaim;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Scan;
import io.millrace.kit.MonotonicClock;
import io.millrace.store.log.ChangeLog;
import io.millrace.store.objects.Core;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import io.millrace.store.uploads.UploadKey;
import io.millrace.store.uploads.UploadRow;
import io.millrace.store.uploads.Uploads;
import io.millrace.work.LeasedTask;
import io.millrace.work.Leases;
import io.millrace.work.Tenure;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The work in the background, pass after pass or when asked. One node frees deletions, aborts old
 * uploads and trims the change log for all; each compacts its own volumes. Both hold a lease, the
 * second one that of the store's id, and commit fenced by it.
 *
 * <p>Whatever is thrown ends a pass, never the work: it is logged, counted and told by {@link
 * #trouble} until a pass succeeds. The parts of a pass don't wait for each other: one that fails
 * keeps no other from its turn.
 */
public final class Maintenance implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Maintenance.class);
    private static final String RECLAIM = "store/reclaim";
    private static final String COMPACT = "store/compact/";

    /** The pause between two sortings of the key space's files. */
    private static final Duration GIVE_BACK = Duration.ofSeconds(10);

    private final Core core;
    private final Leases leases;
    private final Schedule schedule;
    private final MonotonicClock time;
    private final String compact;

    // One pass of each kind at a time. The kinds don't wait for each other: on two nodes they never
    // do.
    private final ReentrantLock oneReclaims = new ReentrantLock();
    private final ReentrantLock oneCompacts = new ReentrantLock();
    private final List<LeasedTask> tasks = new ArrayList<>();
    private @Nullable Reclaiming reclaiming;
    private @Nullable Compacting compacting;
    private final Troubles troubles = new Troubles();
    private long gaveBackNanos;
    private volatile boolean closed;

    /** What a tenure remembers between its passes. */
    private record Reclaiming(Tenure tenure, Core core, Reclaimer reclaimer) {}

    private record Compacting(
            Tenure tenure, Core core, EmptyVolumes empty, Compactor compactor, LongReads reads) {}

    /** What a pass did. */
    private record Reclaimed(long deletions, long uploads, long changes) {
        static final Reclaimed NOTHING = new Reclaimed(0, 0, 0);
    }

    private record Compacted(int volumesDeleted, long extentsMoved) {
        static final Compacted NOTHING = new Compacted(0, 0);
    }

    public Maintenance(Core core, Leases leases, Schedule schedule) {
        this.core = core;
        this.leases = leases;
        this.schedule = schedule;
        this.time = core.monotonic();
        this.gaveBackNanos = time.nanos();
        this.compact = COMPACT + core.extents().identity().store();
    }

    public void start() {
        Duration interval = schedule.interval();
        if (!interval.isZero()) {
            tasks.add(every(interval, RECLAIM, this::reclaim));
            tasks.add(every(interval, compact, this::compact));
        }
    }

    private LeasedTask every(Duration interval, String lease, LeasedTask.Work pass) {
        Paced paced = new Paced(interval, time, () -> core.room().isShort(), pass);
        return LeasedTask.every(paced.look(), leases, lease, paced);
    }

    /** Passes that failed since the start. */
    public long failures() {
        return troubles.count();
    }

    /** What failed in the last pass; empty when all succeeded. */
    public Optional<String> trouble() {
        return troubles.last();
    }

    /** One pass over everything that is this node's to do. */
    public MaintenanceReport pass() {
        Reclaimed reclaimed = leases.acquire(RECLAIM).map(this::reclaim).orElse(Reclaimed.NOTHING);
        Compacted compacted = leases.acquire(compact).map(this::compact).orElse(Compacted.NOTHING);
        return new MaintenanceReport(
                reclaimed.deletions(),
                reclaimed.uploads(),
                reclaimed.changes(),
                compacted.volumesDeleted(),
                compacted.extentsMoved());
    }

    private Reclaimed reclaim(Tenure tenure) {
        oneReclaims.lock();
        try {
            refuseWhenClosed();
            Reclaiming now = reclaiming;
            if (now == null || now.tenure() != tenure) {
                Core fenced = core.fencedBy(tenure.keySpace());
                now = new Reclaiming(tenure, fenced, new Reclaimer(fenced));
                reclaiming = now;
            }
            return reclaim(now.core(), now.reclaimer());
        } finally {
            oneReclaims.unlock();
        }
    }

    private Reclaimed reclaim(Core fenced, Reclaimer reclaimer) {
        Instant now = core.clock().instant();
        Parts parts = new Parts();
        parts.run(() -> core.buckets().restoreStaleDeletions(fenced.space()));
        long old = now.minus(schedule.uploadExpiry()).toEpochMilli();
        long uploads = parts.run(() -> expireUploads(fenced, old));
        long before = Math.max(0, now.minus(schedule.grace()).toEpochMilli());
        boolean atOnce = urgency().atOnce();
        long deletions = parts.run(() -> reclaimer.free(before, atOnce));
        Instant kept = now.minus(schedule.logRetention());
        long changes = parts.run(() -> ChangeLog.trim(fenced.space(), kept));
        parts.end(troubles, RECLAIM);
        return new Reclaimed(deletions, uploads, changes);
    }

    private Compacted compact(Tenure tenure) {
        oneCompacts.lock();
        try {
            refuseWhenClosed();
            Compacting now = compacting;
            if (now == null || now.tenure() != tenure) {
                Core fenced = core.fencedBy(tenure.keySpace());
                now =
                        new Compacting(
                                tenure,
                                fenced,
                                new EmptyVolumes(fenced),
                                new Compactor(fenced),
                                new LongReads(fenced, schedule.grace()));
                compacting = now;
            }
            return compact(now);
        } finally {
            oneCompacts.unlock();
        }
    }

    private Urgency urgency() {
        return Urgency.of(
                core.room().level(),
                core.room().isShort(),
                core.space().strict(),
                schedule.grace());
    }

    /** Deletes first, because moving needs room. */
    private Compacted compact(Compacting now) {
        Urgency urgency = urgency();
        List<LocalVolume> owned = new ArrayList<>();
        Parts parts = new Parts();
        parts.run(() -> now.reads().note());
        if (urgency.atOnce()) {
            parts.run(() -> now.compactor().seal(urgency.mostlyDead()));
        }
        long deleted =
                parts.run(() -> now.empty().delete(sealed(now.core()), urgency.grace(), owned));
        if (urgency.full()) {
            core.extents().giveUpHolds();
        }
        long moved = parts.run(() -> now.compactor().run(owned, urgency.mostlyDead()));
        parts.run(() -> giveBack(now, urgency));
        parts.end(troubles, compact);
        return new Compacted((int) deleted, moved);
    }

    /** What was freed in the key space itself stands in its files until they are sorted. */
    private long giveBack(Compacting now, Urgency urgency) {
        if (urgency.atOnce() && time.hasElapsed(gaveBackNanos, GIVE_BACK)) {
            now.core().space().giveBack();
            gaveBackNanos = time.nanos();
        }
        return 0;
    }

    private static List<LocalVolume> sealed(Core core) {
        return LocalVolume.all(core).stream().filter(LocalVolume::sealed).toList();
    }

    private void refuseWhenClosed() {
        if (closed) {
            throw new StoreException(StoreException.Code.CLOSED, "the store is closed");
        }
    }

    private static long expireUploads(Core core, long beforeMillis) {
        byte[] prefix = StoreKeys.allUploads();
        byte[] after = prefix;
        long expired = 0;
        StoreException damaged = null;
        List<Entry> page;
        do {
            page = core.space().scan(Scan.prefixAfter(prefix, after, 1000));
            for (Entry entry : page) {
                after = entry.key();
                try {
                    expired += expireUpload(core, entry, beforeMillis) ? 1 : 0;
                } catch (StoreException e) {
                    if (e.code() != StoreException.Code.CORRUPT) {
                        throw e;
                    }
                    // Told at the end: it keeps no other upload from its expiry.
                    damaged = damaged == null ? e : damaged;
                }
            }
        } while (page.size() == 1000);
        if (damaged != null) {
            throw damaged;
        }
        return expired;
    }

    private static boolean expireUpload(Core core, Entry entry, long beforeMillis) {
        if (UploadRow.decode(entry.value()).initiatedMillis() >= beforeMillis) {
            return false;
        }
        byte[] key = entry.key();
        long number = ByteBuffer.wrap(key).getLong(key.length - UploadKey.ID_BYTES);
        return Uploads.abort(core, key, number);
    }

    @Override
    public void close() {
        closed = true;
        tasks.forEach(LeasedTask::close);
        // Waits for a pass that was asked for, too.
        for (ReentrantLock turn : List.of(oneReclaims, oneCompacts)) {
            turn.lock();
            try {
                LOG.debug("No pass of this kind runs any more");
            } finally {
                turn.unlock();
            }
        }
    }
}
