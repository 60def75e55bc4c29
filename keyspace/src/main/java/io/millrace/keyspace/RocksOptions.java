package io.millrace.keyspace;

import io.millrace.kit.DiskReserve;

/**
 * How the embedded engine works.
 *
 * @param blockCacheBytes memory for what was read: ≥ 1 MiB
 * @param writeBufferBytes memory for what was written and not yet sorted, per column family: ≥ 1
 *     MiB
 * @param queuedCommits commits that may wait before writers are held back: 16 to 65,536
 * @param reserve free space that is kept for deletes
 */
public record RocksOptions(
        long blockCacheBytes, long writeBufferBytes, int queuedCommits, DiskReserve reserve) {
    private static final long MOST_BUFFER_BYTES = 32L << 20;

    public RocksOptions {
        if (blockCacheBytes < 1 << 20 || writeBufferBytes < 1 << 20) {
            throw Limits.limit("block cache and write buffer take ≥ 1 MiB each");
        }
        if (queuedCommits < 16 || queuedCommits > 65_536) {
            throw Limits.limit("queuedCommits: 16 to 65,536, not " + queuedCommits);
        }
    }

    /** 32 MiB of cache, 32 MiB of write buffer, 4,096 commits, a reserve by the disk's size. */
    public static RocksOptions standard() {
        return new RocksOptions(32L << 20, MOST_BUFFER_BYTES, 4_096, DiskReserve.standard());
    }

    public RocksOptions withReserve(DiskReserve other) {
        return new RocksOptions(blockCacheBytes, writeBufferBytes, queuedCommits, other);
    }

    /**
     * Buffers that suit a disk: what is in memory, three of them at the most, can always be written
     * into half of the reserve.
     */
    public RocksOptions forDisk(long diskBytes) {
        long fitting = Math.clamp(reserve.bytes(diskBytes) / 6, 1L << 20, MOST_BUFFER_BYTES);
        return new RocksOptions(blockCacheBytes, fitting, queuedCommits, reserve);
    }
}
