package io.millrace.edge.policy;

import org.jspecify.annotations.Nullable;

/**
 * What a stored answer is good for: a pure function of the request, the stored answer and the time.
 *
 * <p>A viewer's own no-cache, max-age or Pragma is not obeyed: a CDN that does lets anyone send its
 * load to the origin (the field does the same). only-if-cached is.
 */
public final class Policy {
    /** Without a word of the origin, a stale answer may stand in for a failing origin this long. */
    static final long STALE_IF_ERROR_SECONDS = 60;

    private Policy() {}

    /** What to do. */
    public sealed interface Decision {
        /** Answer from the cache. */
        record Serve(long ageSeconds, long ttlSeconds) implements Decision {}

        /** Answer from the cache and ask the origin meanwhile. */
        record ServeAndRevalidate(long ageSeconds, long ttlSeconds) implements Decision {}

        /** Ask the origin whether the stored answer still holds. */
        record Revalidate() implements Decision {}

        /** Fetch it anew. */
        record Fetch(Why why) implements Decision {}

        /** The viewer wants nothing that is not here: 504. */
        record OnlyIfCached() implements Decision {}
    }

    /** Why nothing stored could answer; the words of RFC 9211. */
    public enum Why {
        URI_MISS("uri-miss"),
        STALE("stale");

        private final String word;

        Why(String word) {
            this.word = word;
        }

        public String word() {
            return word;
        }
    }

    /** Decides for a GET or HEAD whose selected stored answer is {@code stored}. */
    public static Decision decide(
            CacheControl request, @Nullable Freshness stored, long nowMillis) {
        if (stored == null) {
            return request.onlyIfCached()
                    ? new Decision.OnlyIfCached()
                    : new Decision.Fetch(Why.URI_MISS);
        }
        CacheControl cc = stored.cacheControl();
        long ttl = stored.ttlSeconds(nowMillis);
        if (ttl > 0) {
            return new Decision.Serve(stored.ageSeconds(nowMillis), ttl);
        }
        if (request.onlyIfCached()) {
            return new Decision.OnlyIfCached();
        }
        if (mayServeMeanwhile(cc, ttl)) {
            return new Decision.ServeAndRevalidate(stored.ageSeconds(nowMillis), ttl);
        }
        return stored.hasValidator() ? new Decision.Revalidate() : new Decision.Fetch(Why.STALE);
    }

    private static boolean mayServeMeanwhile(CacheControl cc, long ttlSeconds) {
        return !cc.mustRevalidate()
                && !cc.noCache()
                && cc.staleWhileRevalidate() > 0
                && -ttlSeconds < cc.staleWhileRevalidate();
    }

    /** Whether a stale answer may be given because the origin failed or answered 5xx. */
    public static boolean mayServeOnError(Freshness stored, long nowMillis) {
        CacheControl cc = stored.cacheControl();
        if (mayServeMeanwhile(cc, stored.ttlSeconds(nowMillis))) {
            return true;
        }
        if (cc.mustRevalidate()
                || cc.noCache()
                || cc.sMaxAge() >= 0 && !cc.targeted() && cc.staleIfError() < 0) {
            // s-maxage implies proxy-revalidate (RFC 9111 section 5.2.2.10).
            return false;
        }
        long window = cc.staleIfError() >= 0 ? cc.staleIfError() : STALE_IF_ERROR_SECONDS;
        return -stored.ttlSeconds(nowMillis) < window;
    }
}
