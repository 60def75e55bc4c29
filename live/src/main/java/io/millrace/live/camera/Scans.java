package io.millrace.live.camera;

import io.micrometer.core.instrument.Counter;
import io.millrace.access.Devices;
import io.millrace.access.Devices.DeviceInfo;
import io.millrace.kit.Clocks;
import io.millrace.kit.MonotonicClock;
import io.millrace.store.Store;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.log.Change;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.space.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The scanning of the cameras' objects whose bytes this node has: one {@link ObjectWork} on a
 * virtual thread for each object that grows. Thread-safe.
 *
 * <p>That an object has bytes to scan is written down before the change that says so counts as
 * seen, and struck out when they are indexed: a crash at any moment loses no work, whatever other
 * objects the camera has begun meanwhile.
 *
 * <p>Which node has an object's bytes is known by reading: its newest byte is here or elsewhere. An
 * object of small appends alone lies in the key space and is anybody's; all scan it, and the index
 * takes what comes first.
 */
final class Scans implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Scans.class);
    private static final int READERS = 8;
    static final int MOST_WORKS = 10_000;
    private static final int MOST_ELSEWHERE = 100_000;
    private static final long END_NANOS = 1_000_000;
    private static final long LONGEST_REST_MILLIS = 30_000;
    private static final Duration CLOSING = Duration.ofSeconds(30);

    private final Store store;
    private final Devices devices;
    private final OwnedIndex index;
    private final BooleanSupplier goesOn;
    private final Clocks clocks;
    private final MonotonicClock clock;
    private final Counter failures;
    private final Semaphore readers = new Semaphore(READERS);
    private final Semaphore room;
    private final Map<Long, ObjectWork> works = new ConcurrentHashMap<>();
    private final Map<String, Camera> cameras = new ConcurrentHashMap<>();

    /** Objects known to be other nodes', in part at least, as many as are remembered. */
    private final Set<Long> elsewhere = ConcurrentHashMap.newKeySet();

    private volatile boolean closed;

    Scans(
            Store store,
            Devices devices,
            OwnedIndex index,
            BooleanSupplier goesOn,
            Clocks clocks,
            Counter failures,
            int mostWorks) {
        this.store = store;
        this.devices = devices;
        this.index = index;
        this.goesOn = goesOn;
        this.clocks = clocks;
        this.clock = clocks.monotonic();
        this.failures = failures;
        this.room = new Semaphore(mostWorks);
    }

    /** Goes on with what waited when the last process ended. */
    void resume() {
        CameraIndex.Pending after = null;
        for (List<CameraIndex.Pending> page = index.pending(after);
                !page.isEmpty() && !isClosed();
                page = index.pending(after)) {
            for (CameraIndex.Pending object : page) {
                after = object;
                Optional<ObjectInfo> info = current(object);
                if (info.isEmpty()) {
                    forget(object.device(), object.incarnation());
                } else {
                    work(object, info.get().bucket(), arrived(info.get(), false));
                }
            }
        }
    }

    /** The object as it stands, if it is still the same. */
    private Optional<ObjectInfo> current(CameraIndex.Pending object) {
        return store.buckets()
                .byId(object.bucketId())
                .flatMap(b -> store.objects().head(b.name(), object.key()))
                .filter(i -> i.incarnation() == object.incarnation());
    }

    static ObjectWork.Arrival arrived(ObjectInfo info, boolean quiet) {
        return new ObjectWork.Arrival(info.sizeBytes(), info.lastModified().toEpochMilli(), quiet);
    }

    /** Takes one record of the change log; the work is done elsewhere, but noted durably. */
    void changed(Change change) {
        switch (change.kind()) {
            case APPEND, SEAL -> grew(change);
            case DELETE -> gone(change);
            case PUT -> {
                if (change.oldLength() >= 0) {
                    gone(change);
                }
            }
            case META -> {
                // its bytes are the same
            }
        }
    }

    private void grew(Change change) {
        boolean sealed = change.kind() == io.millrace.store.log.ChangeKind.SEAL;
        ObjectWork.Arrival arrival =
                new ObjectWork.Arrival(change.newLength(), change.time().toEpochMilli(), sealed);
        ObjectWork active = works.get(change.incarnation());
        if (active != null && active.offer(arrival) || elsewhere.contains(change.incarnation())) {
            return;
        }
        Optional<Bucket> bucket = store.buckets().byId(change.bucketId());
        if (bucket.isPresent()) {
            deviceOf(bucket.get(), change)
                    .ifPresent(
                            device ->
                                    work(
                                            new CameraIndex.Pending(
                                                    device,
                                                    change.incarnation(),
                                                    change.bucketId(),
                                                    change.key()),
                                            bucket.get().name(),
                                            arrival));
        }
    }

    private Optional<String> deviceOf(Bucket bucket, Change change) {
        Optional<String> device = devices.owner(bucket.name(), change.key()).map(DeviceInfo::id);
        index.owner(change.bucketId(), change.key())
                .filter(o -> o.incarnation() != change.incarnation())
                .ifPresent(before -> forgetUnlessCurrent(before, change));
        return device;
    }

    /** What stood under the key is not there any more. */
    private void gone(Change change) {
        index.owner(change.bucketId(), change.key())
                .ifPresent(owner -> forgetUnlessCurrent(owner, change));
    }

    private void forgetUnlessCurrent(CameraIndex.Owner owner, Change change) {
        CameraIndex.Pending object =
                new CameraIndex.Pending(
                        owner.device(), owner.incarnation(), change.bucketId(), change.key());
        if (current(object).isEmpty()) {
            forget(owner.device(), owner.incarnation());
        }
    }

    void forget(String device, long incarnation) {
        ObjectWork active = works.get(incarnation);
        if (active != null && active.object().device().equals(device)) {
            active.abandon();
        } else {
            index.forget(device, incarnation);
            camera(device).forget(incarnation, index);
        }
    }

    /**
     * Notes durably that an object has bytes to scan, and sees to it.
     *
     * @throws CancellationException when this is closed, and nothing may be noted
     */
    void work(CameraIndex.Pending object, String bucket, ObjectWork.Arrival arrival) {
        while (!isClosed()) {
            ObjectWork active = works.get(object.incarnation());
            if (active != null && active.offer(arrival)) {
                return;
            }
            if (active == null && begin(object, bucket, arrival)) {
                return;
            }
            LockSupport.parkNanos(END_NANOS);
        }
        throw new CancellationException("closed before the work was noted: it comes again");
    }

    private boolean begin(CameraIndex.Pending object, String bucket, ObjectWork.Arrival arrival) {
        if (!isHere(object, bucket)) {
            passOver(object);
            return true;
        }
        if (!hasRoom()) {
            return false;
        }
        index.await(object);
        ObjectWork work =
                new ObjectWork(
                        object,
                        bucket,
                        store,
                        index,
                        camera(object.device()),
                        clock,
                        readers,
                        room::hasQueuedThreads);
        work.offer(arrival);
        if (works.putIfAbsent(object.incarnation(), work) != null) {
            room.release();
            return false;
        }
        Thread.ofVirtual()
                .name("camera-" + object.device() + "-" + object.incarnation())
                .start(() -> run(work, arrival));
        return true;
    }

    /** Whether it is this node that has the object's newest bytes. */
    private boolean isHere(CameraIndex.Pending object, String bucket) {
        try (ObjectReader reader = store.objects().open(bucket, object.key()).orElse(null)) {
            if (reader == null || reader.info().incarnation() != object.incarnation()) {
                return false;
            }
            reader.read(Math.max(0, reader.info().sizeBytes() - 1), new byte[1], 0, 1);
            return true;
        } catch (StoreException e) {
            return e.code() != StoreException.Code.EXTENT_ELSEWHERE
                    && e.code() != StoreException.Code.NO_SUCH_BUCKET;
        }
    }

    private void passOver(CameraIndex.Pending object) {
        if (elsewhere.size() >= MOST_ELSEWHERE) {
            elsewhere.clear(); // each is looked at once more
        }
        elsewhere.add(object.incarnation());
        if (index.pending(object.device(), object.incarnation()).isPresent()) {
            index.done(object.device(), object.incarnation());
        }
    }

    private boolean hasRoom() {
        try {
            return room.tryAcquire(100, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            closed = true;
            return false;
        }
    }

    private void run(ObjectWork work, ObjectWork.Arrival arrival) {
        try {
            if (!arrival.quiet()) {
                countOlder(work);
            }
            int failed = 0;
            while (!closed && !work.isOver()) {
                try {
                    boolean silent = !work.await() || work.scanArrived();
                    failed = 0;
                    if (silent && !closed && work.end()) {
                        return;
                    }
                } catch (RuntimeException e) {
                    if (isElsewhere(work, e)) {
                        work.leave();
                        return;
                    }
                    failures.increment();
                    rest(work, ++failed, e);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            works.remove(work.object().incarnation(), work);
            room.release();
        }
    }

    /**
     * An object of small appends has grown by bytes that another node took: it goes on there. Or
     * its appends went to both: what lies behind the first bytes that are elsewhere is never read.
     */
    private boolean isElsewhere(ObjectWork work, RuntimeException e) {
        boolean is =
                e instanceof StoreException s && s.code() == StoreException.Code.EXTENT_ELSEWHERE;
        if (is) {
            passOver(work.object());
            LOG.info("{} is not scanned any further here: {}", work.object(), e.getMessage());
        }
        return is;
    }

    /** The camera has begun another object: the last groups of those before count at once. */
    private void countOlder(ObjectWork work) {
        String device = work.object().device();
        for (ObjectWork other : works.values()) {
            boolean older = other.object().incarnation() < work.object().incarnation();
            if (older && other.object().device().equals(device)) {
                count(other);
            }
        }
    }

    private void count(ObjectWork older) {
        try {
            older.count();
        } catch (RuntimeException e) {
            LOG.warn("{} could not be counted yet: {}", older.object(), e.toString());
        }
    }

    private void rest(ObjectWork work, int failed, RuntimeException e) throws InterruptedException {
        if (failed == 1 || failed % 20 == 0) {
            LOG.atWarn()
                    .setCause(e)
                    .addKeyValue("device", work.object().device())
                    .addKeyValue("key", work.object().key())
                    .addKeyValue("times", failed)
                    .log("camera scan failed and begins again");
        }
        long until = Math.min(LONGEST_REST_MILLIS, 100L << Math.min(failed, 9));
        long since = clock.nanos();
        while (!closed && !work.isOver() && clock.elapsed(since).toMillis() < until) {
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    /** Writes what the index lacks of one device's objects. */
    void save(String device) {
        for (ObjectWork work : works.values()) {
            if (work.object().device().equals(device)) {
                work.save();
            }
        }
    }

    /** The device is none any more: nothing of it is worked on. */
    void dismiss(String device) {
        for (ObjectWork work : works.values()) {
            if (work.object().device().equals(device)) {
                work.abandon();
            }
        }
        cameras.remove(device);
    }

    /** Objects with work under way. */
    int active() {
        return works.size();
    }

    /** A camera as it is now, on whichever node. */
    Camera camera(String device) {
        return cameras.computeIfAbsent(device, d -> Camera.restore(d, index, clocks))
                .refreshed(index);
    }

    /** Whether no new work may begin. */
    boolean isClosed() {
        return closed || !goesOn.getAsBoolean();
    }

    /** Ends all work; what waits stays noted. */
    @Override
    public void close() {
        closed = true;
        works.values().forEach(this::stop);
        long since = clock.nanos();
        while (!works.isEmpty() && !clock.hasElapsed(since, CLOSING)) {
            try {
                TimeUnit.MILLISECONDS.sleep(10);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void stop(ObjectWork work) {
        work.stop();
        try {
            work.save();
        } catch (RuntimeException e) {
            LOG.warn("{} is scanned again at the next start: {}", work.object(), e.toString());
        }
    }
}
