package io.millrace.extents;

import io.millrace.kit.Damage;

/**
 * A block of an extent that did not check when it was read.
 *
 * @param block its number in the extent, from 0; 64 KiB each
 * @param place where it stands
 */
public record DamagedBlock(ExtentRef ref, long block, Damage place) {}
