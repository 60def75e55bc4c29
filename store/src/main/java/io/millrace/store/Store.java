package io.millrace.store;

import io.millrace.extents.Extents;
import io.millrace.keyspace.KeySpace;
import java.time.InstantSource;

/**
 * The object store: the door of this module. Bytes stand in extents or, when small, in the key
 * space; one commit makes them visible; what is acknowledged is durable.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Store implements AutoCloseable {
    private final Buckets buckets = new Buckets();
    private final Objects objects = new Objects();
    private final Uploads uploads = new Uploads();
    private final ChangeLog changes = new ChangeLog();

    Store() {}

    /**
     * Opens the store over a key space and extents that stay the caller's to close.
     *
     * @param clock for times that clients see
     */
    public static Store open(
            KeySpace keySpace, Extents extents, StoreOptions options, InstantSource clock) {
        throw new UnsupportedOperationException("to follow");
    }

    public Buckets buckets() {
        return buckets;
    }

    public Objects objects() {
        return objects;
    }

    public Uploads uploads() {
        return uploads;
    }

    public ChangeLog changes() {
        return changes;
    }

    public StoreStatistics statistics() {
        throw new UnsupportedOperationException("to follow");
    }

    /** One bucket's counters. */
    public StoreStatistics.OfBucket statistics(String bucket) {
        throw new UnsupportedOperationException("to follow");
    }

    /** Stops the reclaimer; the key space and the extents stay open, they are the caller's. */
    @Override
    public void close() {}
}
