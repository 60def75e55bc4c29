package io.millrace.edge;

import io.millrace.edge.cache.Entry;
import io.millrace.edge.http.Headers;
import io.millrace.kit.http.HttpDate;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The heads of answers as text: from stored entries, from the origin, of the edge's own words. */
final class Heads {
    /** The edge's name in Cache-Status and Via. */
    static final String NAME = "millrace";

    private static final Set<String> HOP_BY_HOP =
            Set.of(
                    "connection",
                    "keep-alive",
                    "proxy-connection",
                    "proxy-authenticate",
                    "proxy-authorization",
                    "proxy-authentication-info",
                    "te",
                    "trailer",
                    "transfer-encoding",
                    "upgrade");
    private static final String CORS =
            "Access-Control-Allow-Origin: *\r\n"
                    + "Access-Control-Expose-Headers: Age, Cache-Status, Content-Length,"
                    + " Content-Range, ETag, Link, Millrace-Reason, X-Millrace-Origin-Ms\r\n"
                    + "Timing-Allow-Origin: *\r\n";

    private final boolean cors;

    /**
     * @param cors whether every answer may be read by scripts of any site: what the edge shows is
     *     guarded by proofs, not by cookies
     */
    Heads(boolean cors) {
        this.cors = cors;
    }

    /**
     * The fields of an origin's answer that travel on: hop-by-hop ones and lengths are left out.
     */
    static Headers endToEnd(Headers origin) {
        Headers kept = new Headers();
        for (int i = 0; i < origin.size(); i++) {
            String lower = origin.name(i).toLowerCase(Locale.ROOT);
            if (!HOP_BY_HOP.contains(lower)
                    && !lower.equals("content-length")
                    && !origin.hasToken("connection", lower)) {
                kept.add(origin.name(i), origin.value(i));
            }
        }
        return kept;
    }

    /** The fields of a stored answer that a 304 brought up to date (RFC 9111 section 3.2). */
    static Headers updated(Headers stored, Headers notModified) {
        Headers merged = stored.copy();
        // A cookie was meant for whoever was asked for, not for those who get the stored answer.
        Headers update = endToEnd(notModified).remove("set-cookie");
        for (int i = 0; i < update.size(); i++) {
            String lower = update.name(i).toLowerCase(Locale.ROOT);
            if (!lower.equals("content-encoding")
                    && !lower.equals("content-type")
                    && !lower.equals("content-range")) {
                merged.remove(lower);
            }
        }
        merged.remove("age");
        for (int i = 0; i < update.size(); i++) {
            if (!merged.has(update.name(i).toLowerCase(Locale.ROOT))) {
                merged.add(update.name(i), update.value(i));
            }
        }
        return merged;
    }

    /**
     * A stored answer's head up to the fields that change by the second; no empty line.
     *
     * @param website whether its domain lets stored pages run
     */
    StringBuilder ofEntry(Entry entry, int status, boolean ranges, boolean website) {
        return ofEntry(entry, status, ranges, website, null);
    }

    /** The same of an answer whose body is parts of the entry's. */
    StringBuilder ofParts(Entry entry, String contentType, boolean website) {
        return ofEntry(entry, 206, true, website, contentType);
    }

    private StringBuilder ofEntry(
            Entry entry,
            int status,
            boolean ranges,
            boolean website,
            @Nullable String contentType) {
        Headers headers = entry.headers();
        StringBuilder head =
                ofStored(headers, entry.freshness().responseMillis(), status, website, contentType);
        if (ranges && !headers.has("accept-ranges")) {
            head.append("Accept-Ranges: bytes\r\n");
        }
        return head;
    }

    private StringBuilder ofStored(
            Headers headers,
            long responseMillis,
            int status,
            boolean website,
            @Nullable String contentType) {
        StringBuilder head = status(new StringBuilder(512), status);
        boolean content = status != 304;
        for (int i = 0; i < headers.size(); i++) {
            String name = headers.name(i);
            if (name.equalsIgnoreCase("age")
                    || (contentType != null && name.equalsIgnoreCase("content-type"))
                    || (website && isPolicy(name))
                    || (!content && isContentField(name))) {
                continue;
            }
            head.append(name).append(": ").append(headers.value(i)).append("\r\n");
        }
        if (!headers.has("date")) {
            head.append("Date: ").append(HttpDate.format(responseMillis / 1000)).append("\r\n");
        }
        if (contentType != null) {
            head.append("Content-Type: ").append(contentType).append("\r\n");
        }
        return common(head, headers);
    }

    /**
     * The head of a text that was made of a stored one for one viewer: encoded as is said here, and
     * with a weak ETag, since the stored bytes are others.
     */
    StringBuilder ofText(Entry entry, boolean packed, boolean website) {
        Headers made = entry.headers().copy().remove("content-encoding");
        String etag = made.get("etag");
        if (etag != null && !etag.startsWith("W/")) {
            made.remove("etag").add("ETag", "W/" + etag);
        }
        if (packed) {
            made.add("Content-Encoding", "gzip");
        }
        if (!made.hasToken("vary", "accept-encoding")) {
            made.add("Vary", "Accept-Encoding");
        }
        return ofStored(made, entry.freshness().responseMillis(), 200, website, null);
    }

    /** An origin's answer that is passed on. */
    StringBuilder ofOrigin(int status, Headers headers, boolean website) {
        StringBuilder head = status(new StringBuilder(512), status);
        headers.forEach(
                (name, value) -> {
                    if (!website || !isPolicy(name)) {
                        head.append(name).append(": ").append(value).append("\r\n");
                    }
                });
        return common(head, headers);
    }

    /** An answer of the edge itself with a text body. */
    StringBuilder own(int status, String contentType, long length, Instant now) {
        StringBuilder head = status(new StringBuilder(256), status);
        head.append("Date: ").append(HttpDate.format(now.getEpochSecond())).append("\r\n");
        if (length >= 0) {
            head.append("Content-Type: ").append(contentType).append("\r\n");
            head.append("Content-Length: ").append(length).append("\r\n");
            head.append("Cache-Control: no-store\r\n");
        }
        return common(head, null);
    }

    private StringBuilder common(StringBuilder head, @Nullable Headers headers) {
        head.append("Via: 1.1 ").append(NAME).append("\r\n");
        if (cors && (headers == null || !headers.has("access-control-allow-origin"))) {
            head.append(CORS);
        }
        return head;
    }

    static byte[] bytes(CharSequence head) {
        return head.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The object door's word against scripts of stored pages, which a website takes back. */
    private static boolean isPolicy(String name) {
        return name.equalsIgnoreCase("content-security-policy");
    }

    private static boolean isContentField(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.startsWith("content-")
                && !lower.equals("content-location")
                && !isPolicy(lower);
    }

    /** Begins a head. */
    static StringBuilder status(StringBuilder head, int status) {
        return head.append("HTTP/1.1 ")
                .append(status)
                .append(' ')
                .append(reason(status))
                .append("\r\n");
    }

    private static String reason(int status) {
        return io.netty.handler.codec.http.HttpResponseStatus.valueOf(status).reasonPhrase();
    }
}
