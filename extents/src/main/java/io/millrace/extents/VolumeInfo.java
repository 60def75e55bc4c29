package io.millrace.extents;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One volume.
 *
 * @param store what references into it name: the store's own id, or {@link StoreId#UNNAMED} for a
 *     volume of version 1; null when its header is broken, so that nobody knows
 * @param volume its number, never used again
 * @param sealed whether it takes no more extents
 * @param sizeBytes the space it takes on the disk
 * @param usedBytes the part of it that extents were ever written to, framing included
 * @param created when it was begun
 */
public record VolumeInfo(
        @Nullable StoreId store,
        long volume,
        boolean sealed,
        long sizeBytes,
        long usedBytes,
        Instant created) {}
