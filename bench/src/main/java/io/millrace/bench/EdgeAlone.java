package io.millrace.bench;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.edge.Edge;
import io.millrace.edge.EdgeOptions;
import io.millrace.kit.Clocks;
import java.net.URI;
import java.nio.file.Path;

/**
 * An edge by itself for the benchmark: origin address, port, cache directory and number of event
 * loops on the command line; runs until it is killed.
 */
public final class EdgeAlone {
    private EdgeAlone() {}

    public static void main(String[] arguments) throws InterruptedException {
        if (arguments.length != 4) {
            System.err.println("usage: EdgeAlone ORIGIN PORT DIRECTORY LOOPS");
            System.exit(2);
        }
        EdgeOptions options =
                EdgeOptions.of(URI.create(arguments[0]), Path.of(arguments[2]))
                        .listening("127.0.0.1", Integer.parseInt(arguments[1]), -1)
                        .bounded(64L << 20, 1L << 30, Integer.parseInt(arguments[3]));
        try (Edge edge = Edge.open(options, Clocks.system(), new SimpleMeterRegistry())) {
            System.out.println("listening on " + edge.port());
            Thread.currentThread().join();
        }
    }
}
