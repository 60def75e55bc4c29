package io.millrace.signing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request as it stood on the wire, as far as signatures look at it. Immutable.
 *
 * @param method upper case
 * @param rawPath percent-encoded as sent, begins with a slash
 * @param query as sent
 * @param headers in the order sent, duplicates kept
 * @param hostBucket the bucket that the Host header names (virtual-host style); null for path style
 */
public record SignedRequest(
        String method,
        String rawPath,
        Query query,
        List<Map.Entry<String, String>> headers,
        @Nullable String hostBucket) {

    public SignedRequest {
        headers = List.copyOf(headers);
    }

    /**
     * A request whose query is read now.
     *
     * @param rawQuery percent-encoded as sent, without the question mark
     * @throws QueryException when it is refused
     */
    public SignedRequest(
            String method,
            String rawPath,
            String rawQuery,
            List<Map.Entry<String, String>> headers,
            @Nullable String hostBucket) {
        this(method, rawPath, Query.parse(rawQuery), headers, hostBucket);
    }

    /** The same in path style. */
    public SignedRequest(
            String method,
            String rawPath,
            String rawQuery,
            List<Map.Entry<String, String>> headers) {
        this(method, rawPath, rawQuery, headers, null);
    }

    /** The query, percent-encoded as sent. */
    public String rawQuery() {
        return query.raw();
    }

    /** The first header of that name, ignoring case; null when there is none. */
    public @Nullable String header(String name) {
        for (Map.Entry<String, String> header : headers) {
            if (header.getKey().equalsIgnoreCase(name)) {
                return header.getValue();
            }
        }
        return null;
    }

    /** How many headers have that name, ignoring case. */
    int count(String name) {
        int count = 0;
        for (Map.Entry<String, String> header : headers) {
            if (header.getKey().equalsIgnoreCase(name)) {
                count++;
            }
        }
        return count;
    }

    /** A copy with more headers behind the present ones. */
    public SignedRequest with(List<Map.Entry<String, String>> more) {
        List<Map.Entry<String, String>> all = new ArrayList<>(headers);
        all.addAll(more);
        return new SignedRequest(method, rawPath, query, all, hostBucket);
    }
}
