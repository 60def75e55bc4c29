package io.millrace.kit.http;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the request line and the framing headers say, with the problem when they are ambiguous.
 * Requests that two readers could take differently are refused (RFC 9112, sections 3.2 and 6).
 *
 * @param path as sent, percent-encoded, without scheme and authority
 * @param query as sent, empty when there is none
 * @param contentLength announced bytes; -1 when chunked
 * @param problem why the request is refused, or null
 */
record RequestCheck(String path, String query, long contentLength, @Nullable String problem) {
    static RequestCheck of(HttpServerRequest request) {
        String uri = request.uri();
        String authority = null;
        if (!uri.startsWith("/") && !uri.equals("*")) {
            int scheme = uri.indexOf("://");
            if (scheme < 0) {
                return bad("The request target must be a path.");
            }
            int from = scheme + 3;
            int slash = from;
            while (slash < uri.length() && "/?".indexOf(uri.charAt(slash)) < 0) {
                slash++;
            }
            authority = uri.substring(from, slash);
            String rest = uri.substring(slash);
            uri = rest.startsWith("/") ? rest : "/" + rest;
        }
        int question = uri.indexOf('?');
        String path = question < 0 ? uri : uri.substring(0, question);
        String query = question < 0 ? "" : uri.substring(question + 1);
        String problem = hostProblem(request, authority);
        if (problem != null) {
            return bad(problem);
        }
        return framed(request, path, query);
    }

    private static @Nullable String hostProblem(
            HttpServerRequest request, @Nullable String authority) {
        List<String> hosts = request.headers().getAll("Host");
        if (hosts.size() > 1) {
            return "More than one Host header.";
        }
        if (hosts.isEmpty()) {
            return request.version() == HttpVersion.HTTP_1_1 ? "The Host header is missing." : null;
        }
        if (authority != null
                && !authority
                        .toLowerCase(Locale.ROOT)
                        .equals(hosts.getFirst().toLowerCase(Locale.ROOT))) {
            return "The Host header and the request target name different hosts.";
        }
        return null;
    }

    private static RequestCheck framed(HttpServerRequest request, String path, String query) {
        String encoding = request.getHeader("Transfer-Encoding");
        String length = request.getHeader("Content-Length");
        if (encoding != null) {
            if (length != null || !encoding.equalsIgnoreCase("chunked")) {
                return bad("Transfer-Encoding must be chunked and come without Content-Length.");
            }
            return new RequestCheck(path, query, -1, null);
        }
        if (length == null) {
            return new RequestCheck(path, query, 0, null);
        }
        try {
            long bytes = Long.parseLong(length);
            if (bytes >= 0 && Character.isDigit(length.charAt(0))) {
                return new RequestCheck(path, query, bytes, null);
            }
        } catch (NumberFormatException e) {
            // Falls through to the refusal.
        }
        return bad("Content-Length must be a whole number of bytes.");
    }

    private static RequestCheck bad(String problem) {
        return new RequestCheck("/", "", 0, problem);
    }
}
