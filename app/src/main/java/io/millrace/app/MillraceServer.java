package io.millrace.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.access.Access;
import io.millrace.access.AccessOptions;
import io.millrace.access.FirstStart;
import io.millrace.access.MasterKey;
import io.millrace.access.RootKey;
import io.millrace.app.demo.Demo;
import io.millrace.backup.Holds;
import io.millrace.backup.Restore;
import io.millrace.console.Console;
import io.millrace.console.ConsoleOptions;
import io.millrace.console.DemoInfo;
import io.millrace.console.DoorAddresses;
import io.millrace.edge.Edge;
import io.millrace.edge.EdgeOptions;
import io.millrace.extents.Durability;
import io.millrace.extents.ExtentsException;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.gateway.Gateway;
import io.millrace.gateway.GatewayOptions;
import io.millrace.gateway.device.DeviceDoor;
import io.millrace.gateway.sts.StsDoor;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.PostgresKeySpace;
import io.millrace.keyspace.PostgresOptions;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.keyspace.RocksOptions;
import io.millrace.kit.Clocks;
import io.millrace.kit.Damages;
import io.millrace.kit.Opened;
import io.millrace.kit.http.HttpDoor;
import io.millrace.live.Live;
import io.millrace.live.LiveOptions;
import io.millrace.media.Media;
import io.millrace.media.MediaOptions;
import io.millrace.store.Store;
import io.millrace.store.StoreOptions;
import io.millrace.store.space.StoreException;
import io.millrace.work.Leases;
import io.millrace.work.outgoing.Sender;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The whole program in one process: opens the modules in order and closes them in reverse.
 *
 * <p>Used by the commands and by the end-to-end tests. {@link #open} returns when every door
 * answers.
 */
public final class MillraceServer implements AutoCloseable {
    /** The region that signatures name. */
    public static final String REGION = "local";

    static final String VERSION = "0.1.0";

    private final Settings settings;
    private final Clocks clocks;
    private final PrometheusMeterRegistry metrics = registry();
    private final Damages damages = new Damages();
    private final Opened opened = new Opened();

    private final KeySpace keySpace;
    private final Leases leases;
    private final Sender sender;
    private final Access access;
    private final Optional<FirstStart> firstStart;
    private final LocalExtents extents;
    private final Holds holds;
    private final Store store;
    private final Media media;
    private final Live live;
    private final @Nullable HttpDoor objectDoor;
    private final @Nullable Console console;
    private final @Nullable Edge edge;
    private volatile DemoInfo demo = DemoInfo.NONE;
    private volatile boolean ready;

    private MillraceServer(Settings settings, Clocks clocks, Consumer<FirstStart> first) {
        this.settings = settings;
        this.clocks = clocks;
        try {
            refuseTakenPorts();
            bindMachineMetrics();
            DamageMetrics.bind(damages, metrics);
            refuseUnfinished(settings.data());
            createDirectory(settings.data());
            PrivateData.close(settings.data(), settings.extentDirectories());
            Reserves.refuse(settings);
            keySpace = opened.add(openKeySpace());
            CommitMetrics.bind(keySpace, metrics);
            leases = opened.add(openLeases());
            sender = opened.add(openSender());
            OutgoingMetrics.bind(sender, metrics);
            access = opened.add(openAccess());
            firstStart = access.bootstrap(settings.rootKey().map(RootKey::parse).orElse(null));
            firstStart.ifPresent(first);
            extents = opened.add(openExtents());
            CommitMetrics.bind(extents, metrics);
            holds = opened.add(openHolds());
            store = opened.add(openStore());
            StoreMetrics.bind(store, metrics);
            DiskMetrics.bind(store.room(), metrics);
            opened.add(TroubleWatch.start(damages, store.room(), sender));
            media = opened.add(openMedia());
            MediaMetrics.bind(media, metrics);
            live = opened.add(openLive());
            objectDoor = has(Settings.Role.STORE) ? opened.add(openObjectDoor()) : null;
            console = has(Settings.Role.CONSOLE) ? opened.add(openConsole()) : null;
            edge = has(Settings.Role.EDGE) ? opened.add(openEdge()) : null;
            opened.add(MemoryRelief.start(metrics, clocks.monotonic()));
        } catch (RuntimeException | Error e) {
            opened.close();
            throw e;
        }
        ready = true;
    }

    private boolean has(Settings.Role role) {
        return settings.roles().contains(role);
    }

    /**
     * Opens everything that the settings ask for; what was opened is closed again when a part
     * fails.
     *
     * @param first is told of administrator and root key as soon as they are made: they are kept,
     *     even if what opens after them fails, and never told again
     */
    static MillraceServer open(Settings settings, Consumer<FirstStart> first) {
        return new MillraceServer(settings, Clocks.system(), first);
    }

    /**
     * Opens with setting names and texts, for tests; nothing is read from files or the environment.
     */
    public static MillraceServer open(Map<String, String> settings) {
        return open(settings, Clocks.system());
    }

    /** The same with clocks that a test moves. */
    public static MillraceServer open(Map<String, String> settings, Clocks clocks) {
        return new MillraceServer(Settings.load(null, Map.of(), settings), clocks, _ -> {});
    }

    static PrometheusMeterRegistry registry() {
        return new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    }

    private static void refuseUnfinished(Path data) {
        if (Restore.isUnfinished(data)) {
            throw new StartException(
                    data
                            + " holds what an interrupted restore left: run millrace restore again,"
                            + " or empty the directory");
        }
    }

    private void refuseTakenPorts() {
        Map<String, Integer> doors = new LinkedHashMap<>();
        doors.put("object", settings.objectPort());
        doors.put("console", settings.consolePort());
        doors.put("edge", settings.edgePort());
        doors.put("rtmp", settings.rtmpPort());
        Ports.conflict(doors, settings.bind())
                .ifPresent(
                        message -> {
                            throw new StartException(message);
                        });
    }

    private void bindMachineMetrics() {
        opened.add(machineMetrics(metrics));
    }

    /** What the program takes of the machine, until that is closed. */
    static JvmGcMetrics machineMetrics(MeterRegistry metrics) {
        new JvmMemoryMetrics().bindTo(metrics);
        JvmGcMetrics gc = new JvmGcMetrics();
        gc.bindTo(metrics);
        new JvmThreadMetrics().bindTo(metrics);
        new ProcessorMetrics().bindTo(metrics);
        new FileDescriptorMetrics().bindTo(metrics);
        new UptimeMetrics().bindTo(metrics);
        return gc;
    }

    private static void createDirectory(Path directory) {
        try {
            boolean fresh = Files.notExists(directory);
            Files.createDirectories(directory);
            if (fresh
                    && directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.setPosixFilePermissions(
                        directory, PosixFilePermissions.fromString("rwx------"));
            }
        } catch (IOException e) {
            throw new StartException(
                    "Can't make the data directory " + directory + ": " + e.getMessage());
        }
    }

    private KeySpace openKeySpace() {
        return settings.keyspaceEngine().equals("postgres")
                ? PostgresKeySpace.open(settings.postgresUrl(), PostgresOptions.standard())
                : RocksKeySpace.open(settings.data().resolve("keyspace"), rocks(), damages, clocks);
    }

    private RocksOptions rocks() {
        return RocksOptions.standard()
                .withReserve(settings.diskReserve())
                .forDisk(diskBytes(settings.data()));
    }

    /** The size of the disk that a directory lies on, or will. */
    private static long diskBytes(Path directory) {
        try {
            Path there = directory;
            while (Files.notExists(there) && there.getParent() != null) {
                there = there.getParent();
            }
            return Files.getFileStore(there).getTotalSpace();
        } catch (IOException e) {
            throw new StartException("Can't look at the disk of " + directory + ": " + e);
        }
    }

    private Leases openLeases() {
        return Leases.open(
                keySpace,
                NodeName.of(settings.data()),
                Leases.Options.standard(),
                clocks.monotonic());
    }

    private Sender openSender() {
        OutgoingSettings outgoing = settings.outgoing();
        return Sender.open(
                keySpace, leases, outgoing.options(), outgoing.events().stream().toList(), clocks);
    }

    private Access openAccess() {
        AccessOptions options =
                AccessOptions.defaults()
                        .withDeviceHook(
                                settings.outgoing().deviceHook().orElse(null),
                                Duration.ofSeconds(3));
        return Access.open(
                keySpace,
                leases,
                MasterKey.loadOrCreate(settings.masterKeyFile(), keySpace),
                options,
                sender,
                clocks);
    }

    private Holds openHolds() {
        return Holds.open(
                keySpace,
                extents,
                settings.data(),
                VERSION,
                clocks.wall(),
                clocks.monotonic(),
                () -> KnownDamage.of(damages, keySpace, extents));
    }

    private LocalExtents openExtents() {
        Durability durability = Durability.valueOf(settings.durability().toUpperCase(Locale.ROOT));
        long smallest =
                settings.extentDirectories().stream()
                        .mapToLong(MillraceServer::diskBytes)
                        .min()
                        .orElse(Long.MAX_VALUE);
        try {
            return LocalExtents.open(
                    settings.extentDirectories(),
                    ExtentsOptions.standard()
                            .withDurability(durability)
                            .withVolumeBytes(settings.volumeBytes())
                            .withReserve(settings.diskReserve())
                            .forDisk(smallest),
                    damages);
        } catch (ExtentsException e) {
            throw e.code() == ExtentsException.Code.IDENTITY ? refused(e) : e;
        }
    }

    private Store openStore() {
        try {
            StoreOptions options =
                    StoreOptions.defaults()
                            .withGrace(settings.storeGrace())
                            .withMaintenance(settings.storePause())
                            .withScrub(settings.scrub());
            return Store.open(keySpace, leases, extents, options, clocks, damages);
        } catch (StoreException e) {
            throw e.code() == StoreException.Code.EXTENTS_REFUSED ? refused(e) : e;
        }
    }

    private static StartException refused(RuntimeException reason) {
        return new StartException("Refused to start: " + reason.getMessage());
    }

    private Media openMedia() {
        MediaOptions standard = MediaOptions.defaults();
        MediaOptions options =
                new MediaOptions(
                        settings.mediaWorkers(),
                        standard.videoWorkers(),
                        standard.queue(),
                        standard.imageDeadline(),
                        standard.videoDeadline(),
                        settings.libvips().orElse(null),
                        standard.ffmpeg());
        return Media.open(store, keySpace, leases, options, clocks);
    }

    private Live openLive() {
        LiveOptions standard = LiveOptions.defaults(settings.data());
        int port = has(Settings.Role.LIVE) ? settings.rtmpPort() : -1;
        LiveOptions options =
                new LiveOptions(
                        settings.bind(),
                        port,
                        standard.spool(),
                        standard.spoolMaxBytes(),
                        settings.liveSegment(),
                        settings.liveGrace(),
                        standard.idleTimeout(),
                        settings.doors().bounds(),
                        standard.maxBitrateBitsPerSecond(),
                        standard.memoryBytes());
        return Live.open(keySpace, leases, store, access, options, sender, clocks, metrics);
    }

    private HttpDoor openObjectDoor() {
        GatewayOptions options =
                GatewayOptions.defaults().withBaseDomains(settings.objectDomains());
        if (settings.objectRegion().isPresent()) {
            options = options.withOnlyRegion(settings.objectRegion().get());
        }
        DeviceDoor devices = new DeviceDoor(access, options.region(), clocks);
        Gateway gateway =
                new Gateway(
                        store,
                        access,
                        media,
                        live,
                        List.of(new StsDoor(access, clocks), devices),
                        options,
                        metrics,
                        clocks);
        HttpDoor door =
                HttpDoor.open(
                        settings.doors().door("object", settings.bind(), settings.objectPort()),
                        gateway);
        door.register(metrics);
        return door;
    }

    private Console openConsole() {
        Health health = new Health(keySpace, leases, damages, store, () -> ready);
        ConsoleOptions options =
                new ConsoleOptions(
                        settings.doors().door("console", settings.bind(), settings.consolePort()),
                        VERSION,
                        REGION,
                        this::doors,
                        () -> demo,
                        settings.publicHost().map(h -> h.toLowerCase(Locale.ROOT)).stream()
                                .collect(Collectors.toUnmodifiableSet()),
                        Map.of(
                                "/healthz",
                                health::alive,
                                "/readyz",
                                health::ready,
                                "/metrics",
                                new MetricsPage(metrics, settings.metricsToken())));
        return Console.open(
                options,
                store,
                access,
                media,
                live,
                live.cameras(),
                keySpace,
                holds,
                sender,
                metrics,
                clocks);
    }

    private DoorAddresses doors() {
        return DoorAddresses.ofPorts(objectPort(), edgePort(), rtmpPort());
    }

    private Edge openEdge() {
        RootKey key = access.serviceKey("edge");
        String loopback = Addresses.local(settings.bind());
        URI origin =
                settings.edgeOrigin()
                        .map(URI::create)
                        .orElse(URI.create("http://" + loopback + ":" + objectPort()));
        URI console =
                this.console == null
                        ? null
                        : URI.create("http://" + loopback + ":" + consolePort());
        EdgeOptions options =
                EdgeOptions.of(origin, settings.data().resolve("edge"))
                        .listening(settings.bind(), settings.edgePort(), settings.edgeTlsPort())
                        .withConsole(
                                console,
                                new EdgeOptions.ServiceKey(key.id(), key.secret()),
                                access.playbackKey())
                        .bounded(settings.edgeMemoryBytes(), settings.edgeDiskBytes(), 0)
                        .withReserve(settings.diskReserve())
                        .timeouts(EdgeOptions.CLIENT_TIMEOUT, settings.edge().originTimeout())
                        .withAccessLog(settings.edge().accessLog())
                        .within(settings.doors().bounds(), settings.doors().proxies());
        return Edge.open(options, clocks, metrics);
    }

    /** Tells the console what the demo page shows. */
    void showDemo(DemoInfo info) {
        demo = info;
    }

    /** The demo over this server's parts; the caller closes it first. */
    Demo demo() {
        return new Demo(store, access, live, settings.data().resolve("demo"));
    }

    public int objectPort() {
        return objectDoor == null ? 0 : objectDoor.port();
    }

    public int consolePort() {
        return console == null ? 0 : console.port();
    }

    public int edgePort() {
        return edge == null ? 0 : edge.port();
    }

    /** The edge's TLS door, -1 without one. */
    public int edgeTlsPort() {
        return edge == null ? -1 : edge.tlsPort();
    }

    public int rtmpPort() {
        return live.rtmpPort();
    }

    public Store store() {
        return store;
    }

    public Access access() {
        return access;
    }

    public Live live() {
        return live;
    }

    public Media media() {
        return media;
    }

    /** The administrator and the root key pair if this was the first start. */
    public Optional<FirstStart> firstStart() {
        return firstStart;
    }

    /**
     * Stops taking requests, lets open ones end, and closes every part; nothing acknowledged is
     * lost.
     */
    @Override
    public void close() {
        ready = false;
        opened.close();
    }
}
