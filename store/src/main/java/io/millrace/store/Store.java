package io.millrace.store;

import io.millrace.extents.Durability;
import io.millrace.extents.Extents;
import io.millrace.extents.StoreId;
import io.millrace.extents.VolumeInfo;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import io.millrace.kit.Clocks;
import io.millrace.kit.Damages;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.buckets.Buckets;
import io.millrace.store.content.Bodies;
import io.millrace.store.content.Pins;
import io.millrace.store.log.ChangeLog;
import io.millrace.store.objects.Core;
import io.millrace.store.objects.Objects;
import io.millrace.store.objects.Suspects;
import io.millrace.store.reclaim.Maintenance;
import io.millrace.store.reclaim.MaintenanceReport;
import io.millrace.store.registry.StoreRegistry;
import io.millrace.store.scrub.Scrub;
import io.millrace.store.space.Room;
import io.millrace.store.space.Space;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import io.millrace.store.space.Stripes;
import io.millrace.store.space.VersionIds;
import io.millrace.store.uploads.Uploads;
import io.millrace.work.Leases;
import io.millrace.work.Tenure;
import java.util.List;
import java.util.Optional;

/**
 * The object store: the door of this module. Bytes stand in extents or, when small, in the key
 * space; one commit makes them visible; what is acknowledged is durable.
 */
public final class Store implements AutoCloseable {
    private final Core core;
    private final Objects objects;
    private final Uploads uploads;
    private final Maintenance maintenance;
    private final Scrub scrub;
    private final Optional<Tenure> running;

    private Store(
            Core core, Leases leases, StoreOptions options, Scrub scrub, Optional<Tenure> running) {
        this.core = core;
        this.scrub = scrub;
        this.objects = new Objects(core);
        this.uploads = new Uploads(core, options.minPartBytes());
        this.maintenance = new Maintenance(core, leases, options.schedule());
        this.running = running;
    }

    /**
     * Opens the store over a key space and extents that stay the caller's to close.
     *
     * @param leases under which this node does the work in the background
     * @param clocks wall time for what clients see, monotonic time for caches and intervals
     * @throws StoreException EXTENTS_REFUSED when the extents belong to another key space, or are a
     *     copy of a store that takes part in this one
     */
    public static Store open(
            KeySpace keySpace,
            Leases leases,
            Extents extents,
            StoreOptions options,
            Clocks clocks) {
        return open(keySpace, leases, extents, options, clocks, new Damages());
    }

    /**
     * The same.
     *
     * @param damages hears of objects that lack their rows
     */
    public static Store open(
            KeySpace keySpace,
            Leases leases,
            Extents extents,
            StoreOptions options,
            Clocks clocks,
            Damages damages) {
        Optional<Tenure> running =
                new StoreRegistry(space(keySpace, extents), clocks.wall())
                        .register(extents, leases);
        Core core = core(keySpace, extents, options, clocks, damages);
        Scrub scrub =
                new Scrub(core, keySpace.files(), leases, clocks.monotonic(), options.scrub());
        Store store = new Store(core, leases, options, scrub, running);
        store.maintenance.start();
        if (!options.maintenance().isZero()) {
            scrub.start();
        }
        return store;
    }

    /**
     * The objects to be looked at: nothing is started and nothing is written.
     *
     * @param keySpace best one that refuses commits
     */
    public static Objects openForReading(KeySpace keySpace, Extents extents, Clocks clocks) {
        Damages untold = Damages.reported();
        return new Objects(core(keySpace, extents, StoreOptions.defaults(), clocks, untold));
    }

    private static Space space(KeySpace keySpace, Extents extents) {
        return new Space(keySpace, extents.durability() == Durability.STRICT);
    }

    private static Core core(
            KeySpace keySpace,
            Extents extents,
            StoreOptions options,
            Clocks clocks,
            Damages damages) {
        Space space = space(keySpace, extents);
        VersionIds ids = new VersionIds(space);
        Pins pins = new Pins();
        Room room = new Room(keySpace.disk(), extents.disks());
        return new Core(
                space,
                extents,
                new Bodies(extents, space, pins, room, options.inlineBytes()),
                pins,
                new Buckets(space, ids, options.region(), options.bucketCache(), clocks),
                new ChangeLog(space, clocks.monotonic()),
                ids,
                new Stripes(),
                room,
                clocks.wall(),
                clocks.monotonic(),
                damages,
                new Suspects());
    }

    public Buckets buckets() {
        return core.buckets();
    }

    public Objects objects() {
        return objects;
    }

    public Uploads uploads() {
        return uploads;
    }

    public ChangeLog changes() {
        return core.changes();
    }

    /** The id of this node's extent store, whose bytes no other node reads. */
    public String extentStore() {
        return core.extents().identity().store().toString();
    }

    /** What the store holds; reads every bucket's counters. */
    public StoreStatistics statistics() {
        List<Bucket> buckets = core.buckets().list();
        long objectCount = 0;
        long bytes = 0;
        for (Bucket bucket : buckets) {
            StoreStatistics.OfBucket one = counters(bucket.id());
            objectCount += one.objects();
            bytes += one.bytes();
        }
        List<VolumeInfo> volumes = core.extents().list();
        long volumeBytes = 0;
        long deadBytes = 0;
        for (VolumeInfo volume : volumes) {
            volumeBytes += volume.sizeBytes();
            StoreId store = volume.store();
            if (store != null) {
                byte[] dead = core.space().get(StoreKeys.deadBytes(store, volume.volume()));
                deadBytes += Keys.counter(dead);
            }
        }
        return new StoreStatistics(
                buckets.size(), objectCount, bytes, volumes.size(), volumeBytes, deadBytes);
    }

    /** One bucket's counters. */
    public StoreStatistics.OfBucket statistics(String bucket) {
        return counters(core.buckets().require(bucket).id());
    }

    private StoreStatistics.OfBucket counters(long bucketId) {
        long objectCount = 0;
        long bytes = 0;
        byte[] prefix = StoreKeys.counters(bucketId);
        for (Entry entry : core.space().scan(Scan.prefix(prefix, 1000))) {
            if (entry.key()[prefix.length] == 'o') {
                objectCount += Keys.counter(entry.value());
            } else {
                bytes += Keys.counter(entry.value());
            }
        }
        return new StoreStatistics.OfBucket(objectCount, bytes);
    }

    /**
     * Runs the reclaimer once, now: frees what was deleted longer ago than the grace, deletes and
     * compacts volumes, expires uploads, trims the change log.
     */
    public MaintenanceReport maintain() {
        return maintenance.pass();
    }

    /** The look at everything stored, and what it found. */
    public Scrub scrub() {
        return scrub;
    }

    /** The disks that the store writes to. */
    public Room room() {
        return core.room();
    }

    /** Why no extent is written until the next start; empty while all is well. */
    public Optional<String> extentsFailure() {
        return core.extents().failure().map(e -> String.valueOf(e.getMessage()));
    }

    /** Why the reclaimer's last pass failed; empty when it succeeded. */
    public Optional<String> trouble() {
        return maintenance.trouble();
    }

    /** Passes of the reclaimer that failed since the store was opened. */
    public long failedPasses() {
        return maintenance.failures();
    }

    /**
     * Stops reclaimer and scrub; the key space and the extents stay open, they are the caller's.
     */
    @Override
    public void close() {
        scrub.close();
        maintenance.close();
        core.bodies().close();
        running.ifPresent(Tenure::close);
    }
}
