package io.millrace.edge;

import io.millrace.kit.DiskReserve;
import io.millrace.kit.door.DoorBounds;
import io.millrace.kit.door.TrustedProxies;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where an edge listens, what it fetches from and how much it may keep.
 *
 * @param origin the object door (or any HTTP server): {@code http://host:port} or {@code
 *     https://…}, without path
 * @param console the console's address for the pull of settings and the reports; null: the edge
 *     runs on these options alone
 * @param serviceKey the account that signs origin and console requests (SigV4, service {@code
 *     millrace}); null: origin requests go unsigned
 * @param defaultKey the playback key of the default domain (URL authentication type A) until
 *     settings come from the console; null without a console: the default domain is public
 * @param host the address to listen on
 * @param httpPort 0 picks a free port
 * @param httpsPort 0 picks a free port, -1: no TLS door
 * @param directory the cache on disk, with the last settings; made when missing
 * @param memoryBytes bound of the bodies kept in memory, at least 8 MiB
 * @param diskBytes bound of the bodies kept on disk, at least 64 MiB
 * @param reserve of the cache's disk: before less than twice as much is left, the cache gives way
 * @param eventLoops threads that serve; 0: one for each processor
 * @param bounds viewers at a time and what is held for them; shared out over the event loops
 * @param proxies whose word for the viewer's address is taken
 * @param clientTimeout a viewer that sends or takes nothing for so long is cut off
 * @param originTimeout an origin that sends nothing for so long has failed
 * @param headers request fields that reach the origin of an edge without a service key, and select
 *     among what is kept; the others don't reach it
 * @param accessLog whether each answered request gets a line in the logger {@value
 *     AccessLog#LOGGER}
 * @param purgeToken who shows it ({@code Authorization: Bearer}) may purge at this edge; null: only
 *     what is signed with the service key
 */
public record EdgeOptions(
        URI origin,
        @Nullable URI console,
        @Nullable ServiceKey serviceKey,
        @Nullable String defaultKey,
        String host,
        int httpPort,
        int httpsPort,
        Path directory,
        long memoryBytes,
        long diskBytes,
        DiskReserve reserve,
        int eventLoops,
        DoorBounds bounds,
        TrustedProxies proxies,
        Duration clientTimeout,
        Duration originTimeout,
        Set<String> headers,
        boolean accessLog,
        @Nullable String purgeToken) {

    /**
     * A viewer that sends or takes nothing for so long is cut off, unless options say otherwise.
     */
    public static final Duration CLIENT_TIMEOUT = Duration.ofSeconds(60);

    /** The id and secret of an access key. */
    public record ServiceKey(String id, String secret) {
        @Override
        public String toString() {
            return "ServiceKey[" + id + "]";
        }
    }

    public EdgeOptions {
        if (origin.getHost() == null || !isHttp(origin)) {
            throw new IllegalArgumentException(
                    "edge origin must be http://host:port or https://host:port, not " + origin);
        }
        if (console != null && (console.getHost() == null || !isHttp(console))) {
            throw new IllegalArgumentException(
                    "console must be an http(s) address, not " + console);
        }
        if (console != null && serviceKey == null) {
            throw new IllegalArgumentException("an edge with a console needs a service key");
        }
        headers = headers.stream().map(EdgeOptions::listed).collect(Collectors.toSet());
        if (memoryBytes < 8L << 20) {
            throw new IllegalArgumentException("edge memory must be at least 8 MiB");
        }
        if (diskBytes < 64L << 20) {
            throw new IllegalArgumentException("edge disk must be at least 64 MiB");
        }
        if (eventLoops < 0) {
            throw new IllegalArgumentException("event loops ≥ 0");
        }
    }

    /** An edge before {@code origin} on free ports, without TLS, console or keys; small bounds. */
    public static EdgeOptions of(URI origin, Path directory) {
        return new EdgeOptions(
                origin,
                null,
                null,
                null,
                "127.0.0.1",
                0,
                -1,
                directory,
                128L << 20,
                4L << 30,
                DiskReserve.ofBytes(0),
                0,
                DoorBounds.ofMemory(20_000, 8),
                TrustedProxies.NONE,
                CLIENT_TIMEOUT,
                Duration.ofSeconds(30),
                Set.of(),
                false,
                null);
    }

    private static String listed(String header) {
        String lower = ViewerRequest.listable(header);
        if (lower == null) {
            throw new IllegalArgumentException(
                    "'"
                            + header
                            + "' is no request header that may be listed: the edge itself sets or"
                            + " drops it");
        }
        return lower;
    }

    /** The same with request fields that go to the origin and select among what is kept. */
    public EdgeOptions withHeaders(Collection<String> names) {
        Copy copy = new Copy(this);
        copy.headers = new HashSet<>(names);
        return copy.done();
    }

    /** The same with an access log. */
    public EdgeOptions withAccessLog(boolean kept) {
        Copy copy = new Copy(this);
        copy.accessLog = kept;
        return copy.done();
    }

    /** The same with a token of who may purge here. */
    public EdgeOptions withPurgeToken(@Nullable String token) {
        Copy copy = new Copy(this);
        copy.purgeToken = token;
        return copy.done();
    }

    /** The same with other doors. */
    public EdgeOptions listening(String host, int httpPort, int httpsPort) {
        Copy copy = new Copy(this);
        copy.host = host;
        copy.httpPort = httpPort;
        copy.httpsPort = httpsPort;
        return copy.done();
    }

    /** The same with an account, the console to pull settings from and the playback key. */
    public EdgeOptions withConsole(
            @Nullable URI console, @Nullable ServiceKey serviceKey, @Nullable String defaultKey) {
        Copy copy = new Copy(this);
        copy.console = console;
        copy.serviceKey = serviceKey;
        copy.defaultKey = defaultKey;
        return copy.done();
    }

    /** The same with other bounds. */
    public EdgeOptions bounded(long memoryBytes, long diskBytes, int eventLoops) {
        Copy copy = new Copy(this);
        copy.memoryBytes = memoryBytes;
        copy.diskBytes = diskBytes;
        copy.eventLoops = eventLoops;
        return copy.done();
    }

    /** The same with a reserve of the disk to give way for. */
    public EdgeOptions withReserve(DiskReserve reserve) {
        Copy copy = new Copy(this);
        copy.reserve = reserve;
        return copy.done();
    }

    /** The same with other timeouts. */
    public EdgeOptions timeouts(Duration clientTimeout, Duration originTimeout) {
        Copy copy = new Copy(this);
        copy.clientTimeout = clientTimeout;
        copy.originTimeout = originTimeout;
        return copy.done();
    }

    /** The same within other bounds of connections and bytes, behind those proxies. */
    public EdgeOptions within(DoorBounds bounds, TrustedProxies proxies) {
        Copy copy = new Copy(this);
        copy.bounds = bounds;
        copy.proxies = proxies;
        return copy.done();
    }

    /** The fields of other options, to change some of them. */
    private static final class Copy {
        private final URI origin;
        private @Nullable URI console;
        private @Nullable ServiceKey serviceKey;
        private @Nullable String defaultKey;
        private String host;
        private int httpPort;
        private int httpsPort;
        private final Path directory;
        private long memoryBytes;
        private long diskBytes;
        private DiskReserve reserve;
        private int eventLoops;
        private DoorBounds bounds;
        private TrustedProxies proxies;
        private Duration clientTimeout;
        private Duration originTimeout;
        private Set<String> headers;
        private boolean accessLog;
        private @Nullable String purgeToken;

        Copy(EdgeOptions from) {
            origin = from.origin;
            console = from.console;
            serviceKey = from.serviceKey;
            defaultKey = from.defaultKey;
            host = from.host;
            httpPort = from.httpPort;
            httpsPort = from.httpsPort;
            directory = from.directory;
            memoryBytes = from.memoryBytes;
            diskBytes = from.diskBytes;
            reserve = from.reserve;
            eventLoops = from.eventLoops;
            bounds = from.bounds;
            proxies = from.proxies;
            clientTimeout = from.clientTimeout;
            originTimeout = from.originTimeout;
            headers = from.headers;
            accessLog = from.accessLog;
            purgeToken = from.purgeToken;
        }

        EdgeOptions done() {
            return new EdgeOptions(
                    origin,
                    console,
                    serviceKey,
                    defaultKey,
                    host,
                    httpPort,
                    httpsPort,
                    directory,
                    memoryBytes,
                    diskBytes,
                    reserve,
                    eventLoops,
                    bounds,
                    proxies,
                    clientTimeout,
                    originTimeout,
                    headers,
                    accessLog,
                    purgeToken);
        }
    }

    private static boolean isHttp(URI uri) {
        return "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
    }
}
