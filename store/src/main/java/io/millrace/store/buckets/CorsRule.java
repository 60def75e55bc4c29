package io.millrace.store.buckets;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One CORS rule of a bucket, as both dialects write it.
 *
 * @param id optional name
 * @param allowedOrigins origins, with at most one {@code *} each; at least one
 * @param allowedMethods GET, PUT, POST, DELETE, HEAD; at least one
 * @param allowedHeaders request header names, with at most one {@code *} each
 * @param exposeHeaders response header names
 * @param maxAgeSeconds how long a browser may keep the answer; -1 when not given
 */
public record CorsRule(
        @Nullable String id,
        List<String> allowedOrigins,
        List<String> allowedMethods,
        List<String> allowedHeaders,
        List<String> exposeHeaders,
        int maxAgeSeconds) {
    public CorsRule {
        allowedOrigins = List.copyOf(allowedOrigins);
        allowedMethods = List.copyOf(allowedMethods);
        allowedHeaders = List.copyOf(allowedHeaders);
        exposeHeaders = List.copyOf(exposeHeaders);
    }
}
