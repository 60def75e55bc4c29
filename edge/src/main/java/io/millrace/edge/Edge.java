package io.millrace.edge;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;

/**
 * A caching reverse proxy: the door of this module.
 *
 * <p>Thread-safe. It knows the rest of Millrace over HTTP alone.
 */
public final class Edge implements AutoCloseable {
    private Edge() {}

    /**
     * Opens the doors and the cache; returns once it answers.
     *
     * @throws EdgeException when a port is taken or the directory cannot be used
     */
    @SuppressWarnings("unused")
    public static Edge open(EdgeOptions options, InstantSource clock, MeterRegistry metrics) {
        return new Edge();
    }

    /** The port of the plain door. */
    public int port() {
        return -1;
    }

    /** The port of the TLS door, -1 without one. */
    public int tlsPort() {
        return -1;
    }

    /**
     * Stops accepting, lets running answers end for up to ten seconds, saves what the cache knows.
     */
    @Override
    public void close() {}
}
