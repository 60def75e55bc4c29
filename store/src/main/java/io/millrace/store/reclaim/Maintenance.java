package io.millrace.store.reclaim;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
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
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The work in the background, pass after pass or when asked. One node frees deletions, aborts old
 * uploads and trims the change log for all; each compacts its own volumes. Both hold a lease, the
 * second one that of the store's id, and commit fenced by it.
 */
public final class Maintenance implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Maintenance.class);
    private static final String RECLAIM = "store/reclaim";
    private static final String COMPACT = "store/compact/";

    private final Core core;
    private final Leases leases;
    private final Schedule schedule;
    private final String compact;
    private final ReentrantLock onePass = new ReentrantLock();
    private final List<LeasedTask> tasks = new ArrayList<>();
    private @Nullable Reclaiming reclaiming;
    private @Nullable Compacting compacting;
    private volatile boolean closed;

    /** What a tenure remembers between its passes. */
    private record Reclaiming(Tenure tenure, Core core, Reclaimer reclaimer) {}

    private record Compacting(Tenure tenure, Compactor compactor) {}

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
        this.compact = COMPACT + core.extents().identity().store();
    }

    public void start() {
        if (!schedule.interval().isZero()) {
            tasks.add(LeasedTask.every(schedule.interval(), leases, RECLAIM, this::reclaim));
            tasks.add(LeasedTask.every(schedule.interval(), leases, compact, this::compact));
        }
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
        onePass.lock();
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
            onePass.unlock();
        }
    }

    private Reclaimed reclaim(Core fenced, Reclaimer reclaimer) {
        Instant now = core.clock().instant();
        core.buckets().restoreStaleDeletions(fenced.space());
        long uploads = expireUploads(fenced, now.minus(schedule.uploadExpiry()).toEpochMilli());
        long before = now.minus(schedule.grace()).toEpochMilli();
        long deletions = reclaimer.free(Math.max(0, before));
        long changes = ChangeLog.trim(fenced.space(), now.minus(schedule.logRetention()));
        return new Reclaimed(deletions, uploads, changes);
    }

    private Compacted compact(Tenure tenure) {
        onePass.lock();
        try {
            refuseWhenClosed();
            Compacting now = compacting;
            if (now == null || now.tenure() != tenure) {
                Core fenced = core.fencedBy(tenure.keySpace());
                now = new Compacting(tenure, new Compactor(fenced, schedule.grace()));
                compacting = now;
            }
            now.compactor().run();
            return new Compacted(now.compactor().deleted(), now.compactor().moved());
        } finally {
            onePass.unlock();
        }
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
        while (true) {
            List<Entry> page = core.space().scan(Scan.prefixAfter(prefix, after, 1000));
            for (Entry entry : page) {
                after = entry.key();
                if (UploadRow.decode(entry.value()).initiatedMillis() < beforeMillis) {
                    byte[] key = entry.key();
                    long number = ByteBuffer.wrap(key).getLong(key.length - UploadKey.ID_BYTES);
                    expired += Uploads.abort(core, key, number) ? 1 : 0;
                }
            }
            if (page.size() < 1000) {
                return expired;
            }
            after = Keys.next(after);
        }
    }

    @Override
    public void close() {
        closed = true;
        tasks.forEach(LeasedTask::close);
        // Waits for a pass that was asked for, too.
        onePass.lock();
        try {
            LOG.debug("The reclaimer has ended");
        } finally {
            onePass.unlock();
        }
    }
}
