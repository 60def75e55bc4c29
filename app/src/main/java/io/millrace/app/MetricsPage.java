package io.millrace.app;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.kit.http.Exchange;
import io.millrace.kit.http.HttpHandler;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;

/**
 * {@code /metrics} in the Prometheus text format; to who knows the token, where one is set ({@code
 * Authorization: Bearer}, RFC 6750). Thread-safe.
 */
record MetricsPage(PrometheusMeterRegistry registry, Optional<String> token)
        implements HttpHandler {
    @Override
    public void handle(Exchange exchange) {
        exchange.setHeader("Cache-Control", "no-store");
        if (token.isPresent() && !knows(exchange.header("Authorization"), token.get())) {
            exchange.status(401)
                    .setHeader("WWW-Authenticate", "Bearer realm=\"metrics\"")
                    .setHeader("Content-Type", "text/plain; charset=utf-8")
                    .send("Send the token of metrics.token: Authorization: Bearer …\n");
            return;
        }
        exchange.setHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                .send(registry.scrape());
    }

    private static boolean knows(@org.jspecify.annotations.Nullable String header, String token) {
        return header != null
                && MessageDigest.isEqual(
                        header.getBytes(StandardCharsets.UTF_8),
                        ("Bearer " + token).getBytes(StandardCharsets.UTF_8));
    }
}
