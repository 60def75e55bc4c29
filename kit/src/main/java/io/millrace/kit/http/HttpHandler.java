package io.millrace.kit.http;

/** Answers one request; called on a virtual thread of its own, so it may block. */
@FunctionalInterface
public interface HttpHandler {
    /**
     * Answers {@code exchange}. Returning without an answer, or throwing before one, becomes a
     * plain 500; throwing while an answer is being streamed resets the connection, so that a client
     * never takes a broken answer for a whole one.
     */
    void handle(Exchange exchange) throws Exception;

    /**
     * Says 503 to a request that there is no room for: at once, on the event loop, without a look
     * at anything but the head.
     */
    default void busy(Exchange exchange) {
        exchange.status(503)
                .setHeader("Content-Type", "text/plain; charset=utf-8")
                .setHeader("Retry-After", "1")
                .send("The server is busy; try again in a second.\n");
    }
}
