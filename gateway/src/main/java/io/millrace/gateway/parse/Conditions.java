package io.millrace.gateway.parse;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.kit.http.Exchange;
import io.millrace.kit.http.HttpDate;
import io.millrace.store.objects.ReadConditions;
import io.millrace.store.objects.WriteConditions;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Conditional headers, as values. */
public final class Conditions {
    private Conditions() {}

    /** If-Match and its like. */
    public static ReadConditions read(Exchange exchange) {
        return read(exchange, "If-");
    }

    /** The same for the source of a copy: {@code x-…-copy-source-if-match} and its like. */
    static ReadConditions source(Exchange exchange, String headerPrefix) {
        return read(exchange, headerPrefix + "copy-source-if-");
    }

    private static ReadConditions read(Exchange exchange, String prefix) {
        List<String> match = etags(exchange.header(prefix + "Match"));
        List<String> noneMatch = etags(exchange.header(prefix + "None-Match"));
        Instant since = time(exchange.header(prefix + "Modified-Since"));
        Instant until = time(exchange.header(prefix + "Unmodified-Since"));
        if (match == null && noneMatch == null && since == null && until == null) {
            return ReadConditions.NONE;
        }
        return new ReadConditions(match, noneMatch, since, until);
    }

    /**
     * Refuses the conditions of a write that its operation would pass over: what a client makes
     * dependent on something is never done without looking at that.
     *
     * @param heeded whether the operation heeds {@link #write}
     */
    static void refuseUnheeded(Exchange exchange, boolean heeded) {
        for (Map.Entry<String, String> header : exchange.headers()) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            boolean unheeded =
                    switch (name) {
                        case "if-match", "if-none-match" -> !heeded;
                        case "if-unmodified-since" -> true;
                        default -> name.startsWith("x-amz-if-match-");
                    };
            if (unheeded) {
                throw new GatewayException(
                                ErrorCode.NOT_IMPLEMENTED,
                                "This operation can't depend on the header " + name + ".")
                        .with("Header", name);
            }
        }
        forbidsOverwrite(exchange);
    }

    static boolean forbidsOverwrite(Exchange exchange) {
        return forbidsOverwrite(exchange.header("x-oss-forbid-overwrite"));
    }

    /** What x-oss-forbid-overwrite says, in a header or a form; absent: false. */
    public static boolean forbidsOverwrite(@Nullable String forbid) {
        if (forbid == null || forbid.equalsIgnoreCase("false")) {
            return false;
        }
        if (forbid.equalsIgnoreCase("true")) {
            return true;
        }
        throw new GatewayException(
                        ErrorCode.INVALID_ARGUMENT,
                        "x-oss-forbid-overwrite can only be true or false.")
                .with("ArgumentName", "x-oss-forbid-overwrite")
                .with("ArgumentValue", forbid);
    }

    /** If-Match, If-None-Match: * and x-oss-forbid-overwrite. */
    static WriteConditions write(Exchange exchange) {
        List<String> match = etags(exchange.header("If-Match"));
        String noneMatch = exchange.header("If-None-Match");
        boolean absent = forbidsOverwrite(exchange);
        if (noneMatch != null) {
            if (!noneMatch.strip().equals("*")) {
                throw new GatewayException(
                        ErrorCode.NOT_IMPLEMENTED, "On a write If-None-Match can only be *.");
            }
            absent = true;
        }
        return match == null && !absent ? WriteConditions.NONE : new WriteConditions(match, absent);
    }

    /** A list of ETags without their quotes; null when the header is absent. */
    static @Nullable List<String> etags(@Nullable String header) {
        if (header == null) {
            return null;
        }
        List<String> etags = new ArrayList<>();
        for (String one : header.split(",")) {
            if (!one.isBlank()) {
                etags.add(etag(one));
            }
        }
        return etags;
    }

    /** An ETag as the store writes it: no quotes, no weakness mark, lower case. */
    public static String etag(String text) {
        String bare = text.strip();
        if (bare.startsWith("W/")) {
            bare = bare.substring(2);
        }
        if (bare.length() >= 2 && bare.startsWith("\"") && bare.endsWith("\"")) {
            bare = bare.substring(1, bare.length() - 1);
        }
        return bare.toLowerCase(Locale.ROOT);
    }

    /** A date in HTTP's form or ISO 8601; what is neither counts as absent (RFC 9110, 13.1.3). */
    private static @Nullable Instant time(@Nullable String header) {
        if (header == null) {
            return null;
        }
        Instant http = HttpDate.parse(header).orElse(null);
        if (http != null) {
            return http;
        }
        try {
            return Instant.parse(header.strip());
        } catch (DateTimeException e) {
            return null;
        }
    }
}
