package io.millrace.live.camera;

import io.millrace.kit.MonotonicClock;
import io.millrace.store.Store;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.ObjectReader;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The work on one object while it grows: hears how far it reaches, scans, tells the camera, writes
 * the index. After five seconds of silence its open group counts and the work ends; the next append
 * begins another. Thread-safe.
 */
final class ObjectWork {
    static final Duration SILENCE = Duration.ofSeconds(5);
    private static final Duration SAVE_EVERY = Duration.ofSeconds(2);
    private static final long SLICE_BYTES = 8 << 20;
    private static final int MOST_ARRIVALS = 1_000;
    private static final long LOOK_MILLIS = 500;

    /**
     * The object reached a length at a time.
     *
     * @param quiet whether nobody is known to append: no more is waited for
     */
    record Arrival(long length, long millis, boolean quiet) {}

    private final CameraIndex.Pending object;
    private final String bucket;
    private final Store store;
    private final OwnedIndex index;
    private final Camera camera;
    private final MonotonicClock clock;
    private final Semaphore readers;
    private final BooleanSupplier crowded;

    /** Over the arrivals; never held while anything is read or written, except to end. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition came = lock.newCondition();
    private final Deque<Arrival> arrivals = new ArrayDeque<>();
    private boolean over;

    /** Over the scan, taken before {@link #lock}. */
    private final ReentrantLock scanning = new ReentrantLock();

    private @Nullable CameraObject known;
    private @Nullable ObjectScan scan;
    private boolean isNew;
    private boolean dirty;
    private long savedNanos;
    private long arrivedMillis;

    ObjectWork(
            CameraIndex.Pending object,
            String bucket,
            Store store,
            OwnedIndex index,
            Camera camera,
            MonotonicClock clock,
            Semaphore readers,
            BooleanSupplier crowded) {
        this.object = object;
        this.bucket = bucket;
        this.store = store;
        this.index = index;
        this.camera = camera;
        this.clock = clock;
        this.readers = readers;
        this.crowded = crowded;
        this.savedNanos = clock.nanos();
    }

    CameraIndex.Pending object() {
        return object;
    }

    String bucket() {
        return bucket;
    }

