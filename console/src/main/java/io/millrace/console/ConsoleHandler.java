package io.millrace.console;

import io.millrace.keyspace.KeySpaceException;
import io.millrace.kit.http.Exchange;
import io.millrace.kit.http.HttpHandler;
import io.millrace.store.space.StoreException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends each request to the API, to a further route, or to the page; words failures. */
final class ConsoleHandler implements HttpHandler {
    private static final Logger LOG = LoggerFactory.getLogger(ConsoleHandler.class);

    private final ConsoleOptions options;
    private final Gate gate;
    private final Router router;
    private final WebFiles web;

    ConsoleHandler(ConsoleOptions options, Gate gate, Router router, WebFiles web) {
        this.options = options;
        this.gate = gate;
        this.router = router;
        this.web = web;
    }

    @Override
    public void handle(Exchange exchange) throws Exception {
        HttpHandler extra = options.routes().get(exchange.rawPath());
        if (extra != null) {
            extra.handle(exchange);
        } else if (exchange.rawPath().startsWith("/api/")) {
            api(exchange);
        } else {
            web.handle(exchange);
        }
    }

    private void api(Exchange exchange) throws Exception {
        exchange.setHeader("Millrace-Request-Id", exchange.requestId());
        try {
            sameOrigin(exchange);
            Router.Match match = router.find(exchange.method(), exchange.rawPath());
            if (match == null) {
                throw ApiError.notFound(
                        "There is no such part of the API.", "Check the path's spelling.");
            }
            match.route().endpoint().handle(gate.admit(exchange, match));
        } catch (ApiError e) {
            answer(exchange, e);
        } catch (StoreException e) {
            answer(exchange, worded(e));
        } catch (IOException e) {
            throw e;
        } catch (RuntimeException e) {
            answer(exchange, unforeseen(exchange, e));
        }
    }

    /** What no part of the API words itself; also what stands behind another module's exception. */
    private static ApiError unforeseen(Exchange exchange, RuntimeException e) {
        KeySpaceException.@Nullable Code code = null;
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof KeySpaceException k) {
                code = k.code();
                break;
            }
        }
        if (code == KeySpaceException.Code.DISK_FULL) {
            return new ApiError(
                    507,
                    "DiskFull",
                    "The server's disk is full: nothing was changed.",
                    "Delete what is not needed, or add room.");
        }
        LOG.error("Request {} failed", exchange.requestId(), e);
        boolean passes =
                code == KeySpaceException.Code.BUSY || code == KeySpaceException.Code.UNAVAILABLE;
        return passes ? unavailable(PASSES) : failed(exchange);
    }

    /** A page of another site may not make a browser change anything here, signed in or not. */
    private static void sameOrigin(Exchange exchange) {
        if (exchange.method().equals("GET") || exchange.method().equals("HEAD")) {
            return;
        }
        String site = exchange.header("Sec-Fetch-Site");
        String origin = exchange.header("Origin");
        String host = exchange.header("Host");
        boolean foreign =
                site != null
                        ? !site.equals("same-origin") && !site.equals("none")
                        : origin != null && (host == null || !origin.endsWith("://" + host));
        if (foreign) {
            throw new ApiError(
                    403,
                    "CrossSite",
                    "The request came from another site's page.",
                    "Open the console itself.");
        }
    }

    private static void answer(Exchange exchange, ApiError e) {
        if (exchange.answered()) {
            exchange.abort();
            return;
        }
        Call.send(exchange, e.status(), e.body());
    }

    private static ApiError failed(Exchange exchange) {
        return new ApiError(
                500,
                "Failed",
                "The server failed at this request.",
                "Look for " + exchange.requestId() + " in its log.");
    }

    private static final String PASSES = "The key space has no time or can't be reached.";

    private static ApiError worded(StoreException e) {
        String message = e.getMessage() == null ? "The store refused." : e.getMessage();
        return switch (e.code()) {
            case NO_SUCH_BUCKET ->
                    ApiError.notFound("There is no such bucket.", "It may have been deleted.");
            case INVALID_ARGUMENT -> ApiError.invalid(message, "Change it and try again.");
            case BODY_FAILED -> ApiError.invalid(message, "Send it again.");
            case BUSY -> new ApiError(409, "Busy", message, "Try again.");
            case DISK_FULL ->
                    new ApiError(507, "DiskFull", message, "Delete something or add a disk.");
            case CORRUPT -> new ApiError(500, "Corrupt", message, "Restore the object.");
            case EXTENT_ELSEWHERE ->
                    new ApiError(
                            503,
                            "ExtentStoreUnavailable",
                            message,
                            "Ask the server that has this store.");
            case COMMIT_UNKNOWN, UNAVAILABLE, STORAGE_FAILED, EXTENTS_REFUSED, CLOSED ->
                    unavailable(message);
        };
    }

    private static ApiError unavailable(String message) {
        return new ApiError(503, "Unavailable", message, "Try again in a moment.");
    }
}
