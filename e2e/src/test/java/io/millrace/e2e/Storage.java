package io.millrace.e2e;

import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.Clocks;
import io.millrace.store.Store;
import io.millrace.store.StoreOptions;
import io.millrace.work.Leases;
import java.nio.file.Path;
import java.util.List;

/** Real storage in a directory, opened and closed in the server's order, with no server above. */
public final class Storage implements AutoCloseable {
    private final RocksKeySpace keySpace;
    private final Leases leases;
    private final LocalExtents extents;
    private final Store store;

    public Storage(Path directory, Clocks clocks) {
        keySpace = RocksKeySpace.open(directory.resolve("keyspace"));
        leases = Leases.open(keySpace, "node", Leases.Options.standard(), clocks.monotonic());
        extents =
                LocalExtents.open(
                        List.of(directory.resolve("extents")),
                        ExtentsOptions.standard().withReserveBytes(0));
        store = Store.open(keySpace, leases, extents, StoreOptions.defaults(), clocks);
    }

    public RocksKeySpace keySpace() {
        return keySpace;
    }

    public Leases leases() {
        return leases;
    }

    public Store store() {
        return store;
    }

    @Override
    public void close() {
        store.close();
        extents.close();
        leases.close();
        keySpace.close();
    }
}
