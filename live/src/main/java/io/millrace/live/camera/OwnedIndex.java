package io.millrace.live.camera;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Keys;
import io.millrace.live.LiveException;
import io.millrace.work.FencedKeySpace;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The index in the hands of the node that scans: every commit is fenced by its lease. Derived data:
 * what a crash of the machine took is scanned again, so commits are relaxed. Thread-safe.
 */
final class OwnedIndex extends CameraIndex {
    private static final int RUNS_A_BATCH = 64;

    private final FencedKeySpace keySpace;

    OwnedIndex(FencedKeySpace keySpace) {
        super(keySpace);
        this.keySpace = keySpace;
    }

    /** The one way in which anything is written here. */
    void commit(Batch.Builder batch) {
        if (!keySpace.commit(batch.relaxed().build()).committed()) {
            throw new LiveException(
                    LiveException.Code.KEYSPACE, "the cameras' index could not be written", null);
        }
    }

    void markCurrent() {
        commit(Batch.builder().put(version(), new byte[] {VERSION}));
    }

    /** Notes that an object has bytes to scan; stays until {@link #done}. */
    void await(Pending object) {
        byte[] device = object.device().getBytes(StandardCharsets.UTF_8);
        byte[] key = object.key().getBytes(StandardCharsets.UTF_8);
        byte[] owner =
                ByteBuffer.allocate(1 + Long.BYTES + device.length)
                        .put(VERSION)
                        .putLong(object.incarnation())
                        .put(device)
                        .array();
        byte[] pending =
                ByteBuffer.allocate(1 + Long.BYTES + key.length)
                        .put(VERSION)
                        .putLong(object.bucketId())
                        .put(key)
                        .array();
        commit(
                Batch.builder()
                        .put(ownerKey(object.bucketId(), object.key()), owner)
                        .put(pendingKey(object.device(), object.incarnation()), pending));
    }

    void done(String device, long incarnation) {
        commit(Batch.builder().delete(pendingKey(device, incarnation)));
    }

    /**
     * Writes what a scan found, its cursor last.
     *
     * @param stale runs that an earlier scan had written and this one replaces
     */
    void save(CameraObject object, Collection<SegmentRun> runs, Collection<SegmentRun> stale) {
        byte[] runs0 = runsKey(object.device(), object.incarnation());
        byte[] timeline = timeline(object.device());
        Batch.Builder batch = Batch.builder();
        int held = 0;
        for (SegmentRun run : stale) {
            batch.delete(Keys.under(runs0).u64(run.offset()).done())
                    .delete(run.summary().key(timeline));
            batch = ++held % (8 * RUNS_A_BATCH) == 0 ? flushed(batch) : batch;
        }
        for (SegmentRun run : runs) {
            RunSummary summary = run.summary();
            batch.put(Keys.under(runs0).u64(run.offset()).done(), run.encode())
                    .put(summary.key(timeline), summary.encode());
            batch = ++held % RUNS_A_BATCH == 0 ? flushed(batch) : batch;
        }
        commit(batch.put(objectKey(object.device(), object.incarnation()), object.encode()));
    }

    private Batch.Builder flushed(Batch.Builder batch) {
        commit(batch);
        return Batch.builder();
    }

    /** Drops all that is known of an object that is gone. */
    void forget(String device, long incarnation) {
        byte[] timeline = timeline(device);
        byte[] runs0 = runsKey(device, incarnation);
        int most = 8 * RUNS_A_BATCH;
        for (List<SegmentRun> page = runs(device, incarnation, 0, most);
                !page.isEmpty();
                page = runs(device, incarnation, 0, most)) {
            Batch.Builder batch = Batch.builder();
            for (SegmentRun run : page) {
                batch.delete(Keys.under(runs0).u64(run.offset()).done())
                        .delete(run.summary().key(timeline));
            }
            commit(batch);
        }
        Batch.Builder batch = Batch.builder();
        ownedKey(device, incarnation).ifPresent(batch::delete);
        commit(
                batch.delete(objectKey(device, incarnation))
                        .delete(pendingKey(device, incarnation)));
    }

    /** The row that says whose the object's key is, if it says so of this object. */
    private Optional<byte[]> ownedKey(String device, long incarnation) {
        return object(device, incarnation)
                .map(o -> new Pending(device, incarnation, o.bucketId(), o.key()))
                .or(() -> pending(device, incarnation))
                .filter(
                        p ->
                                owner(p.bucketId(), p.key())
                                        .filter(o -> o.incarnation() == incarnation)
                                        .filter(o -> o.device().equals(device))
                                        .isPresent())
                .map(p -> ownerKey(p.bucketId(), p.key()));
    }

    void putRegistration(String device, Registration registration) {
        commit(Batch.builder().put(registrationKey(device), registration.encode()));
    }

    void dropRegistration(String device) {
        commit(Batch.builder().delete(registrationKey(device)));
    }

    void putLive(String device, LiveWindow window) {
        commit(Batch.builder().put(liveKey(device), window.encode()));
    }
}
