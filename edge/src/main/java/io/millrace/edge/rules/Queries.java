package io.millrace.edge.rules;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The query as it goes to the origin and into the cache key: proofs and signatures out, sorted. */
public final class Queries {
    private Queries() {}

    /** What the object door's reads and playback make of a query; nothing else changes them. */
    private static final Set<String> MEANT = Set.of("x-oss-process", "from", "to", "limit", "page");

    /**
     * The parameters sorted by name and value, so that one resource has one key.
     *
     * @param signed whether the edge signs origin requests: then the origin is a Millrace, and what
     *     it would not heed, or what the viewer's proof does not cover, is left out; else anybody
     *     could fetch one object under endless addresses, past the cache
     */
    public static String canonical(String query, boolean signed) {
        if (query.isEmpty() || (query.indexOf('&') < 0 && !signed)) {
            return query;
        }
        List<String> kept = new ArrayList<>();
        for (String pair : query.split("&")) {
            if (!pair.isEmpty() && (!signed || MEANT.contains(name(pair)))) {
                kept.add(pair);
            }
        }
        kept.sort(null);
        return String.join("&", kept);
    }

    private static String name(String pair) {
        int equals = pair.indexOf('=');
        String raw = equals < 0 ? pair : pair.substring(0, equals);
        if (raw.indexOf('%') < 0) {
            return raw;
        }
        try {
            return URLDecoder.decode(
                    raw, StandardCharsets.UTF_8); // the origin decodes them as well
        } catch (IllegalArgumentException e) {
            return raw;
        }
    }
}
