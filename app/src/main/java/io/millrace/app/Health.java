package io.millrace.app;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.extents.Extents;
import io.millrace.keyspace.KeySpace;
import io.millrace.kit.http.Exchange;
import java.util.function.BooleanSupplier;

/** Answers {@code /healthz}, {@code /readyz} and {@code /metrics}. Thread-safe. */
final class Health {
    private static final byte[] PROBE = {'A'};

    private final KeySpace keySpace;
    private final Extents extents;
    private final PrometheusMeterRegistry metrics;
    private final BooleanSupplier started;

    Health(
            KeySpace keySpace,
            Extents extents,
            PrometheusMeterRegistry metrics,
            BooleanSupplier started) {
        this.keySpace = keySpace;
        this.extents = extents;
        this.metrics = metrics;
        this.started = started;
    }

    /** 200 while the process can answer. */
    void alive(Exchange exchange) {
        text(exchange, 200, "ok\n");
    }

    /** 200 when every door is open, the key space reads and the disk has room; else 503 and why. */
    void ready(Exchange exchange) {
        if (!started.getAsBoolean()) {
            text(exchange, 503, "starting or stopping\n");
            return;
        }
        try {
            keySpace.get(PROBE);
        } catch (RuntimeException e) {
            text(exchange, 503, "the key space does not answer: " + e.getMessage() + "\n");
            return;
        }
        if (extents.freeBytes() <= 0) {
            text(exchange, 503, "the disk is full: reads and deletes work, writes don't\n");
            return;
        }
        text(exchange, 200, "ready\n");
    }

    /** The Prometheus text format. */
    void metrics(Exchange exchange) {
        exchange.setHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                .send(metrics.scrape());
    }

    private static void text(Exchange exchange, int status, String text) {
        exchange.status(status)
                .setHeader("Content-Type", "text/plain; charset=utf-8")
                .setHeader("Cache-Control", "no-store")
                .send(text);
    }
}
