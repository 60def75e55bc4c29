package io.millrace.app;

import io.millrace.kit.DiskReserve;
import io.millrace.kit.config.ConfigException;
import io.millrace.kit.config.Configuration;
import io.millrace.kit.config.Setting;
import io.millrace.kit.config.Setting.Kind;
import io.millrace.store.scrub.ScrubOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Everything that {@code millrace.yml} and {@code MILLRACE_*} can say, read once into types.
 *
 * @param portOffset added to every port but 0
 * @param publicHost the name or address that links carry; empty: worked out from the machine
 * @param rootKey {@code ID:SECRET} for the first start; empty: made at random
 */
record Settings(
        Set<Role> roles,
        Path data,
        String bind,
        int objectPort,
        List<String> objectDomains,
        Optional<String> objectRegion,
        int consolePort,
        int edgePort,
        int edgeTlsPort,
        int rtmpPort,
        int portOffset,
        DoorSettings doors,
        Optional<String> publicHost,
        String keyspaceEngine,
        String postgresUrl,
        List<Path> extentDirectories,
        long volumeBytes,
        Duration storeGrace,
        Duration storePause,
        String durability,
        ScrubOptions scrub,
        DiskReserve diskReserve,
        Optional<String> edgeOrigin,
        Optional<String> edgeConsole,
        Optional<String> edgeKey,
        List<String> edgeHeaders,
        long edgeMemoryBytes,
        long edgeDiskBytes,
        EdgeSettings edge,
        Path masterKeyFile,
        Optional<String> rootKey,
        Optional<String> metricsToken,
        Duration liveSegment,
        Duration liveGrace,
        Optional<String> libvips,
        int mediaWorkers,
        OutgoingSettings outgoing,
        Duration drain) {

    /** Which parts of the program run in this process. */
    enum Role {
        STORE,
        LIVE,
        MEDIA,
        EDGE,
        CONSOLE
    }

    /** MILLRACE_* variables of the launcher and of the backups, which are no settings. */
    static final List<String> LAUNCHER_VARIABLES =
            List.of("MILLRACE_JAVA_OPTS", "MILLRACE_BACKUP_KEY_FILE");

    static final List<Setting> KNOWN =
            joined(
                    DoorSettings.KNOWN,
                    new Setting(
                            "roles",
                            Kind.LIST,
                            "store,live,media,edge,console",
                            "parts that run in this process"),
                    new Setting("data", Kind.TEXT, "./data", "where everything is kept"),
                    new Setting("bind", Kind.TEXT, "0.0.0.0", "address that the doors listen on"),
                    new Setting(
                            "doors.object.port", Kind.PORT, "9000", "OSS, S3, STS and playback"),
                    new Setting(
                            "doors.object.domains",
                            Kind.LIST,
                            "",
                            "names below which the first label is a bucket: media.example.com"),
                    new Setting(
                            "doors.object.region",
                            Kind.TEXT,
                            "",
                            "the only region that SigV4 signatures may be for; unset: any"),
                    new Setting(
                            "doors.console.port",
                            Kind.PORT,
                            "9001",
                            "console, admin API, health, metrics"),
                    new Setting("doors.edge.port", Kind.PORT, "8080", "edge cache, HTTP"),
                    new Setting(
                            "doors.edge.tls-port", Kind.TEXT, "", "edge cache, HTTPS; unset: off"),
                    new Setting("doors.rtmp.port", Kind.PORT, "1935", "live ingest, RTMP"),
                    new Setting("port-offset", Kind.NUMBER, "0", "moves every door by this much"),
                    new Setting("public-host", Kind.TEXT, "", "host name that links carry"),
                    new Setting("keyspace.engine", Kind.TEXT, "rocksdb", "rocksdb or postgres"),
                    new Setting(
                            "keyspace.postgres.url",
                            Kind.SECRET,
                            "",
                            "jdbc:postgresql://host/db?user=…"),
                    new Setting("extents.engine", Kind.TEXT, "volumes", "volumes (local disks)"),
                    new Setting(
                            "extents.directories",
                            Kind.LIST,
                            "",
                            "disks for volumes; unset: under data"),
                    new Setting(
                            "extents.volume",
                            Kind.BYTES,
                            "256MiB",
                            "size at which a volume is sealed: 1MiB to 16GiB, at most a 64th of a disk"),
                    new Setting(
                            "store.grace",
                            Kind.DURATION,
                            "1h",
                            "how long deleted bytes are kept for those who read them on other nodes"),
                    new Setting(
                            "store.pause",
                            Kind.DURATION,
                            "60s",
                            "from one pass of freeing and compacting to the next, 1s or more"),
                    new Setting("durability", Kind.TEXT, "strict", "strict, relaxed or none"),
                    new Setting(
                            "scrub.rate",
                            Kind.BYTES,
                            "20MiB",
                            "bytes a second that the look for damage reads; 0: off"),
                    new Setting(
                            "scrub.every",
                            Kind.DURATION,
                            "14d",
                            "from one look at everything to the next"),
                    new Setting(
                            "disk.reserve",
                            Kind.BYTES,
                            "",
                            "kept back of each disk for deletes; unset: 2 % of it, 256MiB to 20GiB,"
                                    + " at most a quarter"),
                    new Setting(
                            "edge.origin",
                            Kind.TEXT,
                            "",
                            "origin of an edge alone: http://host:9000"),
                    new Setting(
                            "edge.console",
                            Kind.TEXT,
                            "",
                            "where an edge alone pulls settings: http://host:9001"),
                    new Setting(
                            "edge.key", Kind.SECRET, "", "service key of an edge alone: ID:SECRET"),
                    new Setting(
                            "edge.headers",
                            Kind.LIST,
                            "",
                            "request headers that reach the origin of an edge alone without a key"),
                    new Setting(
                            "edge.memory", Kind.BYTES, "64MiB", "memory for small cached bodies"),
                    new Setting("edge.disk", Kind.BYTES, "4GiB", "disk for cached bodies"),
                    new Setting("master-key-file", Kind.TEXT, "", "unset: data/master.key"),
                    new Setting(
                            "root-key",
                            Kind.SECRET,
                            "",
                            "ID:SECRET of the root key at the first start"),
                    new Setting(
                            "metrics.token",
                            Kind.SECRET,
                            "",
                            "asked of who reads /metrics; unset: anybody may"),
                    new Setting(
                            "live.segment",
                            Kind.DURATION,
                            "2s",
                            "target length of a segment, 500ms to 100s"),
                    new Setting(
                            "live.grace",
                            Kind.DURATION,
                            "60s",
                            "how long a lost publisher may return"),
                    new Setting("media.libvips", Kind.TEXT, "", "path of another libvips"),
                    new Setting(
                            "media.workers",
                            Kind.NUMBER,
                            "2",
                            "image workers for light work at the most; heavier work has its own"),
                    new Setting(
                            "drain",
                            Kind.DURATION,
                            "10s",
                            "how long a stop waits for open requests"));

    /**
     * In the order in which they are listed: those of the doors after their ports, those of
     * outgoing calls before the last.
     */
    private static List<Setting> joined(List<Setting> doors, Setting... others) {
        List<Setting> all = new ArrayList<>(List.of(others));
        int after = 1;
        while (all.get(after - 1).name().compareTo("doors.rtmp.port") != 0) {
            after++;
        }
        int edge = 1;
        while (all.get(edge - 1).name().compareTo("edge.disk") != 0) {
            edge++;
        }
        all.addAll(edge, EdgeSettings.KNOWN);
        all.addAll(after, doors);
        all.addAll(all.size() - 1, OutgoingSettings.KNOWN);
        return List.copyOf(all);
    }

    /** Reads {@code millrace.yml} (or the file given), the environment and the command line. */
    static Settings load(
            @Nullable Path file, Map<String, String> environment, Map<String, String> overrides) {
        return load(file, environment, overrides, warning -> {});
    }

    /** The same; says what is wrong with how secrets were given. */
    static Settings load(
            @Nullable Path file,
            Map<String, String> environment,
            Map<String, String> overrides,
            Consumer<String> warn) {
        Path chosen = file;
        if (chosen == null && Files.isRegularFile(Path.of("millrace.yml"))) {
            chosen = Path.of("millrace.yml");
        }
        if (chosen != null && !Files.isRegularFile(chosen)) {
            throw new ConfigException("There is no configuration file " + chosen);
        }
        Configuration read =
                Configuration.load(KNOWN, chosen, environment, LAUNCHER_VARIABLES, overrides);
        read.warnings().forEach(warn);
        return of(read);
    }

    /** Without its secrets, wherever it may be printed. */
    @Override
    public String toString() {
        return "Settings[" + roles + ", " + data + "]";
    }

    private static Settings of(Configuration c) {
        Path data = Path.of(c.text("data")).toAbsolutePath().normalize();
        int offset = inRange(c, "port-offset", 0, 50_000);
        String engine = oneOf(c, "keyspace.engine", List.of("rocksdb", "postgres"));
        oneOf(c, "extents.engine", List.of("volumes"));
        if (engine.equals("postgres") && c.optional("keyspace.postgres.url").isEmpty()) {
            throw new ConfigException(
                    "'keyspace.engine' is postgres, so 'keyspace.postgres.url' must say where it is");
        }
        List<Path> directories =
                c.list("extents.directories").stream()
                        .map(d -> Path.of(d).toAbsolutePath())
                        .toList();
        return new Settings(
                roles(c),
                data,
                c.text("bind"),
                moved(c.port("doors.object.port"), offset),
                c.list("doors.object.domains"),
                region(c),
                moved(c.port("doors.console.port"), offset),
                moved(c.port("doors.edge.port"), offset),
                c.optional("doors.edge.tls-port").isEmpty()
                        ? -1
                        : moved(c.port("doors.edge.tls-port"), offset),
                moved(c.port("doors.rtmp.port"), offset),
                offset,
                DoorSettings.of(c),
                c.optional("public-host"),
                engine,
                c.text("keyspace.postgres.url"),
                directories.isEmpty() ? List.of(data.resolve("extents")) : directories,
                volumeBytes(c),
                storeGrace(c, engine),
                storePause(c),
                oneOf(c, "durability", List.of("strict", "relaxed", "none")),
                new ScrubOptions(c.bytes("scrub.rate"), c.duration("scrub.every")),
                c.optional("disk.reserve").isEmpty()
                        ? DiskReserve.standard()
                        : DiskReserve.ofBytes(c.bytes("disk.reserve")),
                c.optional("edge.origin"),
                c.optional("edge.console"),
                pair(c, "edge.key"),
                c.list("edge.headers"),
                c.bytes("edge.memory"),
                c.bytes("edge.disk"),
                EdgeSettings.of(c),
                c.optional("master-key-file").map(Path::of).orElse(data.resolve("master.key")),
                pair(c, "root-key"),
                c.optional("metrics.token"),
                segment(c),
                c.duration("live.grace"),
                c.optional("media.libvips"),
                inRange(c, "media.workers", 1, 64),
                OutgoingSettings.of(c),
                c.duration("drain"));
    }

    private static Optional<String> region(Configuration c) {
        Optional<String> region = c.optional("doors.object.region");
        if (region.isPresent() && !region.get().matches("[a-z0-9-]{1,63}")) {
            throw new ConfigException(
                    "'doors.object.region' must be 1 to 63 of a-z, 0-9 and -: eu-central-1");
        }
        return region;
    }

    private static int inRange(Configuration c, String name, int least, int most) {
        long number = c.number(name);
        if (number < least || number > most) {
            throw new ConfigException("'%s' must be %d to %d".formatted(name, least, most));
        }
        return (int) number;
    }

    private static Duration segment(Configuration c) {
        Duration segment = c.duration("live.segment");
        if (segment.toMillis() < 500 || segment.toSeconds() > 100) {
            throw new ConfigException("'live.segment' must be 500ms to 100s");
        }
        return segment;
    }

    private static long volumeBytes(Configuration c) {
        long bytes = c.bytes("extents.volume");
        if (bytes < 1L << 20 || bytes > 16L << 30) {
            throw new ConfigException("'extents.volume' must be 1MiB to 16GiB");
        }
        return bytes;
    }

    /** Between two passes each node tells the others what is read on it. */
    private static Duration storeGrace(Configuration c, String engine) {
        Duration grace = c.duration("store.grace");
        if (engine.equals("postgres")
                && grace.compareTo(c.duration("store.pause").multipliedBy(2)) < 0) {
            throw new ConfigException(
                    "'store.grace' must be at least two 'store.pause' where nodes share a key space");
        }
        return grace;
    }

    private static Duration storePause(Configuration c) {
        Duration pause = c.duration("store.pause");
        if (pause.toMillis() < 1_000) {
            throw new ConfigException("'store.pause' must be 1s or more");
        }
        return pause;
    }

    /** A key pair; what is wrong is never repeated. */
    private static Optional<String> pair(Configuration c, String name) {
        Optional<String> text = c.optional(name);
        if (text.isPresent() && !text.get().matches("[^:\\s]+:\\S+")) {
            throw new ConfigException("'" + name + "' must be a key pair, written ID:SECRET");
        }
        return text;
    }

    private static int moved(int port, int offset) {
        if (port == 0) {
            return 0;
        }
        if (port + offset > 65535) {
            throw new ConfigException(
                    "Port " + port + " with offset " + offset + " is beyond 65535");
        }
        return port + offset;
    }

    private static String oneOf(Configuration c, String name, List<String> allowed) {
        String text = c.text(name);
        if (!allowed.contains(text)) {
            throw new ConfigException(
                    "'"
                            + name
                            + "' must be "
                            + String.join(" or ", allowed)
                            + ", not '"
                            + text
                            + "'");
        }
        return text;
    }

    private static Set<Role> roles(Configuration c) {
        Set<Role> roles = EnumSet.noneOf(Role.class);
        for (String name : c.list("roles")) {
            try {
                roles.add(Role.valueOf(name.toUpperCase(Locale.ROOT)));
            } catch (IllegalArgumentException e) {
                String all =
                        java.util.Arrays.stream(Role.values())
                                .map(r -> r.name().toLowerCase(Locale.ROOT))
                                .collect(Collectors.joining(", "));
                throw new ConfigException("'roles' has no '" + name + "'; there are " + all);
            }
        }
        return roles;
    }
}
