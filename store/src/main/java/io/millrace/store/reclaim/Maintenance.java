package io.millrace.store.reclaim;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import io.millrace.store.objects.Core;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import io.millrace.store.uploads.UploadKey;
import io.millrace.store.uploads.UploadRow;
import io.millrace.store.uploads.Uploads;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The work in the background: one pass after another, in one thread, or when asked. */
public final class Maintenance implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Maintenance.class);

    private final Core core;
    private final Schedule schedule;
    private final Reclaimer reclaimer;
    private final Compactor compactor;
    private final ReentrantLock onePass = new ReentrantLock();
    private volatile boolean closed;
    private final CountDownLatch stop = new CountDownLatch(1);

    public Maintenance(Core core, Schedule schedule) {
        this.core = core;
        this.schedule = schedule;
        this.reclaimer = new Reclaimer(core);
        this.compactor = new Compactor(core, schedule.grace());
    }

    public void start() {
        if (schedule.interval().isZero()) {
            return;
        }
        Thread.ofVirtual().name("store-maintenance").start(this::loop);
    }

    private void loop() {
        while (!closed) {
            try {
                if (stop.await(schedule.interval().toMillis(), TimeUnit.MILLISECONDS)) {
                    return;
                }
                pass();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                if (!closed) {
                    LOG.error("The reclaimer stopped this pass and deleted nothing more", e);
                }
            }
        }
    }

    /** One pass over everything. */
    public MaintenanceReport pass() {
        onePass.lock();
        try {
            if (closed) {
                throw new StoreException(StoreException.Code.CLOSED, "the store is closed");
            }
            Instant now = core.clock().instant();
            core.buckets().restoreStaleDeletions();
            long uploads = expireUploads(now.minus(schedule.uploadExpiry()).toEpochMilli());
            long before = now.minus(schedule.grace()).toEpochMilli();
            long deletions = reclaimer.free(Math.max(0, before));
            compactor.run();
            long changes = core.changes().trim(now.minus(schedule.logRetention()));
            return new MaintenanceReport(
                    deletions, uploads, changes, compactor.deleted(), compactor.moved());
        } finally {
            onePass.unlock();
        }
    }

    private long expireUploads(long beforeMillis) {
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
        stop.countDown();
        // Waits for the pass: never interrupts it, that would close file channels that others use.
        onePass.lock();
        try {
            LOG.debug("The reclaimer has ended");
        } finally {
            onePass.unlock();
        }
    }
}
