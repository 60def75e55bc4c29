package io.millrace.kit.http;

import io.millrace.kit.door.DoorBounds;
import io.millrace.kit.door.TrustedProxies;
import java.time.Duration;
import java.util.Set;

/**
 * What a door listens on and its bounds.
 *
 * @param name for thread names and logs
 * @param host the address to bind, such as {@code 0.0.0.0}
 * @param port 0 to 65,535; 0 takes any free one
 * @param maxHeaderBytes all request headers together, 1 KiB to 1 MiB; more is answered 431
 * @param idleTimeout a connection on which no byte moves for this long is closed; also the longest
 *     wait for the next bytes of a body, and for a stranger's next 64 KiB
 * @param bounds connections and bytes
 * @param maxInFlight requests being worked on at once; further ones are answered 503. A request
 *     whose body is still to come counts from its proof on ({@link Exchange#proven}), or from the
 *     body's end
 * @param reserved paths that are answered however many requests there are, such as {@code
 *     /healthz}: cheap ones, without a body
 * @param proxies whose word for the client's address is taken
 */
public record HttpDoorOptions(
        String name,
        String host,
        int port,
        int maxHeaderBytes,
        Duration idleTimeout,
        DoorBounds bounds,
        int maxInFlight,
        Set<String> reserved,
        TrustedProxies proxies) {
    public HttpDoorOptions {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port must be 0 to 65535, not " + port);
        }
        if (maxHeaderBytes < 1024 || maxHeaderBytes > 1 << 20) {
            throw new IllegalArgumentException("maxHeaderBytes must be 1 KiB to 1 MiB");
        }
        if (idleTimeout.isNegative() || idleTimeout.isZero()) {
            throw new IllegalArgumentException("idleTimeout must be positive");
        }
        if (maxInFlight < 1) {
            throw new IllegalArgumentException("maxInFlight must be positive");
        }
        reserved = Set.copyOf(reserved);
    }

    /**
     * A door with the usual bounds: 64 KiB of headers, 60 s idle, 10,000 connections, an eighth of
     * the memory.
     */
    public static HttpDoorOptions of(String name, String host, int port) {
        return new HttpDoorOptions(
                name,
                host,
                port,
                64 << 10,
                Duration.ofSeconds(60),
                DoorBounds.ofMemory(10_000, 8),
                2_048,
                Set.of(),
                TrustedProxies.NONE);
    }

    /** The same within other bounds. */
    public HttpDoorOptions within(DoorBounds other) {
        return new HttpDoorOptions(
                name,
                host,
                port,
                maxHeaderBytes,
                idleTimeout,
                other,
                maxInFlight,
                reserved,
                proxies);
    }

    /** The same behind those proxies. */
    public HttpDoorOptions behind(TrustedProxies trusted) {
        return new HttpDoorOptions(
                name,
                host,
                port,
                maxHeaderBytes,
                idleTimeout,
                bounds,
                maxInFlight,
                reserved,
                trusted);
    }

    /** The same with another idle time. */
    public HttpDoorOptions idleAfter(Duration idle) {
        return new HttpDoorOptions(
                name, host, port, maxHeaderBytes, idle, bounds, maxInFlight, reserved, proxies);
    }

    /** The same with other bounds of requests and headers. */
    public HttpDoorOptions atMost(int headerBytes, int inFlight) {
        return new HttpDoorOptions(
                name, host, port, headerBytes, idleTimeout, bounds, inFlight, reserved, proxies);
    }

    /** The same with paths that are always answered. */
    public HttpDoorOptions reserving(Set<String> paths) {
        return new HttpDoorOptions(
                name, host, port, maxHeaderBytes, idleTimeout, bounds, maxInFlight, paths, proxies);
    }
}
