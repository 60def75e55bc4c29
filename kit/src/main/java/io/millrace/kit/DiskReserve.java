package io.millrace.kit;

/**
 * How much of a disk is kept back for those who free space: the deletes' own rows, the engine that
 * sorts them, and the move of live bytes out of mostly dead volumes. Whoever brings bytes is
 * refused before.
 *
 * @param fixedBytes the same on every disk; negative: by the disk's size
 */
public record DiskReserve(long fixedBytes) {
    private static final long LEAST_BYTES = 256L << 20;
    private static final long MOST_BYTES = 20L << 30;

    /** A fiftieth of the disk, 256 MiB to 20 GiB; at most a quarter where a disk is that small. */
    public static DiskReserve standard() {
        return new DiskReserve(-1);
    }

    public static DiskReserve ofBytes(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("a reserve is not below 0, as is " + bytes);
        }
        return new DiskReserve(bytes);
    }

    /** What is kept back of a disk of this size. */
    public long bytes(long diskBytes) {
        if (fixedBytes >= 0) {
            return fixedBytes;
        }
        return Math.min(diskBytes / 4, Math.clamp(diskBytes / 50, LEAST_BYTES, MOST_BYTES));
    }
}
