package io.millrace.live.camera;

import io.millrace.access.Devices;
import io.millrace.access.Devices.DeviceInfo;
import io.millrace.store.Store;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.objects.ListObjects;
import io.millrace.store.objects.Listing;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.ObjectType;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at all objects of all devices, for when the change log can't tell: notes every byte that
 * the index lacks as work, and forgets what is gone.
 */
final class Rescan {
    private static final Logger LOG = LoggerFactory.getLogger(Rescan.class);
    private static final int PAGE = 500;
    private static final long LOG_EACH = 1_000;

    private final Store store;
    private final Devices devices;
    private final OwnedIndex index;
    private final Scans scans;
    private final AtomicLong looked = new AtomicLong();

    Rescan(Store store, Devices devices, OwnedIndex index, Scans scans) {
        this.store = store;
        this.devices = devices;
        this.index = index;
        this.scans = scans;
    }

    /** Objects looked at until now. */
    long looked() {
        return looked.get();
    }

    /** Returns when all work is noted durably. */
    void run() {
        LOG.info("looking at all objects of all cameras");
        String after = "";
        List<DeviceInfo> page;
        do {
            page = devices.list(after, PAGE);
            for (DeviceInfo device : page) {
                after = device.id();
                look(device);
            }
        } while (page.size() == PAGE);
        forgetGone();
        LOG.info("looked at {} objects of cameras", looked.get());
    }

    /** Looks at one device's objects; returns when the work is noted durably. */
    void look(DeviceInfo device) {
        Optional<Bucket> bucket = store.buckets().get(device.bucket());
        if (bucket.isEmpty()) {
            return;
        }
        String after = "";
        boolean more = true;
        while (more) {
            Listing page =
                    store.objects()
                            .list(
                                    new ListObjects(
                                            device.bucket(), device.prefix(), "", after, PAGE));
            for (ObjectInfo object : page.entries()) {
                look(device.id(), bucket.get(), object);
            }
            after = page.next();
            more = page.truncated();
        }
    }

    private void look(String device, Bucket bucket, ObjectInfo object) {
        if (scans.isClosed()) {
            throw new CancellationException("closed; begun anew at the next start");
        }
        if (looked.incrementAndGet() % LOG_EACH == 0) {
            LOG.info("looked at {} objects of cameras, {} under way", looked, scans.active());
        }
        if (object.type() != ObjectType.APPENDABLE || isCounted(device, object)) {
            return;
        }
        scans.work(
                new CameraIndex.Pending(device, object.incarnation(), bucket.id(), object.key()),
                bucket.name(),
                Scans.arrived(object, true));
    }

    private boolean isCounted(String device, ObjectInfo object) {
        return index.object(device, object.incarnation())
                .filter(o -> o.cursor().countedBytes() >= object.sizeBytes())
                .isPresent();
    }

    private void forgetGone() {
        CameraObject after = null;
        for (List<CameraObject> page = index.objects(after);
                !page.isEmpty() && !scans.isClosed();
                page = index.objects(after)) {
            for (CameraObject object : page) {
                after = object;
                boolean there =
                        store.objects()
                                .head(object.bucket(), object.key())
                                .filter(i -> i.incarnation() == object.incarnation())
                                .isPresent();
                if (!there) {
                    scans.forget(object.device(), object.incarnation());
                }
            }
        }
    }
}
