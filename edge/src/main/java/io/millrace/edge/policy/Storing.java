package io.millrace.edge.policy;

import io.millrace.edge.http.Headers;
import io.millrace.kit.http.HttpDate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether an answer may be kept, and how long it is fresh (RFC 9111 sections 3 and 4.2). */
public final class Storing {
    /** Freshness without any word of the origin is a tenth of the age, within these bounds. */
    static final long HEURISTIC_LEAST_SECONDS = 10;

    static final long HEURISTIC_MOST_SECONDS = 3600;

    /** Errors without Cache-Control are kept this long, so that a storm asks once a second. */
    static final long NEGATIVE_SECONDS = 1;

    private static final Set<Integer> HEURISTIC =
            Set.of(200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501);
    private static final Set<Integer> NEVER = Set.of(206, 303, 304, 401, 407);

    private Storing() {}

    /** The outcome. */
    public sealed interface Verdict {
        /** Keep it; {@code vary} holds the request fields (lower case) that select it. */
        record Keep(Freshness freshness, List<String> vary) implements Verdict {}

        /** Do not. */
        record Leave(String reason) implements Verdict {}
    }

    /**
     * The request and answer at hand.
     *
     * @param authorized whether the viewer's own Authorization went to the origin
     * @param requestMillis when the request left, by the cache's clock
     * @param responseMillis when the head came, by the same
     * @param responseTime when the head came, by the wall clock, to compare with the origin's Date
     * @param longestTtlSeconds the longest lifetime that a domain which shows it gives it; -1: none
     *     does
     */
    public record Exchange(
            String method,
            boolean authorized,
            int status,
            Headers response,
            long requestMillis,
            long responseMillis,
            Instant responseTime,
            long longestTtlSeconds) {}

    /** Decides. */
    public static Verdict judge(Exchange x) {
        CacheControl cc = CacheControl.ofResponse(x.response);
        String refusal = refusal(x, cc);
        if (refusal != null) {
            return new Verdict.Leave(refusal);
        }
        List<String> vary = vary(x.response);
        if (vary == null) {
            return new Verdict.Leave("vary-star");
        }
        Freshness freshness = freshness(x, cc);
        if (freshness.lifetimeSeconds() <= 0
                && !freshness.hasValidator()
                && Math.max(cc.staleIfError(), cc.staleWhileRevalidate()) <= 0
                && freshness.under(x.longestTtlSeconds).lifetimeSeconds() <= 0) {
            return new Verdict.Leave("no-lifetime");
        }
        return new Verdict.Keep(freshness, vary);
    }

    /** Freshness of an answer that is kept, also after a 304 brought new fields. */
    public static Freshness freshness(Exchange x, CacheControl cc) {
        long date = HttpDate.seconds(x.response.get("date"));
        long responseSeconds = x.responseTime.getEpochSecond();
        long apparent = date == HttpDate.NONE ? 0 : Math.max(0, responseSeconds - date);
        long delay = Math.max(0, x.responseMillis - x.requestMillis) / 1000;
        long initial = Math.max(apparent, ageField(x.response) + delay);
        boolean validator = x.response.has("etag") || x.response.has("last-modified");
        return new Freshness(
                x.status,
                x.responseMillis,
                initial,
                lifetimeSeconds(
                        x.status, x.response, cc, date == HttpDate.NONE ? responseSeconds : date),
                cc,
                validator);
    }

    private static @Nullable String refusal(Exchange x, CacheControl cc) {
        if (!x.method.equals("GET")) {
            return "method";
        }
        if (x.status < 200 || x.status > 599 || NEVER.contains(x.status)) {
            return "status";
        }
        // must-understand: whoever knows the status may disregard no-store (RFC 9111 section
        // 5.2.2.3).
        if (cc.noStore() && !(cc.mustUnderstand() && HEURISTIC.contains(x.status))) {
            return "no-store";
        }
        if (cc.isPrivate()) {
            return "private";
        }
        if (x.authorized && !cc.isPublic() && cc.sMaxAge() < 0 && !cc.mustRevalidate()) {
            return "authorization";
        }
        // RFC 6265 and 9111 leave it to the cache; what one viewer got must not name another.
        return x.response.has("set-cookie") ? "set-cookie" : null;
    }

    /**
     * How long an answer is fresh from its making, by its own fields.
     *
     * @param dateSeconds when it was made, since 1970
     */
    public static long lifetimeSeconds(
            int status, Headers response, CacheControl cc, long dateSeconds) {
        if (cc.noCache()) {
            return 0;
        }
        if (cc.sharedSeconds() >= 0) {
            return cc.sharedSeconds();
        }
        boolean pragma = !cc.present() && response.hasToken("pragma", "no-cache");
        if (!cc.targeted() && response.has("expires")) {
            long expires =
                    response.count("expires") > 1
                            ? HttpDate.NONE
                            : HttpDate.seconds(response.get("expires"));
            return expires == HttpDate.NONE ? 0 : Math.max(0, expires - dateSeconds);
        }
        if (pragma) {
            return 0;
        }
        return heuristic(status, response, cc, dateSeconds);
    }

    private static long heuristic(int status, Headers response, CacheControl cc, long dateSeconds) {
        if (status >= 400) {
            return cc.present() && !cc.isPublic() ? 0 : NEGATIVE_SECONDS;
        }
        if (!HEURISTIC.contains(status) && !cc.isPublic()) {
            return 0;
        }
        long modified = HttpDate.seconds(response.get("last-modified"));
        if (modified != HttpDate.NONE) {
            long tenth = Math.max(0, dateSeconds - modified) / 10;
            return Math.clamp(tenth, HEURISTIC_LEAST_SECONDS, HEURISTIC_MOST_SECONDS);
        }
        return response.has("etag") ? HEURISTIC_LEAST_SECONDS : 0;
    }

    private static long ageField(Headers response) {
        String age = response.get("age");
        if (age == null) {
            return 0;
        }
        int comma = age.indexOf(',');
        String first = (comma < 0 ? age : age.substring(0, comma)).strip();
        long value = 0;
        for (int i = 0; i < first.length(); i++) {
            char c = first.charAt(i);
            if (c < '0' || c > '9') {
                return 0;
            }
            value = Math.min(Integer.MAX_VALUE, value * 10 + (c - '0'));
        }
        return value;
    }

    /** The fields an answer varies by, sorted as sent; null for an asterisk. */
    private static @Nullable List<String> vary(Headers response) {
        List<String> names = new ArrayList<>();
        for (String line : response.all("vary")) {
            for (String name : line.split(",")) {
                String lower = name.strip().toLowerCase(Locale.ROOT);
                if (lower.equals("*")) {
                    return null;
                }
                if (!lower.isEmpty() && !names.contains(lower)) {
                    names.add(lower);
                }
            }
        }
        names.sort(null);
        return List.copyOf(names);
    }
}
