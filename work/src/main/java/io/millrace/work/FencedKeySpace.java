package io.millrace.work;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Guard;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.keyspace.KeySpaceFiles;
import io.millrace.keyspace.Listed;
import io.millrace.keyspace.Scan;
import io.millrace.kit.DiskSpace;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The key space as the holder of a lease sees it: every commit carries the lease's guard, so that
 * nothing is written by a node that lost the lease, however long it slept.
 *
 * <p>Only a {@link Tenure} makes one. Work that one node does at a time takes this type and no
 * other key space; then it can't forget the fence. Thread-safe.
 */
public final class FencedKeySpace implements KeySpace {
    private final KeySpace keySpace;
    private final Tenure tenure;

    FencedKeySpace(KeySpace keySpace, Tenure tenure) {
        this.keySpace = keySpace;
        this.tenure = tenure;
    }

    /**
     * Commits while the lease is held.
     *
     * @throws WorkException LOST when it is not: nothing was applied, and nothing will be through
     *     this object
     */
    @Override
    public CommitOutcome commit(Batch batch) {
        if (!tenure.holds()) {
            throw tenure.lost();
        }
        List<Guard> guards = new ArrayList<>(batch.guards());
        guards.add(tenure.lease().guard());
        CommitOutcome outcome = keySpace.commit(new Batch(guards, batch.mutations(), batch.sync()));
        // With several broken guards the engine names any one of them: so ask for ours.
        if (outcome instanceof CommitOutcome.Conflict && !tenure.standsIn(keySpace)) {
            throw tenure.lost();
        }
        return outcome;
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        return keySpace.get(key);
    }

    @Override
    public List<byte @Nullable []> multiGet(List<byte[]> keys) {
        return keySpace.multiGet(keys);
    }

    @Override
    public List<Entry> scan(Scan scan) {
        return keySpace.scan(scan);
    }

    @Override
    public List<Listed> scanDelimited(byte[] prefix, byte[] delimiter, byte[] after, int limit) {
        return keySpace.scanDelimited(prefix, delimiter, after, limit);
    }

    @Override
    public boolean shared() {
        return keySpace.shared();
    }

    @Override
    public Instant storeNow() {
        return keySpace.storeNow();
    }

    /** Not fenced: a number that nobody uses does no harm. */
    @Override
    public long idBlock(String name, int count) {
        return keySpace.idBlock(name, count);
    }

    @Override
    public Optional<KeySpaceFiles> files() {
        return keySpace.files();
    }

    @Override
    public Optional<DiskSpace> disk() {
        return keySpace.disk();
    }

    @Override
    public void giveBack() {
        keySpace.giveBack();
    }

    @Override
    public Optional<KeySpaceException> failure() {
        return keySpace.failure();
    }

    /** Does nothing: the engine is somebody else's to close. */
    @Override
    public void close() {}
}
