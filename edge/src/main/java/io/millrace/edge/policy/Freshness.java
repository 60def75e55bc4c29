package io.millrace.edge.policy;

/**
 * What is known of a stored answer's age and lifetime.
 *
 * @param status of the stored answer
 * @param responseMillis when its head came, by this cache's clock, which nobody sets while it runs
 * @param initialAgeSeconds the age it had then (RFC 9111 section 4.2.3)
 * @param lifetimeSeconds how long it is fresh from its making, by the origin's word; what a domain
 *     says instead comes in where it is looked at ({@link #under})
 * @param cacheControl what the origin said
 * @param hasValidator whether it carries an ETag or Last-Modified
 */
public record Freshness(
        int status,
        long responseMillis,
        long initialAgeSeconds,
        long lifetimeSeconds,
        CacheControl cacheControl,
        boolean hasValidator) {

    /**
     * The same as a domain sees it whose settings give good answers a lifetime of their own.
     *
     * @param ttlSeconds -1: the domain has none
     */
    public Freshness under(long ttlSeconds) {
        return ttlSeconds < 0 || status >= 300 || ttlSeconds == lifetimeSeconds
                ? this
                : new Freshness(
                        status,
                        responseMillis,
                        initialAgeSeconds,
                        ttlSeconds,
                        cacheControl,
                        hasValidator);
    }

    /** Age at {@code nowMillis}. */
    public long ageSeconds(long nowMillis) {
        return initialAgeSeconds + Math.max(0, nowMillis - responseMillis) / 1000;
    }

    /** Seconds of freshness left, negative once stale. */
    public long ttlSeconds(long nowMillis) {
        return lifetimeSeconds - ageSeconds(nowMillis);
    }
}
