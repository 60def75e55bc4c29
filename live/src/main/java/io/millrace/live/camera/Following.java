package io.millrace.live.camera;

import io.micrometer.core.instrument.Counter;
import io.millrace.access.Devices;
import io.millrace.keyspace.KeySpace;
import io.millrace.kit.Clocks;
import io.millrace.store.Store;
import io.millrace.store.log.Change;
import io.millrace.work.Follower;
import io.millrace.work.Stamped;
import io.millrace.work.Tenure;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a node does while it holds the lease of its extent store: hears from the change log which
 * objects grew and has those scanned whose bytes it has, looks at all of them when the log can't
 * tell, and keeps in step with the devices. Thread-safe.
 */
final class Following implements Follower.Handler<Change> {
    private final KeySpace keySpace;
    private final Store store;
    private final Devices devices;
    private final Clocks clocks;
    private final Counter failures;
    private final int mostWorks;

    /** While this node is the one that scans its store. */
    private volatile @Nullable Scans scans;

    private volatile @Nullable Registrations registrations;

    /** While all objects are looked at. */
    private volatile @Nullable Rescan rescan;

    Following(
            KeySpace keySpace,
            Store store,
            Devices devices,
            Clocks clocks,
            Counter failures,
            int mostWorks) {
        this.keySpace = keySpace;
        this.store = store;
        this.devices = devices;
        this.clocks = clocks;
        this.failures = failures;
        this.mostWorks = mostWorks;
    }

    /** The scanning, while it is this node that does it. */
    Optional<Scans> scans() {
        return Optional.ofNullable(scans);
    }

    /** How many objects were looked at; empty while the change log tells. */
    Optional<Long> looked() {
        return Optional.ofNullable(rescan).map(Rescan::looked);
    }

    /**
     * Takes over the index of an older version, once; then goes on with what waited when the last
     * owner ended.
     */
    @Override
    public void begin(Tenure tenure) {
        OwnedIndex index = owned(tenure);
        Scans mine = new Scans(store, devices, index, tenure::goesOn, clocks, failures, mostWorks);
        scans = mine;
        if (!index.isCurrent()) {
            new UpgradeFrom1(keySpace, store, index).run();
            lookAtAll(index, mine);
            index.markCurrent();
        }
        mine.resume();
        registrations =
                Registrations.start(devices, index, mine, new Rescan(store, devices, index, mine));
    }

    @Override
    public void handle(Tenure tenure, int shard, List<Stamped<Change>> records) {
        Scans mine = Objects.requireNonNull(scans);
        records.forEach(r -> mine.changed(r.record()));
    }

    @Override
    public void rescan(Tenure tenure) {
        lookAtAll(owned(tenure), Objects.requireNonNull(scans));
    }

    private OwnedIndex owned(Tenure tenure) {
        return new OwnedIndex(tenure.keySpace(), store.extentStore());
    }

    private void lookAtAll(OwnedIndex index, Scans mine) {
        Rescan looking = new Rescan(store, devices, index, mine);
        rescan = looking;
        try {
            looking.run();
        } finally {
            rescan = null;
        }
    }

    /** Stops scanning and writes the index, if this node still may; another follows. */
    @Override
    public void end() {
        Scans mine = scans;
        if (mine != null) {
            mine.close();
            scans = null;
        }
        Registrations watched = registrations;
        if (watched != null) {
            watched.close();
            registrations = null;
        }
    }
}
