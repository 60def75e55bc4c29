package io.millrace.edge;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.edge.cache.Cache;
import io.millrace.edge.cache.Purges;
import io.millrace.edge.rules.Domain;
import io.millrace.edge.rules.Settings;
import io.millrace.kit.Clocks;
import io.millrace.kit.Deadline;
import io.millrace.kit.DiskSpace;
import io.millrace.kit.DurableFile;
import io.millrace.kit.Ids;
import io.millrace.kit.MonotonicClock;
import io.millrace.kit.Opened;
import io.millrace.kit.door.DoorMetrics;
import io.millrace.kit.door.Guests;
import io.millrace.kit.http.AcceptGate;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SniHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A caching reverse proxy: the door of this module.
 *
 * <p>Thread-safe. It knows the rest of Millrace over HTTP alone: it fetches from the origin, signed
 * with its service key, pulls its domains and purges from the console, and reports to it.
 */
public final class Edge implements AutoCloseable {
    private static final Duration DRAIN = Duration.ofSeconds(10);

    private final Core core;
    private final List<Guests> guests;
    private final AtomicInteger started = new AtomicInteger();
    private final MonotonicClock monotonic;
    private final Cache cache;
    private final Transport transport;
    private final Map<EventLoop, Loop> loops = new ConcurrentHashMap<>();
    private final Opened console = new Opened();
    private final Channel plain;
    private final @Nullable Channel tls;

    private Edge(
            EdgeOptions options,
            Clocks clocks,
            Cache cache,
            Transport transport,
            OriginFigures originFigures,
            Opened opened)
            throws IOException {
        this.monotonic = clocks.monotonic();
        this.cache = cache;
        this.transport = transport;
        String id = identity(options.directory());
        this.core = new Core(options, clocks, id, cache, transport, originFigures);
        this.guests = Guests.parts(options.bounds(), clocks.monotonic(), threads(options));
        Certificates certificates =
                options.httpsPort() < 0 ? null : new Certificates(clocks.wall().instant());
        EdgeOptions.ServiceKey key = options.serviceKey();
        if (options.console() == null || key == null) {
            core.settings(standing(options));
        } else {
            opened.add(console);
            ConsoleCalls calls = new ConsoleCalls(core, options.console(), key);
            console.add(
                    new ConsoleLink(
                            core,
                            calls,
                            options.directory(),
                            settings -> {
                                if (certificates != null) {
                                    certificates.update(settings);
                                }
                            }));
            console.add(new ChangeFeed(core, calls, options.directory()));
            // Closed first, so that nobody waits for a poll's end.
            console.add(calls);
            if (core.settings() == null && options.defaultKey() != null) {
                core.settings(standing(options));
            }
        }
        this.plain = listen(options.host(), options.httpPort(), null);
        this.tls =
                certificates == null
                        ? null
                        : listen(options.host(), options.httpsPort(), certificates);
    }

    /**
     * Opens the doors and the cache; returns once it answers.
     *
     * @throws EdgeException when a port is taken or the directory cannot be used
     */
    public static Edge open(EdgeOptions options, Clocks clocks, MeterRegistry metrics) {
        try (Opened opened = new Opened()) {
            Files.createDirectories(options.directory());
            Cache cache =
                    opened.add(
                            Cache.open(
                                    options.directory(),
                                    options.memoryBytes(),
                                    options.diskBytes(),
                                    DiskSpace.of(options.directory(), options.reserve()),
                                    clocks.steady()));
            Transport transport = opened.add(Transport.open(threads(options)));
            OriginFigures originFigures = new OriginFigures(metrics, clocks.monotonic());
            Edge edge = new Edge(options, clocks, cache, transport, originFigures, opened);
            edge.register(metrics);
            opened.keep();
            return edge;
        } catch (IOException e) {
            throw new EdgeException(
                    EdgeException.Code.DIRECTORY,
                    "the cache directory " + options.directory() + " cannot be used: " + e,
                    e);
        }
    }

    private static int threads(EdgeOptions options) {
        return options.eventLoops() == 0
                ? Runtime.getRuntime().availableProcessors()
                : options.eventLoops();
    }

    /** The edge's name, the same over restarts: it stands in CDN-Loop and in reports. */
    private static String identity(Path directory) throws IOException {
        Path file = directory.resolve("id");
        if (Files.exists(file)) {
            String known = Files.readString(file).strip();
            if (known.matches("millrace-[a-z0-9]{8,32}")) {
                return known;
            }
        }
        String id =
                "millrace-" + Ids.requestId().substring(0, 12).toLowerCase(java.util.Locale.ROOT);
        DurableFile.replace(file, StandardCharsets.US_ASCII.encode(id + "\n"));
        return id;
    }

