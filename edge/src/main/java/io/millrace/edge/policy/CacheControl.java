package io.millrace.edge.policy;

import io.millrace.edge.http.Headers;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The directives of a Cache-Control (RFC 9111 section 5.2) or CDN-Cache-Control (RFC 9213) field.
 *
 * <p>Seconds are -1 when absent; an argument that is not a number counts as 0, so that a mistake
 * makes an answer stale, never fresh.
 *
 * @param targeted whether it came from CDN-Cache-Control
 */
public record CacheControl(
        long maxAge,
        long sMaxAge,
        long staleWhileRevalidate,
        long staleIfError,
        boolean noStore,
        boolean noCache,
        boolean isPrivate,
        boolean isPublic,
        boolean mustRevalidate,
        boolean mustUnderstand,
        boolean onlyIfCached,
        boolean targeted,
        boolean present) {

    /** No directive at all. */
    public static final CacheControl NONE =
            new CacheControl(
                    -1, -1, -1, -1, false, false, false, false, false, false, false, false, false);

    private static final long MOST = Integer.MAX_VALUE;

    /** What an answer says to this cache: CDN-Cache-Control first, then Cache-Control, Pragma. */
    public static CacheControl ofResponse(Headers headers) {
        String targeted = headers.joined("cdn-cache-control");
        if (targeted != null && !targeted.isBlank()) {
            CacheControl cc = parse(targeted, true);
            if (cc != null) {
                return cc;
            }
        }
        String plain = headers.joined("cache-control");
        CacheControl cc = plain == null ? null : parse(plain, false);
        return cc == null ? NONE : cc;
    }

    /** What a request asks for. */
    public static CacheControl ofRequest(Headers headers) {
        String text = headers.joined("cache-control");
        CacheControl cc = text == null ? null : parse(text, false);
        return cc == null ? NONE : cc;
    }

    /** The shared cache's lifetime that is said outright, or -1. */
    public long sharedSeconds() {
        return sMaxAge >= 0 && !targeted ? sMaxAge : maxAge;
    }

    private static @Nullable CacheControl parse(String text, boolean targeted) {
        Parsing p = new Parsing();
        int at = 0;
        while (at < text.length()) {
            int end = endOfDirective(text, at);
            if (!p.directive(text.substring(at, end).strip(), targeted)) {
                return null;
            }
            at = end + 1;
        }
        return p.done(targeted);
    }

    private static int endOfDirective(String text, int from) {
        boolean quoted = false;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && quoted) {
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                return i;
            }
        }
        return text.length();
    }

    /** The directives read so far. */
    private static final class Parsing {
        long maxAge = -1;
        long sMaxAge = -1;
        long staleWhileRevalidate = -1;
        long staleIfError = -1;
        boolean noStore;
        boolean noCache;
        boolean isPrivate;
        boolean isPublic;
        boolean mustRevalidate;
        boolean mustUnderstand;
        boolean onlyIfCached;

        /** False when a targeted field is not a dictionary, and so is to be ignored (RFC 9213). */
        boolean directive(String text, boolean targeted) {
            if (text.isEmpty()) {
                return !targeted;
            }
            int equals = text.indexOf('=');
            String name = (equals < 0 ? text : text.substring(0, equals)).strip();
            String argument = equals < 0 ? "" : text.substring(equals + 1);
            if (targeted) {
                int parameters = argument.indexOf(';');
                argument = parameters < 0 ? argument : argument.substring(0, parameters);
                int flag = name.indexOf(';');
                name = flag < 0 ? name : name.substring(0, flag);
                if (!isKey(name)) {
                    return false;
                }
                if (equals >= 0 && !argument.isEmpty() && argument.isBlank()) {
                    return false;
                }
            }
            apply(name.toLowerCase(Locale.ROOT), argument, targeted);
            return true;
        }

        /** Whether it is a key of a structured field (RFC 8941 section 3.1.2). */
        private static boolean isKey(String name) {
            if (name.isEmpty() || "-._0123456789".indexOf(name.charAt(0)) >= 0) {
                return false;
            }
            for (int i = 0; i < name.length(); i++) {
                char c = name.charAt(i);
                if ((c < 'a' || c > 'z') && "-._*0123456789".indexOf(c) < 0) {
                    return false;
                }
            }
            return true;
        }

        private void apply(String name, String argument, boolean targeted) {
            switch (name) {
                case "max-age" -> maxAge = least(maxAge, seconds(argument, targeted));
                case "s-maxage" -> sMaxAge = least(sMaxAge, seconds(argument, targeted));
                case "stale-while-revalidate" -> staleWhileRevalidate = seconds(argument, targeted);
                case "stale-if-error" -> staleIfError = seconds(argument, targeted);
                case "no-store" -> noStore = true;
                case "no-cache" -> noCache = true;
                case "private" -> isPrivate = true;
                case "public" -> isPublic = true;
                case "must-revalidate", "proxy-revalidate" -> mustRevalidate = true;
                case "must-understand" -> mustUnderstand = true;
                case "only-if-cached" -> onlyIfCached = true;
                default -> {}
            }
        }

        /** Said twice with two values: the shorter. */
        private static long least(long before, long now) {
            return before < 0 ? now : Math.min(before, now);
        }

        CacheControl done(boolean targeted) {
            return new CacheControl(
                    maxAge,
                    sMaxAge,
                    staleWhileRevalidate,
                    staleIfError,
                    noStore,
                    noCache,
                    isPrivate,
                    isPublic,
                    mustRevalidate,
                    mustUnderstand,
                    onlyIfCached,
                    targeted,
                    true);
        }

        private static long seconds(String argument, boolean targeted) {
            String digits = argument;
            if (!targeted
                    && digits.length() >= 2
                    && digits.startsWith("\"")
                    && digits.endsWith("\"")) {
                digits = digits.substring(1, digits.length() - 1);
            }
            if (digits.isEmpty()) {
                return 0;
            }
            long value = 0;
            for (int i = 0; i < digits.length(); i++) {
                char c = digits.charAt(i);
                if (c < '0' || c > '9') {
                    return 0;
                }
                value = Math.min(MOST, value * 10 + (c - '0'));
            }
            return value;
        }
    }
}
