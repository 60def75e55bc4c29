package io.millrace.edge.http;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a request points at: one normal form of the path, used alike for the proof, the cache key
 * and the origin.
 *
 * <p>The rules (RFC 3986 section 6.2.2): escapes of unreserved characters are decoded, other
 * escapes get upper-case digits, dot segments are resolved after that (so that {@code %2e%2e} is
 * {@code ..}), a doubled slash stays, since an object's key may hold one. A broken escape, an
 * escaped NUL or a path that climbs above the root is refused.
 *
 * @param host lower case, without port; empty when HTTP/1.0 sent none
 * @param path begins with a slash; {@code *} for OPTIONS *
 * @param query without question mark, as sent; empty when there is none
 */
public record Target(String host, String path, String query) {

    /**
     * Parses origin form, absolute form or, for OPTIONS, the asterisk.
     *
     * @throws MalformedRequest 400
     */
    static Target parse(String method, String raw, @Nullable String hostField) {
        String host = hostField == null ? "" : hostName(hostField);
        if (raw.charAt(0) == '/') {
            return split(host, raw);
        }
        if (raw.equals("*") && method.equals("OPTIONS")) {
            return new Target(host, "*", "");
        }
        String lower = raw.toLowerCase(Locale.ROOT);
        int start = lower.startsWith("http://") ? 7 : lower.startsWith("https://") ? 8 : -1;
        if (start < 0) {
            throw new MalformedRequest(400, "the request target is neither a path nor an address");
        }
        int slash = start;
        while (slash < raw.length() && raw.charAt(slash) != '/' && raw.charAt(slash) != '?') {
            slash++;
        }
        String named = hostName(raw.substring(start, slash));
        if (!named.equals(host)) {
            throw new MalformedRequest(400, "Host and the address in the request line differ");
        }
        String rest = raw.substring(slash);
        return split(named, rest.startsWith("/") ? rest : "/" + rest);
    }

    private static Target split(String host, String raw) {
        int question = raw.indexOf('?');
        String path = question < 0 ? raw : raw.substring(0, question);
        String query = question < 0 ? "" : raw.substring(question + 1);
        return new Target(host, normalise(path), query);
    }

    private static String hostName(String field) {
        int end = field.length();
        int colon = field.lastIndexOf(':');
        if (colon >= 0 && field.indexOf(']') < colon) {
            for (int i = colon + 1; i < end; i++) {
                if (field.charAt(i) < '0' || field.charAt(i) > '9') {
                    throw new MalformedRequest(400, "Host is not a host and a port");
                }
            }
            end = colon;
        }
        boolean upper = false;
        for (int i = 0; i < end; i++) {
            char c = field.charAt(i);
            boolean ok =
                    (c >= 'a' && c <= 'z')
                            || (c >= '0' && c <= '9')
                            || c == '.'
                            || c == '-'
                            || c == '_'
                            || c == '['
                            || c == ']'
                            || c == ':';
            if (c >= 'A' && c <= 'Z') {
                upper = true;
            } else if (!ok) {
                throw new MalformedRequest(400, "Host has a character that no host name has");
            }
        }
        String name = end == field.length() ? field : field.substring(0, end);
        return upper ? name.toLowerCase(Locale.ROOT) : name;
    }

    /**
     * The normal form of a path.
     *
     * @throws MalformedRequest 400 when it has none
     */
    public static String normalise(String path) {
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c == '%'
                    || c == '\\'
                    || c == '#'
                    || c > 0x7e
                    || (c == '.' && path.charAt(i - 1) == '/')) {
                return resolveDots(decodeUnreserved(path));
            }
        }
        return path;
    }

    /**
     * The normal form of a path that a person or a playlist wrote: characters outside ASCII and
     * spaces are escaped as UTF-8 first, as players and browsers do.
     *
     * @throws MalformedRequest 400 when it has none
     */
    public static String normaliseText(String path) {
        StringBuilder out = new StringBuilder(path.length());
        for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
            if (b <= ' ' || b == 0x7f) {
                escape(out, (char) (b & 0xff));
            } else {
                out.append((char) b);
            }
        }
        return normalise(out.toString());
    }

    private static String decodeUnreserved(String path) {
        StringBuilder out = new StringBuilder(path.length() + 16);
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c > 0x7e || c == '\\' || c == '#' || c == '"' || c == '<' || c == '>') {
                escape(out, c);
                continue;
            }
            if (c != '%') {
                out.append(c);
                continue;
            }
            int high = i + 1 < path.length() ? Character.digit(path.charAt(i + 1), 16) : -1;
            int low = i + 2 < path.length() ? Character.digit(path.charAt(i + 2), 16) : -1;
            if (high < 0 || low < 0) {
                throw new MalformedRequest(400, "the path has a broken escape");
            }
            char decoded = (char) (high << 4 | low);
            if (decoded == 0) {
                throw new MalformedRequest(400, "the path has an escaped NUL");
            }
            if (isUnreserved(decoded)) {
                out.append(decoded);
            } else {
                escape(out, decoded);
            }
            i += 2;
        }
        return out.toString();
    }

    private static String resolveDots(String path) {
        if (!path.contains("/.")) {
            return path;
        }
        String[] parts = path.substring(1).split("/", -1);
        String[] kept = new String[parts.length];
        int count = 0;
        for (int i = 0; i < parts.length; i++) {
            boolean last = i == parts.length - 1;
            if (parts[i].equals("..")) {
                if (count == 0) {
                    throw new MalformedRequest(400, "the path climbs above the root");
                }
                count--;
            } else if (!parts[i].equals(".")) {
                kept[count++] = parts[i];
                continue;
            }
            if (last) {
                kept[count++] = "";
            }
        }
        StringBuilder out = new StringBuilder(path.length());
        for (int i = 0; i < count; i++) {
            out.append('/').append(kept[i]);
        }
        return out.isEmpty() ? "/" : out.toString();
    }

    private static void escape(StringBuilder out, char latin1) {
        out.append('%')
                .append(Character.toUpperCase(Character.forDigit(latin1 >> 4 & 15, 16)))
                .append(Character.toUpperCase(Character.forDigit(latin1 & 15, 16)));
    }

    private static boolean isUnreserved(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '-'
                || c == '.'
                || c == '_'
                || c == '~';
    }
}
