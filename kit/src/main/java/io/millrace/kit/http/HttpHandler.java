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
}