    /** Hears of more; false when the work is over and another has to begin. */
    boolean offer(Arrival arrival) {
        lock.lock();
        try {
            if (over) {
                return false;
            }
            if (arrivals.size() >= MOST_ARRIVALS) {
                arrivals.removeLast(); // the later time stands for both: bytes may seem later
            }
            arrivals.add(arrival);
            came.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for an arrival, at most as long as a silence, or not at all while other objects wait
     * for room; whether there is one.
     */
    boolean await() throws InterruptedException {
        long since = clock.nanos();
        lock.lock();
        try {
            while (arrivals.isEmpty()
                    && !over
                    && !crowded.getAsBoolean()
                    && !clock.hasElapsed(since, SILENCE)) {
                came.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            }
            return !arrivals.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Scans what has arrived; whether nobody is known to append. */
    boolean scanArrived() {
        scanning.lock();
        try {
            boolean quiet = false;
            for (Arrival next = peek(); next != null; next = peek()) {
                if (!scan(next)) {
                    return true;
                }
                quiet = next.quiet();
                poll(next);
            }
            return quiet;
        } catch (RuntimeException e) {
            scan = null; // begun again from the cursor
            throw e;
        } finally {
            scanning.unlock();
        }
    }

    private @Nullable Arrival peek() {
        lock.lock();
        try {
            return over ? null : arrivals.peek();
        } finally {
            lock.unlock();
        }
    }

    @SuppressWarnings("ReferenceEquality") // This very arrival, not one that says the same.
    private void poll(Arrival done) {
        lock.lock();
        try {
            if (arrivals.peek() == done) {
                arrivals.remove();
            }
        } finally {
            lock.unlock();
        }
    }

    /** False when the object is not there any more, or the work is to end. */
    private boolean scan(Arrival arrival) {
        Optional<ObjectReader> opened = store.objects().open(bucket, object.key());
        if (opened.isEmpty()) {
            abandon();
            return false;
        }
        try (ObjectReader reader = opened.get()) {
            if (reader.info().incarnation() != object.incarnation()) {
                abandon();
                return false;
            }
            ObjectScan active = resumed(reader.info(), arrival);
            if (!read(reader, active, arrival)) {
                scan = null;
                return false;
            }
            settle(active, arrival);
        }
        return true;
    }

    private boolean read(ObjectReader reader, ObjectScan active, Arrival arrival) {
        long reach = Math.max(arrival.length(), known().cursor().countedBytes());
        long end = Math.min(reach, reader.info().sizeBytes());
        while (active.scanned() < end && !isOver()) {
            readers.acquireUninterruptibly();
            try {
                active.read(reader, Math.min(end, active.scanned() + SLICE_BYTES));
            } finally {
                readers.release();
            }
        }
        return active.scanned() >= end;
    }

    private void settle(ObjectScan active, Arrival arrival) {
        List<CameraSegment> ended = active.settle(arrival.millis());
        dirty = true;
        arrivedMillis = arrival.millis();
        camera.grew(known(), active, isNew, ended, arrivedMillis, arrival.quiet());
        isNew = false;
        if (clock.hasElapsed(savedNanos, SAVE_EVERY)) {
            save();
        }
    }

    private CameraObject known() {
        return java.util.Objects.requireNonNull(known);
    }

    private ObjectScan resumed(ObjectInfo info, Arrival arrival) {
        ObjectScan active = scan;
        if (active == null) {
            byte @Nullable [] row = index.objectRow(object.device(), object.incarnation());
            Optional<CameraObject> found =
                    CameraIndex.object(object.device(), object.incarnation(), row);
            isNew |= found.isEmpty();
            CameraObject at = found.orElseGet(() -> unknown(info, arrival));
            known = at;
            active = ObjectScan.resume(index, at, row);
            scan = active;
        }
        return active;
    }

    private CameraObject unknown(ObjectInfo info, Arrival arrival) {
        return new CameraObject(
                object.device(),
                object.bucketId(),
                bucket,
                object.key(),
                object.incarnation(),
                arrival.millis(),
                CaptureTime.of(info, arrival.millis()),
                0,
                ScanCursor.START,
                Damages.NONE);
    }

    /** The open group counts now, as far as the object reaches. */
    void count() {
        scanning.lock();
        try {
            scanArrived();
            CameraSegment open = scan == null ? null : scan.open();
            if (open != null) {
                camera.counted(known(), open, arrivedMillis);
            }
        } finally {
            scanning.unlock();
        }
    }

    /** Writes what the index lacks, the live end first: scanning again adds nothing twice to it. */
    void save() {
        scanning.lock();
        try {
            ObjectScan active = scan;
            if (dirty && active != null) {
                camera.save(index);
                if (!active.save(index)) {
                    again(active.scanned());
                }
                dirty = false;
                savedNanos = clock.nanos();
            }
        } finally {
            scanning.unlock();
        }
    }

    /** Another node has scanned the object meanwhile: goes on from where that came. */
    private void again(long scanned) {
        scan = null;
        lock.lock();
        try {
            arrivals.addFirst(new Arrival(scanned, arrivedMillis, false));
        } finally {
            lock.unlock();
        }
    }

    /** Counts, writes and ends if nothing has come; else false. */
    boolean end() {
        scanning.lock();
        try {
            count();
            save();
            camera.save(index);
            lock.lock();
            try {
                if (!arrivals.isEmpty()) {
                    return false;
                }
                if (!over) {
                    index.done(object.device(), object.incarnation());
                    over = true;
                }
                return true;
            } finally {
                lock.unlock();
            }
        } finally {
            scanning.unlock();
        }
    }

    /** Ends at once: what waits stays noted in the index. */
    void stop() {
        lock.lock();
        try {
            over = true;
            came.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The object's bytes are another node's to scan: what was noted of it here is struck out. */
    void leave() {
        stop();
        scanning.lock();
        try {
            scan = null;
            dirty = false;
            index.done(object.device(), object.incarnation());
        } finally {
            scanning.unlock();
        }
    }

    /** The object is gone: nothing is written about it any more. */
    void abandon() {
        stop();
        scanning.lock();
        try {
            scan = null;
            dirty = false;
            index.forget(object.device(), object.incarnation());
            camera.forget(object.incarnation(), index);
        } finally {
            scanning.unlock();
        }
    }

    boolean isOver() {
        lock.lock();
        try {
            return over;
        } finally {
            lock.unlock();
        }
    }
}
