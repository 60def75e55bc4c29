package io.millrace.live.camera;

import io.millrace.access.Devices;
import io.millrace.access.Devices.DeviceInfo;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the index in step with the devices that there are. The change log tells of bytes that come
 * after a registration; this finds what lay below its prefix before. What is no device's any more
 * leaves the index, and stays in its bucket.
 */
final class Registrations implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Registrations.class);
    private static final long EVERY_MILLIS = 1_000;
    private static final int RETRY_ROUNDS = 30;
    private static final int PAGE = 500;

    private final Devices devices;
    private final OwnedIndex index;
    private final Scans scans;
    private final Rescan rescan;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread = Thread.ofVirtual().name("camera-devices").unstarted(this::run);
    private long seen = -1;

    /** Rounds until what failed is tried again; 0 when nothing did. */
    private int untilRetry;

    private Registrations(Devices devices, OwnedIndex index, Scans scans, Rescan rescan) {
        this.devices = devices;
        this.index = index;
        this.scans = scans;
        this.rescan = rescan;
    }

    /** Begins to look, each second, whether devices were registered or deleted. */
    static Registrations start(Devices devices, OwnedIndex index, Scans scans, Rescan rescan) {
        Registrations registrations = new Registrations(devices, index, scans, rescan);
        registrations.thread.start();
        return registrations;
    }

    private void run() {
        try {
            do {
                try {
                    check();
                } catch (RuntimeException e) {
                    if (!scans.isClosed()) {
                        LOG.warn("The cameras' devices are looked at again", e);
                    }
                }
            } while (!stop.await(EVERY_MILLIS, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void check() {
        long now = devices.registrations();
        if (now == seen && (untilRetry == 0 || --untilRetry > 0)) {
            return;
        }
        boolean dismissed = dismissDeleted();
        boolean welcomed = welcomeNew();
        untilRetry = dismissed && welcomed ? 0 : RETRY_ROUNDS;
        seen = now;
    }

    /** False when one of them could not be dismissed. */
    private boolean dismissDeleted() {
        boolean whole = true;
        for (Optional<String> next = index.nextDevice("");
                next.isPresent();
                next = index.nextDevice(next.get())) {
            String device = next.get();
            if (devices.get(device).isEmpty()) {
                whole &= tried(device, () -> dismiss(device));
            }
        }
        return whole;
    }

    private void dismiss(String device) {
        scans.dismiss(device);
        forget(device, new Registration(0, "", ""));
        index.dropRegistration(device);
    }

    /** False when one of them could not be welcomed. */
    private boolean welcomeNew() {
        boolean whole = true;
        String after = "";
        List<DeviceInfo> page;
        do {
            page = devices.list(after, PAGE);
            for (DeviceInfo device : page) {
                after = device.id();
                whole &= tried(device.id(), () -> welcome(device));
            }
        } while (page.size() == PAGE);
        return whole;
    }

    private void welcome(DeviceInfo device) {
        Registration now = Registration.of(device);
        if (!index.registration(device.id()).filter(now::equals).isPresent()) {
            forget(device.id(), now);
            rescan.look(device);
            index.putRegistration(device.id(), now);
        }
    }

    /** One device whose rows can't be read keeps no other from being looked at. */
    private boolean tried(String device, Runnable step) {
        try {
            step.run();
            return true;
        } catch (RuntimeException e) {
            if (scans.isClosed()) {
                throw e;
            }
            LOG.atWarn()
                    .setCause(e)
                    .addKeyValue("device", device)
                    .log("A camera's archive could not be looked at; tried again in half a minute");
            return false;
        }
    }

    /** Forgets a device's objects that a registration doesn't hold. */
    private void forget(String device, Registration now) {
        long after = 0;
        for (List<CameraObject> page = index.objects(device, after, PAGE);
                !page.isEmpty();
                page = index.objects(device, after, PAGE)) {
            for (CameraObject object : page) {
                after = object.incarnation();
                if (!now.holds(object)) {
                    scans.forget(device, object.incarnation());
                }
            }
        }
    }

    /** Waits for the end of what it does; the scans are closed before, so that it ends soon. */
    @Override
    public void close() {
        stop.countDown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
