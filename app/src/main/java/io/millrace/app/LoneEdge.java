package io.millrace.app;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.edge.Edge;
import io.millrace.edge.EdgeOptions;
import io.millrace.kit.Clocks;
import io.millrace.kit.Opened;
import io.millrace.kit.http.Exchange;
import io.millrace.kit.http.HttpDoor;
import java.util.Set;

/** An edge by itself, with health and metrics on the port where a server has its console. */
final class LoneEdge implements AutoCloseable {
    private final Opened opened = new Opened();
    private final MetricsPage metrics;
    private final Edge edge;
    private final HttpDoor door;

    private LoneEdge(EdgeOptions options, Settings settings) {
        Clocks clocks = Clocks.system();
        PrometheusMeterRegistry registry = MillraceServer.registry();
        this.metrics = new MetricsPage(registry, settings.metricsToken());
        try {
            opened.add(MillraceServer.machineMetrics(registry));
            this.edge = opened.add(Edge.open(options, clocks, registry));
            this.door =
                    opened.add(
                            HttpDoor.open(
                                    settings.doors()
                                            .door("health", settings.bind(), settings.consolePort())
                                            .reserving(Set.of("/healthz", "/readyz", "/metrics")),
                                    this::answer));
            door.register(registry);
            opened.add(MemoryRelief.start(registry, clocks.monotonic()));
        } catch (RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    /** Opens both doors. */
    static LoneEdge open(EdgeOptions options, Settings settings) {
        return new LoneEdge(options, settings);
    }

    private void answer(Exchange exchange) {
        switch (exchange.rawPath()) {
            case "/healthz" -> plain(exchange, 200, "ok\n");
            case "/readyz" -> plain(exchange, 200, "ready\n");
            case "/metrics" -> metrics.handle(exchange);
            default -> plain(exchange, 404, "Here are /healthz, /readyz and /metrics.\n");
        }
    }

    private static void plain(Exchange exchange, int status, String text) {
        exchange.status(status)
                .setHeader("Content-Type", "text/plain; charset=utf-8")
                .setHeader("Cache-Control", "no-store")
                .send(text);
    }

    int port() {
        return edge.port();
    }

    /** The port of health and metrics. */
    int healthPort() {
        return door.port();
    }

    @Override
    public void close() {
        opened.close();
    }
}
