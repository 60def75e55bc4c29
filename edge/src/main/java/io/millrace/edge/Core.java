package io.millrace.edge;

import io.millrace.edge.cache.Cache;
import io.millrace.edge.rules.Lifetimes;
import io.millrace.edge.rules.Settings;
import io.millrace.kit.Clocks;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What every part of one running edge shares. Thread-safe. */
final class Core {
    static final long HEAD_TIMEOUT_NANOS = 10_000_000_000L;

    private final EdgeOptions options;
    private final Clocks clocks;
    private final String id;
    private final Cache cache;
    private final Transport transport;
    private final OriginAddress origin;
    private final OriginRequests requests;
    private final OriginFigures originFigures;
    private final Heads heads;
    private final @Nullable AccessLog accessLog;
    private final Statistics statistics = new Statistics();
    private final Fetches fetches;
    private final Router router;
    private final AtomicInteger connections = new AtomicInteger();
    private final LongAdder refusedRequests = new LongAdder();
    private volatile @Nullable Settings settings;
    private volatile Lifetimes lifetimes = Lifetimes.NONE;
    private volatile boolean stopping;
    private final @Nullable SslContext originTls;

    Core(
            EdgeOptions options,
            Clocks clocks,
            String id,
            Cache cache,
            Transport transport,
            OriginFigures originFigures) {
        this.originFigures = originFigures;
        this.options = options;
        this.clocks = clocks;
        this.id = id;
        this.cache = cache;
        this.transport = transport;
        this.origin = new OriginAddress(options.origin(), clocks.monotonic());
        this.requests = new OriginRequests(options, id, clocks.wall());
        this.heads = new Heads(options.serviceKey() != null);
        this.accessLog = options.accessLog() ? new AccessLog() : null;
        this.fetches = new Fetches(this);
        this.router = new Router(this);
        this.originTls = origin.secure() ? clientTls() : null;
    }

    private static SslContext clientTls() {
        try {
            return SslContextBuilder.forClient()
                    .sslProvider(Certificates.provider())
                    .endpointIdentificationAlgorithm("HTTPS")
                    .build();
        } catch (SSLException e) {
            throw new EdgeException(
                    EdgeException.Code.CERTIFICATE, "TLS to the origin cannot be set up", e);
        }
    }

    EdgeOptions options() {
        return options;
    }

    /** This edge's name in CDN-Loop and reports. */
    String id() {
        return id;
    }

    Cache cache() {
        return cache;
    }

    Transport transport() {
        return transport;
    }

    /** TLS towards the origin, with the JDK's trusted roots. */
    SslHandler originTls(ByteBufAllocator alloc) {
        SslContext known = originTls;
        if (known == null) {
            throw new IllegalStateException("the origin speaks plain HTTP");
        }
        return known.newHandler(alloc, origin.host(), options.origin().getPort());
    }

    OriginAddress origin() {
        return origin;
    }

    OriginFigures originFigures() {
        return originFigures;
    }

    OriginRequests requests() {
        return requests;
    }

    Heads heads() {
        return heads;
    }

    /** Null when none is kept. */
    @Nullable AccessLog accessLog() {
        return accessLog;
    }

    Statistics statistics() {
        return statistics;
    }

    Fetches fetches() {
        return fetches;
    }

    Router router() {
        return router;
    }

    /** By the cache's own clock, which nobody sets: for freshness, ages and pauses. */
    long nowMillis() {
        return clocks.steady().millis();
    }

    /** For the idle times of connections. */
    long nanos() {
        return clocks.monotonic().nanos();
    }

    /** What the time is, for dates and signatures. */
    Instant wall() {
        return clocks.wall().instant();
    }

    /** Judges whether a proof has expired; never goes back. */
    Instant expiryNow() {
        return clocks.forward().instant();
    }

    @Nullable Settings settings() {
        return settings;
    }

    void settings(Settings next) {
        lifetimes = Lifetimes.of(next);
        settings = next;
    }

    /** What domains say of lifetimes instead of the origin. */
    Lifetimes lifetimes() {
        return lifetimes;
    }

    /** Whether origin requests carry the edge's own signature: then viewers only read. */
    boolean signs() {
        return options.serviceKey() != null;
    }

    boolean stopping() {
        return stopping;
    }

    void stop() {
        stopping = true;
    }

    void connected(int change) {
        connections.addAndGet(change);
    }

    int connections() {
        return connections.get();
    }

    void refused() {
        refusedRequests.increment();
    }

    long refusedRequests() {
        return refusedRequests.sum();
    }
}
