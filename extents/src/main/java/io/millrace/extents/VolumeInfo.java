package io.millrace.extents;

import java.time.Instant;

/**
 * One volume.
 *
 * @param volume its number, never used again
 * @param sealed whether it takes no more extents
 * @param sizeBytes the space it takes on the disk
 * @param usedBytes the part of it that extents were ever written to, framing included
 * @param created when it was begun
 */
public record VolumeInfo(
        long volume, boolean sealed, long sizeBytes, long usedBytes, Instant created) {}
