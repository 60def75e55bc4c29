package io.millrace.gateway;

import io.millrace.kit.http.Exchange;

/**
 * Something else that answers on the object door's port: STS, devices. Asked before the object API,
 * in order; it proves its callers itself and answers its own errors. Thread-safe.
 */
public interface SideDoor {
    /** Whether the request is this door's; cheap, because every request is asked. */
    boolean takes(Exchange exchange);

    /** Answers a request that it takes. */
    void handle(Exchange exchange) throws Exception;
}
