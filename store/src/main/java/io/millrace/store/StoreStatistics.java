package io.millrace.store;

/**
 * What the store holds, from counters kept by each commit.
 *
 * @param bytes the objects' sizes added up, before any sharing of extents by copies
 * @param volumeBytes what the extents' volumes take on disk
 * @param deadBytes of them, those that no object needs any more and that compaction will free
 */
public record StoreStatistics(
        int buckets, long objects, long bytes, int volumes, long volumeBytes, long deadBytes) {
    /** One bucket's share. */
    public record OfBucket(long objects, long bytes) {}
}
