package io.millrace.edge;

import io.millrace.kit.MonotonicClock;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Where the origin is; its name is looked up off the event loops, again when it is half a minute
 * old. Thread-safe.
 */
final class OriginAddress {
    private static final long FRESH_NANOS = 30_000_000_000L;

    private final String host;
    private final int port;
    private final boolean secure;
    private final MonotonicClock clock;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicBoolean looking = new AtomicBoolean();
    private volatile InetAddress[] addresses = new InetAddress[0];
    private volatile long lookedUpNanos;

    OriginAddress(URI origin, MonotonicClock clock) {
        this.clock = clock;
        host = origin.getHost();
        secure = "https".equals(origin.getScheme());
        port = origin.getPort() >= 0 ? origin.getPort() : secure ? 443 : 80;
        lookUp();
    }

    String host() {
        return host;
    }

    boolean secure() {
        return secure;
    }

    /** An address to connect to, or null while the name has none. */
    @Nullable InetSocketAddress pick() {
        if (clock.nanos() - lookedUpNanos > FRESH_NANOS && looking.compareAndSet(false, true)) {
            Thread.ofVirtual()
                    .name("edge-dns")
                    .start(
                            () -> {
                                lookUp();
                                looking.set(false);
                            });
        }
        InetAddress[] known = addresses;
        if (known.length == 0) {
            return null;
        }
        return new InetSocketAddress(known[Math.floorMod(next.get(), known.length)], port);
    }

    /** The address picked last does not answer: try the next. */
    void failed() {
        next.incrementAndGet();
    }

    private void lookUp() {
        try {
            addresses = InetAddress.getAllByName(host);
        } catch (UnknownHostException e) {
            LoggerFactory.getLogger(OriginAddress.class)
                    .warn("the origin's name {} has no address now", host);
        }
        lookedUpNanos = clock.nanos();
    }
}
