package io.millrace.kit.http;

import java.time.Duration;

/**
 * What a door listens on and its bounds.
 *
 * @param name for thread names and logs
 * @param host the address to bind, such as {@code 0.0.0.0}
 * @param port 0 to 65,535; 0 takes any free one
 * @param maxHeaderBytes all request headers together, 1 KiB to 1 MiB; more is answered 431
 * @param idleTimeout a connection on which no byte moves for this long is closed; also the longest
 *     wait for the next bytes of a body
 * @param maxConnections further connections are closed at once
 * @param maxInFlight requests being worked on at once; further ones are answered 503
 */
public record HttpDoorOptions(
        String name,
        String host,
        int port,
        int maxHeaderBytes,
        Duration idleTimeout,
        int maxConnections,
        int maxInFlight) {
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
        if (maxConnections < 1 || maxInFlight < 1) {
            throw new IllegalArgumentException("maxConnections and maxInFlight must be positive");
        }
    }

    /** A door with the usual bounds: 64 KiB of headers, 60 s idle, 10,000 connections. */
    public static HttpDoorOptions of(String name, String host, int port) {
        return new HttpDoorOptions(
                name, host, port, 64 << 10, Duration.ofSeconds(60), 10_000, 2_048);
    }
}
