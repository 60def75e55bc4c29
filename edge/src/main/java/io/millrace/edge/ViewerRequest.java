package io.millrace.edge;

import io.millrace.edge.cache.Entry;
import io.millrace.edge.http.Headers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an origin may be told of the viewer for whom it is asked.
 *
 * @param headers the request's fields as sent
 * @param address the peer of the viewer's connection, in text
 * @param secure whether that connection is encrypted
 * @param listed fields (lower case) that the domain lets through
 */
record ViewerRequest(Headers headers, String address, boolean secure, Set<String> listed) {
    private static final String ENCODINGS = "accept-encoding";

    /** Fields by which proxies speak of a viewer: never taken from the viewer. */
    private static final Set<String> OF_PROXIES =
            Set.of(
                    "forwarded",
                    "x-real-ip",
                    "x-client-ip",
                    "client-ip",
                    "true-client-ip",
                    "x-original-url",
                    "x-original-host",
                    "x-rewrite-url",
                    "x-host");

    /**
     * Whether a field speaks of a viewer in a proxy's name, also with underscores: CGI and WSGI
     * programs take {@code X_Forwarded_For} for {@code X-Forwarded-For}.
     */
    static boolean ofProxies(String lower) {
        String hyphened = lower.replace('_', '-');
        return hyphened.startsWith("x-forwarded-") || OF_PROXIES.contains(hyphened);
    }

    /** Whether the origin is told this field of a request to read, by which answers are kept. */
    boolean selects(String lower) {
        return lower.equals(ENCODINGS) || listed.contains(lower);
    }

    /**
     * Those fields, in the very form by which answers are kept: else who writes one in another
     * form, or names it in {@code Connection}, would choose what others get.
     */
    Map<String, String> selecting() {
        Map<String, String> fields = new LinkedHashMap<>();
        put(fields, ENCODINGS);
        listed.forEach(name -> put(fields, name));
        return fields;
    }

    private void put(Map<String, String> fields, String name) {
        if (headers.has(name)) {
            fields.put(name, Entry.selecting(List.of(name), headers).getFirst());
        }
    }

    /**
     * The fields that select an answer to be kept: as it says, and whatever the origin was told.
     *
     * @param signed the edge signs, and so tells no encodings: each viewer's would be the same
     */
    List<String> selecting(List<String> vary, Headers answer, boolean signed) {
        if (signed) {
            return vary.stream().filter(name -> !name.equals(ENCODINGS)).toList();
        }
        boolean encoded = answer.has("content-encoding") && !vary.contains(ENCODINGS);
        if (listed.isEmpty() && !encoded) {
            return vary;
        }
        List<String> all = new ArrayList<>(vary);
        if (encoded) {
            all.add(ENCODINGS);
        }
        for (String name : listed) {
            if (!all.contains(name)) {
                all.add(name);
            }
        }
        all.sort(null);
        return all;
    }

    @Nullable String host() {
        return headers.get("host");
    }

    String scheme() {
        return secure ? "https" : "http";
    }

    /** A field's name as settings name it: lower case, or null when it can't be listed. */
    static @Nullable String listable(String name) {
        String lower = name.strip().toLowerCase(Locale.ROOT);
        return lower.matches("[a-z0-9-]{1,64}") && !ofProxies(lower) && !OriginRequests.isOwn(lower)
                ? lower
                : null;
    }
}
