package io.millrace.live.camera;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.Keys;
import io.millrace.live.LiveException;
import io.millrace.work.FencedKeySpace;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The index in the hands of a node that scans: every commit is fenced by the lease of its store.
 * Derived data: what a crash of the machine took is scanned again, so commits are relaxed.
 * Thread-safe.
 *
 * <p>An object that any node can read may be scanned by two, and a camera moves from one to the
 * other. So what is written of an object is written if its row is still the one that was read, and
 * a live end likewise: who comes second reads again.
 */
final class OwnedIndex extends CameraIndex {
    private static final int RUNS_A_BATCH = 64;

    private final FencedKeySpace keySpace;

    OwnedIndex(FencedKeySpace keySpace, String store) {
        super(keySpace, store);
        this.keySpace = keySpace;
    }

    void commit(Batch.Builder batch) {
        if (!tryCommit(batch)) {
            throw unwritten();
        }
    }

    /** The one way in which anything is written here; false when a guard did not hold. */
    private boolean tryCommit(Batch.Builder batch) {
        return switch (keySpace.commit(batch.relaxed().build())) {
            case CommitOutcome.Committed _ -> true;
            case CommitOutcome.Conflict _ -> false;
            case CommitOutcome.Unknown _ -> throw unwritten();
        };
    }

    private static LiveException unwritten() {
        return new LiveException(
                LiveException.Code.KEYSPACE, "the cameras' index could not be written", null);
    }

    void markCurrent() {
        commit(Batch.builder().put(version(), new byte[] {VERSION}));
    }

    /** Notes that an object has bytes to scan here; stays until {@link #done}. */
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
     * @param row the object's row as the scan found it, null for none
     * @return false when it is another one now: scan again from there
     */
    boolean save(
            CameraObject object,
            Collection<SegmentRun> runs,
            Collection<SegmentRun> stale,
            byte @Nullable [] row) {
        byte[] key = objectKey(object.device(), object.incarnation());
        byte[] runs0 = runsKey(object.device(), object.incarnation());
        byte[] timeline = timeline(object.device());
        Batch.Builder batch = Batch.builder().unchanged(key, row);
        int held = 0;
        for (SegmentRun run : stale) {
            batch.delete(Keys.under(runs0).u64(run.offset()).done())
                    .delete(run.summary().key(timeline));
            if (++held % (8 * RUNS_A_BATCH) == 0) {
                if (!tryCommit(batch)) {
                    return false;
                }
                batch = Batch.builder().unchanged(key, row);
            }
        }
        for (SegmentRun run : runs) {
            RunSummary summary = run.summary();
            batch.put(Keys.under(runs0).u64(run.offset()).done(), run.encode())
                    .put(summary.key(timeline), summary.encode());
            if (++held % RUNS_A_BATCH == 0) {
                if (!tryCommit(batch)) {
                    return false;
                }
                batch = Batch.builder().unchanged(key, row);
            }
        }
        return tryCommit(batch.put(key, object.encode()));
    }

    /** Drops all that is known of an object that is gone; what another node adds meanwhile, too. */
    void forget(String device, long incarnation) {
        byte[] key = objectKey(device, incarnation);
        Batch.Builder batch;
        do {
            byte[] row = unscanned(device, incarnation);
            forgetRuns(device, incarnation);
            batch = Batch.builder().unchanged(key, row);
            ownedKey(device, incarnation).ifPresent(batch::delete);
            batch.delete(key).delete(pendingKey(device, incarnation));
        } while (!tryCommit(batch));
    }

    /**
     * Sets an object's cursor to its start, so that one which a crash left half forgotten lacks no
     * runs; returns its row.
     */
    private byte @Nullable [] unscanned(String device, long incarnation) {
        byte[] key = objectKey(device, incarnation);
        while (true) {
            byte[] row = objectRow(device, incarnation);
            Optional<CameraObject> object = object(device, incarnation, row);
            if (object.isEmpty()) {
                return row;
            }
            CameraObject is = object.get();
            byte[] next = is.at(ScanCursor.START, 0, is.damages()).encode();
            if (tryCommit(Batch.builder().unchanged(key, row).put(key, next))) {
                return next;
            }
        }
    }

    private void forgetRuns(String device, long incarnation) {
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

    /** Writes a live end over the row that was read; false when it is another one now. */
    boolean putLive(String device, byte[] window, byte @Nullable [] row) {
        byte[] key = liveKey(device);
        return tryCommit(Batch.builder().unchanged(key, row).put(key, window));
    }
}
