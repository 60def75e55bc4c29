package io.millrace.edge.http;

/**
 * A request's head, checked against everything that lets two parsers disagree about where it ends.
 *
 * @param method upper-case token as sent
 * @param target where it points, normalised
 * @param http11 false for HTTP/1.0
 * @param headers as sent
 * @param contentLength bytes of the body; 0 without one, -1 when chunked
 * @param keepAlive whether the connection may carry another request
 */
public record RequestHead(
        String method,
        Target target,
        boolean http11,
        Headers headers,
        long contentLength,
        boolean keepAlive) {

    public boolean hasBody() {
        return contentLength != 0;
    }
}
