package io.millrace.edge.http;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Parses a request head out of bytes that end with an empty line (RFC 9112), and refuses what is
 * ambiguous instead of mending it: bare CR or LF, folded lines, a space before the colon, a body
 * length said twice or in two ways, two Hosts.
 */
public final class HeadParser {
    /** The longest head that is read. */
    public static final int MAX_HEAD_BYTES = 16 * 1024;

    /** The longest request target. */
    public static final int MAX_TARGET_BYTES = 8 * 1024;

    private static final int MAX_FIELDS = 100;
    private static final boolean[] TOKEN = tokenBytes();

    private final byte[] bytes;
    private final int end;
    private int at;

    private HeadParser(byte[] bytes, int from, int end) {
        this.bytes = bytes;
        this.at = from;
        this.end = end;
    }

    /**
     * Parses {@code bytes[from, end)}, which ends with the empty line.
     *
     * @throws MalformedRequest with the status to answer before the connection is closed
     */
    public static RequestHead parse(byte[] bytes, int from, int end) {
        return new HeadParser(bytes, from, end).head();
    }

    private RequestHead head() {
        String method = method();
        String target = target();
        boolean http11 = version();
        Headers headers = new Headers();
        while (bytes[at] != '\r') {
            field(headers);
            if (headers.size() > MAX_FIELDS) {
                throw new MalformedRequest(431, "more than " + MAX_FIELDS + " header fields");
            }
        }
        if (at + 2 != end || bytes[at + 1] != '\n') {
            throw new MalformedRequest(400, "a bare carriage return");
        }
        long length = bodyLength(headers, http11);
        return new RequestHead(
                method,
                Target.parse(method, target, host(headers, http11)),
                http11,
                headers,
                length,
                keepAlive(headers, http11));
    }

    private String method() {
        int start = at;
        while (at < end && isToken(bytes[at])) {
            at++;
        }
        if (at == start || at - start > 24 || bytes[at] != ' ') {
            throw new MalformedRequest(400, "the method is not a token");
        }
        int length = at++ - start;
        if (length == 3
                && bytes[start] == 'G'
                && bytes[start + 1] == 'E'
                && bytes[start + 2] == 'T') {
            return "GET";
        }
        return text(start, start + length);
    }

    private String target() {
        int start = at;
        while (at < end && bytes[at] > ' ' && bytes[at] != 0x7f) {
            at++;
        }
        if (at - start > MAX_TARGET_BYTES) {
            throw new MalformedRequest(414, "the request target is longer than 8 KiB");
        }
        if (at == start || bytes[at] != ' ') {
            throw new MalformedRequest(400, "the request target has a byte that must be escaped");
        }
        return text(start, at++);
    }

    private boolean version() {
        if (at + 10 > end || bytes[at + 8] != '\r' || bytes[at + 9] != '\n') {
            throw new MalformedRequest(400, "the request line does not end after its version");
        }
        String version = text(at, at + 8);
        at += 10;
        return switch (version) {
            case "HTTP/1.1" -> true;
            case "HTTP/1.0" -> false;
            default ->
                    throw new MalformedRequest(505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
        };
    }

    private void field(Headers into) {
        int start = at;
        int hash = 0;
        while (at < end && isToken(bytes[at])) {
            int lower = bytes[at] >= 'A' && bytes[at] <= 'Z' ? bytes[at] + 32 : bytes[at];
            hash = 31 * hash + lower;
            at++;
        }
        if (at == start || bytes[at] != ':') {
            throw new MalformedRequest(400, "a header field's name is not a token");
        }
        String name = text(start, at++);
        while (bytes[at] == ' ' || bytes[at] == '\t') {
            at++;
        }
        int valueStart = at;
        while (at < end
                && (bytes[at] >= ' ' || bytes[at] < 0 || bytes[at] == '\t')
                && bytes[at] != 0x7f) {
            at++;
        }
        if (at + 1 >= end || bytes[at] != '\r' || bytes[at + 1] != '\n') {
            throw new MalformedRequest(400, "a control character in a header field");
        }
        int valueEnd = at;
        while (valueEnd > valueStart
                && (bytes[valueEnd - 1] == ' ' || bytes[valueEnd - 1] == '\t')) {
            valueEnd--;
        }
        at += 2;
        if (bytes[at] == ' ' || bytes[at] == '\t') {
            throw new MalformedRequest(400, "a folded header field");
        }
        into.add(name, hash, text(valueStart, valueEnd));
    }

    private static @Nullable String host(Headers headers, boolean http11) {
        int count = headers.count("host");
        if (count > 1 || (count == 0 && http11)) {
            throw new MalformedRequest(400, "exactly one Host is needed");
        }
        return headers.get("host");
    }

    private static long bodyLength(Headers headers, boolean http11) {
        String coding = headers.joined("transfer-encoding");
        String length = headers.joined("content-length");
        if (coding != null) {
            if (length != null || !http11) {
                throw new MalformedRequest(
                        400, "Transfer-Encoding beside Content-Length or HTTP/1.0");
            }
            if (!coding.equalsIgnoreCase("chunked")) {
                throw new MalformedRequest(501, "the only transfer coding known here is chunked");
            }
            return -1;
        }
        if (length == null) {
            return 0;
        }
        if (length.isEmpty() || length.length() > 18) {
            throw new MalformedRequest(400, "Content-Length is not a number");
        }
        for (int i = 0; i < length.length(); i++) {
            if (length.charAt(i) < '0' || length.charAt(i) > '9') {
                throw new MalformedRequest(400, "Content-Length is not one number");
            }
        }
        return Long.parseLong(length);
    }

    private static boolean keepAlive(Headers headers, boolean http11) {
        if (!headers.has("connection")) {
            return http11;
        }
        return http11
                ? !headers.hasToken("connection", "close")
                : headers.hasToken("connection", "keep-alive");
    }

    private String text(int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private static boolean isToken(byte b) {
        return b > 0 && TOKEN[b];
    }

    private static boolean[] tokenBytes() {
        boolean[] token = new boolean[128];
        for (char c = '0'; c <= 'z'; c++) {
            token[c] = Character.isLetterOrDigit(c);
        }
        for (char c : "!#$%&'*+-.^_`|~".toCharArray()) {
            token[c] = true;
        }
        return token;
    }
}
