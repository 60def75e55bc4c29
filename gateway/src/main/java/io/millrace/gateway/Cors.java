package io.millrace.gateway;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.kit.http.Exchange;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.buckets.Buckets;
import io.millrace.store.buckets.CorsRule;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Cross-origin requests: the preflight, and the headers that let a page see an answer. */
final class Cors {
    private final Buckets buckets;

    Cors(Buckets buckets) {
        this.buckets = buckets;
    }

    /** Answers OPTIONS, which comes unsigned. */
    void preflight(Exchange exchange, String bucketName) {
        String origin = exchange.header("Origin");
        String method = exchange.header("Access-Control-Request-Method");
        if (origin == null || method == null) {
            throw new GatewayException(
                    ErrorCode.INVALID_REQUEST,
                    "OPTIONS needs the headers Origin and Access-Control-Request-Method.");
        }
        List<String> headers = names(exchange.header("Access-Control-Request-Headers"));
        CorsRule rule = rule(bucketName, origin, method, headers);
        if (rule == null) {
            throw new GatewayException(ErrorCode.CORS_FORBIDDEN).with("Method", method);
        }
        allow(exchange, rule, origin);
        if (!headers.isEmpty()) {
            exchange.setHeader("Access-Control-Allow-Headers", String.join(", ", headers));
        }
        if (rule.maxAgeSeconds() >= 0) {
            exchange.setHeader("Access-Control-Max-Age", Integer.toString(rule.maxAgeSeconds()));
        }
        exchange.send();
    }

    /**
     * Adds the headers to the answer of a request that came from a page. That it depends on the
     * page is said to others, too, where the bucket's rules ask for it (OSS, {@code ResponseVary}):
     * a cache that got it without an origin must not give it to a page.
     */
    void apply(Exchange exchange, String bucketName) {
        String origin = exchange.header("Origin");
        if (bucketName.isEmpty()) {
            return;
        }
        if (origin == null) {
            if (buckets.get(bucketName).filter(Bucket::corsVary).isPresent()) {
                exchange.addHeader("Vary", "Origin");
            }
            return;
        }
        CorsRule rule = rule(bucketName, origin, exchange.method(), List.of());
        if (rule != null) {
            allow(exchange, rule, origin);
        } else {
            exchange.addHeader("Vary", "Origin");
        }
    }

    private static void allow(Exchange exchange, CorsRule rule, String origin) {
        boolean any = rule.allowedOrigins().contains("*");
        exchange.setHeader("Access-Control-Allow-Origin", any ? "*" : origin);
        exchange.setHeader(
                "Access-Control-Allow-Methods", String.join(", ", rule.allowedMethods()));
        if (!any) {
            exchange.setHeader("Access-Control-Allow-Credentials", "true");
        }
        if (!rule.exposeHeaders().isEmpty()) {
            exchange.setHeader(
                    "Access-Control-Expose-Headers", String.join(", ", rule.exposeHeaders()));
        }
        exchange.addHeader(
                "Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
    }

    private @Nullable CorsRule rule(
            String bucketName, String origin, String method, List<String> headers) {
        Bucket bucket = buckets.get(bucketName).orElse(null);
        if (bucket == null) {
            return null;
        }
        for (CorsRule rule : bucket.cors()) {
            if (rule.allowedMethods().contains(method)
                    && anyMatches(rule.allowedOrigins(), origin, false)
                    && headers.stream()
                            .allMatch(name -> anyMatches(rule.allowedHeaders(), name, true))) {
                return rule;
            }
        }
        return null;
    }

    private static boolean anyMatches(List<String> patterns, String text, boolean anyCase) {
        for (String pattern : patterns) {
            if (matches(pattern, text, anyCase)) {
                return true;
            }
        }
        return false;
    }

    /** A pattern has at most one star. */
    static boolean matches(String pattern, String text, boolean anyCase) {
        int star = pattern.indexOf('*');
        if (star < 0) {
            return anyCase ? pattern.equalsIgnoreCase(text) : pattern.equals(text);
        }
        int tail = pattern.length() - star - 1;
        return text.length() >= star + tail
                && text.regionMatches(anyCase, 0, pattern, 0, star)
                && text.regionMatches(anyCase, text.length() - tail, pattern, star + 1, tail);
    }

    private static List<String> names(@Nullable String header) {
        List<String> names = new ArrayList<>();
        if (header != null) {
            for (String name : header.split(",")) {
                if (!name.isBlank()) {
                    names.add(name.strip());
                }
            }
        }
        return names;
    }
}
