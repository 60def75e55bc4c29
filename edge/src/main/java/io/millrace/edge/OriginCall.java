package io.millrace.edge;

import io.millrace.edge.http.Headers;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.FullHttpRequest;

/**
 * One request to the origin and what becomes of it. All calls come on one event loop: at most one
 * {@link #head}, then {@link #data}, then {@link #end} or {@link #failed}; {@link #failed} may come
 * alone.
 */
interface OriginCall {
    /** The request; called again for a retry, when its date and signature are made anew. */
    FullHttpRequest request();

    /** Whether the request may be sent twice (RFC 9110 section 9.2.2). */
    boolean repeatable();

    /** What came ahead of the answer: 102, or 103 with its links (RFC 8297); end-to-end fields. */
    void interim(int status, Headers fields);

    void head(int status, Headers headers, OriginConnection from);

    /** Bytes of the body; the caller releases them. */
    void data(ByteBuf bytes);

    /** The answer ended as its head promised. */
    void end();

    void failed(Failure failure);

    /** How the origin failed, with the answer to give for it. */
    enum Failure {
        UNREACHABLE(502, "origin-unreachable", "the origin does not accept connections"),
        TIMEOUT(504, "origin-timeout", "the origin did not answer in time"),
        BROKEN(502, "origin-broken", "the origin's answer broke off or is not HTTP"),
        BUSY(503, "origin-busy", "too many requests wait for the origin; try again");

        private final int status;
        private final String reason;
        private final String text;

        Failure(int status, String reason, String text) {
            this.status = status;
            this.reason = reason;
            this.text = text;
        }

        int status() {
            return status;
        }

        String reason() {
            return reason;
        }

        String text() {
            return text;
        }
    }
}