    /** Settings of an edge that has heard nothing from a console. */
    private static Settings standing(EdgeOptions options) {
        String key = options.defaultKey();
        Domain.Auth auth = key == null ? null : new Domain.Auth(key, null, 1800);
        Domain all =
                new Domain(
                        Domain.DEFAULT,
                        new Domain.Mount.Whole(),
                        auth,
                        -1,
                        null,
                        false,
                        options.headers());
        return new Settings(-1, all, Map.of(), List.of(), 1);
    }

    private Channel listen(String host, int port, @Nullable Certificates certificates) {
        ServerBootstrap bootstrap =
                new ServerBootstrap()
                        .group(transport.loops())
                        .channel(transport.server())
                        .handler(new AcceptGate())
                        .option(ChannelOption.SO_BACKLOG, 4096)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childHandler(accepting(certificates));
        try {
            return bootstrap
                    .bind(new InetSocketAddress(host, port))
                    .syncUninterruptibly()
                    .channel();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            // Netty throws the checked BindException past the compiler.
            throw new EdgeException(
                    EdgeException.Code.PORT_TAKEN,
                    "the edge cannot listen on " + host + ":" + port + ": " + e.getMessage(),
                    e);
        }
    }

    private ChannelInitializer<Channel> accepting(@Nullable Certificates certificates) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                if (core.stopping()) {
                    channel.close();
                    return;
                }
                Loop loop = loops.computeIfAbsent(channel.eventLoop(), l -> loop(l));
                Connection connection = Connection.enter(core, loop, channel, certificates != null);
                if (connection == null) {
                    return;
                }
                if (certificates != null) {
                    channel.pipeline().addLast(new SniHandler(certificates));
                }
                channel.pipeline().addLast(connection);
            }
        };
    }

    /** Loops and parts of the door are of one number. */
    private Loop loop(EventLoop executor) {
        return new Loop(core, executor, guests.get(started.getAndIncrement() % guests.size()));
    }

    private void register(MeterRegistry metrics) {
        DoorMetrics.register(metrics, "edge", guests);
        Gauge.builder("millrace.edge.connections", core, Core::connections).register(metrics);
        Gauge.builder("millrace.edge.cache.memory", cache, Cache::memoryBytes)
                .baseUnit("bytes")
                .register(metrics);
        Gauge.builder("millrace.edge.cache.disk", cache, Cache::diskBytes)
                .baseUnit("bytes")
                .register(metrics);
        Gauge.builder("millrace.edge.cache.keys", cache, Cache::keys).register(metrics);
        FunctionCounter.builder("millrace.edge.cache.disk.failures", cache, Cache::diskFailures)
                .register(metrics);
        FunctionCounter.builder("millrace.edge.requests.malformed", core, Core::refusedRequests)
                .register(metrics);
        sum(metrics, "requests", c -> c.requests.sum());
        sum(metrics, "hits", c -> c.hits.sum());
        sum(metrics, "misses", c -> c.misses.sum());
        sum(metrics, "revalidated", c -> c.revalidated.sum());
        sum(metrics, "refused", c -> c.refused.sum());
        sum(metrics, "errors", c -> c.errors.sum());
        sum(metrics, "sent.bytes", c -> c.bytes.sum());
        sum(metrics, "origin.requests", c -> c.originRequests.sum());
    }

    private void sum(
            MeterRegistry metrics,
            String name,
            java.util.function.ToLongFunction<Statistics.Counters> counter) {
        FunctionCounter.builder(
                        "millrace.edge." + name,
                        core.statistics(),
                        s -> s.all().values().stream().mapToLong(counter).sum())
                .register(metrics);
    }

    /** The doors' connections and what is held for them, for each event loop. */
    List<Guests> guests() {
        return guests;
    }

    /** The port of the plain door. */
    public int port() {
        return ((InetSocketAddress) plain.localAddress()).getPort();
    }

    /** The port of the TLS door, -1 without one. */
    public int tlsPort() {
        Channel door = tls;
        return door == null ? -1 : ((InetSocketAddress) door.localAddress()).getPort();
    }

    /** Voids stored answers of an origin path: one address, all that begin so, or everything. */
    public void purge(Purges.Kind kind, String originPath) {
        cache.purges().purge(kind, originPath, 0);
    }

    /**
     * Stops accepting, lets running answers end for up to ten seconds, saves what the cache knows.
     */
    @Override
    public void close() {
        core.stop();
        console.close();
        plain.close().syncUninterruptibly();
        Channel door = tls;
        if (door != null) {
            door.close().syncUninterruptibly();
        }
        Deadline drained = monotonic.deadline(DRAIN);
        while (core.connections() > 0 && !drained.hasPassed()) {
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        transport.close();
        cache.close();
    }
}
