package io.millrace.console;

import io.millrace.access.Caller;
import io.millrace.access.RequestContext;
import io.millrace.access.Sessions.ConsoleSession;
import io.millrace.kit.http.Exchange;
import io.millrace.signing.Query;
import io.millrace.signing.QueryException;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One API request: who asks, the parts of its path and query, its body, and the answer. */
final class Call {
    /** The largest body that the API takes: a certificate chain with its key fits many times. */
    static final int MAX_BODY_BYTES = 256 * 1024;

    private final Exchange exchange;
    private final Map<String, String> variables;
    private final Caller caller;
    private final @Nullable ConsoleSession session;
    private final byte @Nullable [] verifiedBody;
    private @Nullable Query query;

    /**
     * One request whose caller is known.
     *
     * @param verifiedBody the body when its signature needed it whole, else null
     */
    Call(
            Exchange exchange,
            Map<String, String> variables,
            Caller caller,
            @Nullable ConsoleSession session,
            byte @Nullable [] verifiedBody) {
        this.exchange = exchange;
        this.variables = variables;
        this.caller = caller;
        this.session = session;
        this.verifiedBody = verifiedBody;
    }

    Exchange exchange() {
        return exchange;
    }

    Caller caller() {
        return caller;
    }

    /** The console session; null for a signed request. */
    @Nullable ConsoleSession session() {
        return session;
    }

    RequestContext context() {
        Map<String, String> values = new HashMap<>();
        String agent = exchange.header("User-Agent");
        String referer = exchange.header("Referer");
        if (agent != null) {
            values.put("useragent", agent);
        }
        if (referer != null) {
            values.put("referer", referer);
        }
        return RequestContext.of(exchange.requestId(), exchange.remoteAddress(), exchange.secure())
                .withValues(values);
    }

    /** A part of the path that the route names. */
    String variable(String name) {
        String value = variables.get(name);
        if (value == null) {
            throw new IllegalStateException("the route has no variable " + name);
        }
        return value;
    }

    /** A query parameter, or {@code otherwise}. */
    String parameter(String name, String otherwise) {
        if (query == null) {
            query = query(exchange);
        }
        String value = query.get(name);
        return value == null ? otherwise : value;
    }

    /** A query parameter that must be there. */
    String parameter(String name) {
        String value = parameter(name, "");
        if (value.isEmpty()) {
            throw ApiError.invalid("The parameter " + name + " is missing.", "Add it to the URL.");
        }
        return value;
    }

    /** A whole number from the query within bounds. */
    int number(String name, int otherwise, int least, int most) {
        String text = parameter(name, "");
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            return Math.clamp(Long.parseLong(text), least, most);
        } catch (NumberFormatException e) {
            throw ApiError.invalid(name + " is not a number: " + text, "Send digits only.");
        }
    }

    /** The JSON body. */
    <T> T body(Class<T> type) {
        return Json.read(verifiedBody == null ? readBody(exchange) : verifiedBody, type);
    }

    /** The whole body of a request, bounded. */
    static byte[] readBody(Exchange exchange) {
        if (exchange.contentLength() > MAX_BODY_BYTES) {
            throw tooLarge();
        }
        try {
            byte[] bytes = exchange.body().readNBytes(MAX_BODY_BYTES + 1);
            if (bytes.length > MAX_BODY_BYTES) {
                throw tooLarge();
            }
            return bytes;
        } catch (IOException e) {
            throw ApiError.invalid("The body broke off: " + e.getMessage(), "Send it again.");
        }
    }

    private static ApiError tooLarge() {
        return new ApiError(
                413,
                "TooLarge",
                "The body is larger than " + MAX_BODY_BYTES / 1024 + " KiB.",
                "Files go to the object door, not through the admin API.");
    }

    void json(Object value) {
        json(200, value);
    }

    void json(int status, Object value) {
        send(exchange, status, value);
    }

    static void send(Exchange exchange, int status, Object value) {
        exchange.status(status)
                .setHeader("Content-Type", "application/json; charset=utf-8")
                .setHeader("Cache-Control", "no-store")
                .setHeader("X-Content-Type-Options", "nosniff")
                .send(Json.write(value));
    }

    /** An answer that says nothing but that it is done. */
    void done() {
        json(200, Map.of());
    }

    /** The query; a 400 when two readers could take it differently. */
    static Query query(Exchange exchange) {
        try {
            return Query.parse(exchange.rawQuery());
        } catch (QueryException e) {
            throw ApiError.invalid(
                    String.valueOf(e.getMessage()), "Send each parameter once, percent-encoded.");
        }
    }
}
