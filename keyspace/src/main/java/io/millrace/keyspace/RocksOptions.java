package io.millrace.keyspace;

/**
 * How the embedded engine works.
 *
 * @param blockCacheBytes memory for what was read: ≥ 1 MiB
 * @param writeBufferBytes memory for what was written and not yet sorted, per column family: ≥ 1
 *     MiB
 * @param queuedCommits commits that may wait before writers are held back: 16 to 65,536
 * @param reserveBytes free space that is kept for deletes, ≥ 0
 */
public record RocksOptions(
        long blockCacheBytes, long writeBufferBytes, int queuedCommits, long reserveBytes) {
    public RocksOptions {
        if (blockCacheBytes < 1 << 20 || writeBufferBytes < 1 << 20) {
            throw Limits.limit("block cache and write buffer take ≥ 1 MiB each");
        }
        if (queuedCommits < 16 || queuedCommits > 65_536) {
            throw Limits.limit("queuedCommits: 16 to 65,536, not " + queuedCommits);
        }
        if (reserveBytes < 0) {
            throw Limits.limit("reserveBytes: not below 0");
        }
    }

    /** 32 MiB of cache, 32 MiB of write buffer, 4,096 commits, 256 MiB in reserve. */
    public static RocksOptions standard() {
        return new RocksOptions(32L << 20, 32L << 20, 4_096, 256L << 20);
    }
}
