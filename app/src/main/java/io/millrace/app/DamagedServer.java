package io.millrace.app;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.extents.ExtentsException;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.kit.Damages;
import io.millrace.kit.http.Exchange;
import io.millrace.kit.http.HttpDoor;
import io.millrace.kit.http.HttpDoorOptions;
import io.millrace.kit.http.HttpHandler;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What runs in place of the server when its data is damaged: nothing is opened, nothing is changed,
 * and every door says so with 503. The console's door names the place and the commands.
 *
 * <p>It serves no reads either: with commits missing, "not found" would be a lie, and nobody could
 * tell which one. It holds no lock, so that verify and repair may run beside it.
 */
final class DamagedServer implements AutoCloseable {
    private static final Set<String> RESERVED = Set.of("/healthz", "/metrics", "/readyz");
    private static final Logger LOG = LoggerFactory.getLogger(DamagedServer.class);
    private static final String PUBLIC =
            "The data of this server is damaged; its operator finds the place in its readiness.";

    private final String text;
    private final MetricsPage metrics;
    private final Deque<HttpDoor> doors = new ArrayDeque<>();

    private DamagedServer(String text, MetricsPage metrics) {
        this.text = text;
        this.metrics = metrics;
    }

    /**
     * Opens the doors for a server that failed to open.
     *
     * @throws RuntimeException the failure itself, when it is no damage
     */
    static DamagedServer open(Settings settings, RuntimeException failure) {
        if (!isDamage(failure)) {
            throw failure;
        }
        PrometheusMeterRegistry metrics = MillraceServer.registry();
        Damages damages = new Damages();
        DamageMetrics.bind(damages, metrics);
        if (failure instanceof KeySpaceException keySpace) {
            damages.found(keySpace.damages());
        }
        String text = text(failure, settings.data());
        LOG.error(text);
        DamagedServer server =
                new DamagedServer(text, new MetricsPage(metrics, settings.metricsToken()));
        try {
            server.door("console", settings, settings.consolePort(), server::console);
            server.door("object", settings, settings.objectPort(), DamagedServer::object);
            server.door("edge", settings, settings.edgePort(), DamagedServer::object);
            return server;
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private static boolean isDamage(RuntimeException failure) {
        return switch (failure) {
            case KeySpaceException e -> e.code() == KeySpaceException.Code.CORRUPT;
            case ExtentsException e -> e.code() == ExtentsException.Code.CORRUPT;
            default -> false;
        };
    }

    /** What is wrong and what to type. */
    private static String text(RuntimeException failure, Path data) {
        return "Damaged, so nothing is served: "
                + failure.getMessage()
                + ". Nothing was changed. \"millrace verify "
                + "--data "
                + data
                + "\" shows everything that is damaged, \"millrace repair --data "
                + data
                + "\" keeps the evidence and mends what can be mended.";
    }

    private void door(String name, Settings settings, int port, HttpHandler handler) {
        HttpDoorOptions options = settings.doors().door(name, settings.bind(), port);
        doors.push(HttpDoor.open(options.reserving(RESERVED), handler));
    }

    /** The console's door: health, metrics, and the reason for everything else. */
    private void console(Exchange exchange) {
        switch (exchange.rawPath()) {
            case "/healthz" -> plain(exchange, 200, "ok\n");
            case "/metrics" -> metrics.handle(exchange);
            default -> plain(exchange, 503, text + "\n");
        }
    }

    /** An error that both dialects' SDKs understand. */
    private static void object(Exchange exchange) {
        exchange.status(503)
                .setHeader("Content-Type", "application/xml")
                .setHeader("Cache-Control", "no-store")
                .setHeader("x-oss-request-id", exchange.requestId())
                .setHeader("x-amz-request-id", exchange.requestId())
                .send(
                        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>DataDamaged</Code>"
                                + "<Message>"
                                + PUBLIC
                                + "</Message><RequestId>"
                                + exchange.requestId()
                                + "</RequestId></Error>");
    }

    private static void plain(Exchange exchange, int status, String text) {
        exchange.status(status)
                .setHeader("Content-Type", "text/plain; charset=utf-8")
                .setHeader("Cache-Control", "no-store")
                .send(text);
    }

    /** What the operator is told. */
    String text() {
        return text;
    }

    /** The console door's port. */
    int consolePort() {
        return doors.getLast().port();
    }

    @Override
    public void close() {
        while (!doors.isEmpty()) {
            doors.pop().close();
        }
    }
}
