package io.millrace.edge.policy;

import io.millrace.edge.http.Headers;
import io.millrace.kit.http.ByteRange;
import io.millrace.kit.http.HttpDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A viewer's conditions against a stored answer (RFC 9110 section 13). */
public final class Conditions {
    private Conditions() {}

    /** Whether the viewer already has what is stored: 304. */
    public static boolean notModified(
            Headers request, @Nullable String etag, @Nullable String lastModified) {
        String noneMatch = request.joined("if-none-match");
        if (noneMatch != null) {
            return etag != null && matches(noneMatch, etag);
        }
        String since = request.get("if-modified-since");
        if (since == null || lastModified == null) {
            return false;
        }
        long sinceSeconds = HttpDate.seconds(since);
        long modified = HttpDate.seconds(lastModified);
        return sinceSeconds != HttpDate.NONE
                && modified != HttpDate.NONE
                && modified <= sinceSeconds;
    }

    /** Whether the viewer's If-Match or If-Unmodified-Since fails: 412. */
    public static boolean failed(
            Headers request, @Nullable String etag, @Nullable String lastModified) {
        String match = request.joined("if-match");
        if (match != null) {
            return !match.strip().equals("*")
                    && (etag == null || weak(etag) || !matches(match, etag));
        }
        long unmodified = HttpDate.seconds(request.get("if-unmodified-since"));
        long modified = HttpDate.seconds(lastModified);
        return unmodified != HttpDate.NONE && modified != HttpDate.NONE && modified > unmodified;
    }

    /** The range to answer with, or null for the whole: none asked, or If-Range does not hold. */
    public static @Nullable ByteRange range(
            Headers request, @Nullable String etag, @Nullable String lastModified) {
        ByteRange range = ByteRange.parse(request.get("range"));
        return range != null && ifRangeHolds(request, etag, lastModified) ? range : null;
    }

    /** Several ranges at once, at most so many; none: one, none, or If-Range does not hold. */
    public static List<ByteRange> ranges(
            Headers request, @Nullable String etag, @Nullable String lastModified, int most) {
        String header = request.get("range");
        return header != null
                        && header.indexOf(',') >= 0
                        && ifRangeHolds(request, etag, lastModified)
                ? ByteRange.several(header, most)
                : List.of();
    }

    private static boolean ifRangeHolds(
            Headers request, @Nullable String etag, @Nullable String lastModified) {
        String ifRange = request.get("if-range");
        return ifRange == null || ifRange.equals(ifRange.startsWith("\"") ? etag : lastModified);
    }

    /** Weak comparison of a list of entity tags with one. */
    static boolean matches(String list, String etag) {
        String opaque = weak(etag) ? etag.substring(2) : etag;
        int at = 0;
        while (at < list.length()) {
            int open = list.indexOf('"', at);
            if (open < 0) {
                String rest = list.substring(at).replace(",", "").strip();
                return rest.equals("*") || rest.equals(etag);
            }
            if (list.substring(at, open).contains("*")) {
                return true;
            }
            int close = list.indexOf('"', open + 1);
            if (close < 0) {
                return false;
            }
            if (list.substring(open, close + 1).equals(opaque)) {
                return true;
            }
            at = close + 1;
        }
        return false;
    }

    private static boolean weak(String etag) {
        return etag.startsWith("W/");
    }
}
