package io.millrace.store;

import io.millrace.store.reclaim.Schedule;
import io.millrace.store.scrub.ScrubOptions;
import io.millrace.store.space.StoreException;
import java.time.Duration;

/**
 * The store's settings.
 *
 * @param region what new buckets say their region is
 * @param inlineBytes objects and appends up to this size live in the key space; at most 32 KiB
 * @param minPartBytes the least size of a part that is not the last; 0 for none
 * @param bucketCache how long a bucket's settings may be served from memory; at most 1 s
 * @param grace how long bytes that nothing refers to are kept for readers that began before
 * @param uploadExpiry the age at which an open upload is aborted
 * @param logRetention how long the change log is kept
 * @param maintenance how often the reclaimer runs by itself; zero: never, and nor does the scrub
 * @param scrub how everything stored is read again and again
 */
public record StoreOptions(
        String region,
        int inlineBytes,
        long minPartBytes,
        Duration bucketCache,
        Duration grace,
        Duration uploadExpiry,
        Duration logRetention,
        Duration maintenance,
        ScrubOptions scrub) {
    public static final int MAX_INLINE_BYTES = 32 * 1024;

    public StoreOptions {
        if (inlineBytes < 0 || inlineBytes > MAX_INLINE_BYTES) {
            throw new StoreException(
                    StoreException.Code.INVALID_ARGUMENT,
                    "inline bytes are 0 to " + MAX_INLINE_BYTES + ", not " + inlineBytes);
        }
        if (bucketCache.compareTo(Duration.ofSeconds(1)) > 0) {
            throw new StoreException(
                    StoreException.Code.INVALID_ARGUMENT,
                    "buckets may be cached for at most 1 s, not " + bucketCache);
        }
    }

    public StoreOptions withGrace(Duration other) {
        return new StoreOptions(
                region,
                inlineBytes,
                minPartBytes,
                bucketCache,
                other,
                uploadExpiry,
                logRetention,
                maintenance,
                scrub);
    }

    public StoreOptions withMaintenance(Duration other) {
        return new StoreOptions(
                region,
                inlineBytes,
                minPartBytes,
                bucketCache,
                grace,
                uploadExpiry,
                logRetention,
                other,
                scrub);
    }

    public StoreOptions withScrub(ScrubOptions other) {
        return new StoreOptions(
                region,
                inlineBytes,
                minPartBytes,
                bucketCache,
                grace,
                uploadExpiry,
                logRetention,
                maintenance,
                other);
    }

    Schedule schedule() {
        return new Schedule(grace, uploadExpiry, logRetention, maintenance);
    }

    /**
     * 16 KiB inline, parts from 100 KiB, an hour's grace, uploads and log kept for seven days, no
     * scrub.
     */
    public static StoreOptions defaults() {
        return new StoreOptions(
                "local",
                16 * 1024,
                100 * 1024,
                Duration.ofMillis(500),
                Duration.ofHours(1),
                Duration.ofDays(7),
                Duration.ofDays(7),
                Duration.ofMinutes(1),
                ScrubOptions.off());
    }
}
