package io.millrace.bench.live;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.access.Access;
import io.millrace.access.AccessOptions;
import io.millrace.access.MasterKey;
import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.Clocks;
import io.millrace.live.Live;
import io.millrace.live.LiveOptions;
import io.millrace.live.StreamInfo;
import io.millrace.live.Streams;
import io.millrace.store.Store;
import io.millrace.store.StoreOptions;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.work.Leases;
import io.millrace.work.outgoing.Announcements;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The live path alone, in a process of its own: key space, extents, store, live. Prints its ingest
 * URLs and runs until its input ends.
 */
public final class LiveNode {
    private LiveNode() {}

    /** Arguments: data directory, number of streams. */
    public static void main(String[] arguments) throws IOException {
        Path data = Path.of(arguments[0]);
        int count = Integer.parseInt(arguments[1]);
        Clocks clock = Clocks.system();
        try (KeySpace keys = RocksKeySpace.open(data.resolve("keys"));
                Leases leases =
                        Leases.open(keys, "node", Leases.Options.standard(), clock.monotonic());
                Extents extents =
                        LocalExtents.open(
                                List.of(data.resolve("extents")), ExtentsOptions.standard());
                Store store = Store.open(keys, leases, extents, StoreOptions.defaults(), clock);
                Access access =
                        Access.open(
                                keys,
                                leases,
                                MasterKey.loadOrCreate(data.resolve("master.key"), keys),
                                AccessOptions.defaults(),
                                clock);
                Live live =
                        Live.open(
                                keys,
                                leases,
                                store,
                                access,
                                LiveOptions.defaults(data).withRtmpPort(0),
                                Announcements.NONE,
                                clock,
                                new SimpleMeterRegistry())) {
            store.buckets().create("bench", "bench", BucketAcl.PRIVATE);
            for (int i = 0; i < count; i++) {
                if (live.streams().create("s" + i, "bench", "")
                        instanceof Streams.CreateOutcome.Created(StreamInfo info)) {
                    System.out.println(
                            "rtmp://127.0.0.1:" + live.rtmpPort() + "/live/" + info.publishName());
                }
            }
            System.out.println("ready");
            while (System.in.read() >= 0) {
                // runs until the parent closes the pipe
            }
        }
    }
}
