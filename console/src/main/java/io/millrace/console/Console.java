package io.millrace.console;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.access.Access;
import io.millrace.backup.Holds;
import io.millrace.keyspace.KeySpace;
import io.millrace.kit.Clocks;
import io.millrace.kit.http.Exchange;
import io.millrace.kit.http.HttpDoor;
import io.millrace.kit.http.HttpHandler;
import io.millrace.live.Live;
import io.millrace.live.camera.Cameras;
import io.millrace.media.Media;
import io.millrace.store.Store;
import io.millrace.work.outgoing.Sender;

/**
 * The console: the admin API under {@code /api} and the web page, on one door. Thread-safe.
 *
 * <p>The modules and the key space stay the caller's to close, after the console.
 */
public final class Console implements AutoCloseable {
    private final HttpDoor door;
    private final Traffic traffic;
    private final Overview overview;
    private final DeletionApi deletions;
    private final EdgeApi edges;
    private final ChangesApi changes;

    private Console(
            HttpDoor door,
            Traffic traffic,
            Overview overview,
            DeletionApi deletions,
            EdgeApi edges,
            ChangesApi changes) {
        this.deletions = deletions;
        this.door = door;
        this.traffic = traffic;
        this.overview = overview;
        this.edges = edges;
        this.changes = changes;
    }

    /**
     * Opens the door and serves until it is closed.
     *
     * @param sender whose failures are seen
     * @param metrics read for the overview's rates
     * @throws java.io.UncheckedIOException when the port is taken
     */
    public static Console open(
            ConsoleOptions options,
            Store store,
            Access access,
            Media media,
            Live live,
            Cameras cameras,
            KeySpace keySpace,
            Holds holds,
            Sender sender,
            MeterRegistry metrics,
            Clocks clocks) {
        Gate gate = new Gate(access, clocks);
        Domains domains = new Domains(keySpace, access, clocks);
        Traffic traffic = new Traffic();
        EdgeReports reports = new EdgeReports(clocks.steady());
        Concerns concerns = new Concerns(store, access, media, live, sender, reports);
        Overview overview =
                new Overview(
                        options, store, access, live, cameras, metrics, reports, concerns, clocks);
        EdgeApi edges = new EdgeApi(gate, domains, reports, access);
        WriteRight writeRight = new WriteRight(gate, store);
        Proofs proofs = new Proofs(access, clocks.forward());
        Router router = new Router();
        new SessionApi(options, gate, access, clocks.forward()).register(router);
        new OverviewApi(gate, overview, traffic, clocks.wall()).register(router);
        new BucketApi(gate, store, access).register(router);
        new ObjectApi(options, gate, store, media, proofs).register(router);
        new LinkApi(options, gate, store, proofs, clocks.forward()).register(router);
        DeletionApi deletions = new DeletionApi(gate, store, access, traffic);
        deletions.register(router);
        new UploadApi(options, gate, access, writeRight).register(router);
        new StreamApi(options, gate, writeRight, live).register(router);
        new RecordingApi(gate, writeRight, live).register(router);
        new DeviceApi(options, gate, access, store, writeRight, cameras).register(router);
        new PlaybackApi(options, gate, access, live, proofs).register(router);
        DomainGuard guard = new DomainGuard(options, store);
        new DomainApi(gate, domains, guard, reports, clocks.wall()).register(router);
        new BackupApi(gate, holds).register(router);
        new DamageApi(gate, store.scrub()).register(router);
        new OutgoingApi(gate, sender, access).register(router);
        edges.register(router);
        ChangesApi changes = new ChangesApi(gate, store, clocks.monotonic());
        changes.register(router);
        HttpHandler handler = new ConsoleHandler(options, gate, router, new WebFiles(options));
        HttpDoor door = HttpDoor.open(options.door().reserving(options.routes().keySet()), handler);
        door.register(metrics);
        overview.start();
        return new Console(door, traffic, overview, deletions, edges, changes);
    }

    /** The port that the door listens on. */
    public int port() {
        return door.port();
    }

    /** Ends long requests, lets short ones finish, and shuts the door. */
    @Override
    public void close() {
        traffic.close();
        edges.close();
        changes.close();
        overview.close();
        deletions.close();
        door.close();
    }

    /** How many long requests (event streams) are open, and whether they shall end. */
    static final class Traffic {
        /** More event streams than this are refused: each holds a connection and a thread. */
        static final int MOST_STREAMS = 256;

        private final java.util.concurrent.Semaphore free =
                new java.util.concurrent.Semaphore(MOST_STREAMS);
        private volatile boolean closing;

        boolean begin() {
            return !closing && free.tryAcquire();
        }

        void end() {
            free.release();
        }

        boolean closing() {
            return closing;
        }

        void close() {
            closing = true;
        }
    }

    /** The address by which the caller reached this door, for links that lead back here. */
    static DoorAddresses.Public doors(ConsoleOptions options, Exchange exchange) {
        String host = exchange.header("Host");
        String authority =
                host != null
                                && host.matches(
                                        "[A-Za-z0-9.\\-]+(:\\d{1,5})?|\\[[0-9a-fA-F:.]+](:\\d{1,5})?")
                        ? host
                        : "localhost:" + exchange.localPort();
        return options.doors().get().seenFrom(authority, exchange.secure(), options.region());
    }
}
