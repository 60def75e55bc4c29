package io.millrace.extents;

import io.millrace.kit.DiskReserve;

/**
 * How the local volumes work.
 *
 * @param durability what an acknowledgement promises
 * @param volumeBytes size at which a volume is sealed: 1 MiB to 16 GiB
 * @param largeLanes volumes written in parallel for extents above 16 KiB: 1 to 16
 * @param reserve free space that appends leave untouched, so that a full disk can still delete
 */
public record ExtentsOptions(
        Durability durability, long volumeBytes, int largeLanes, DiskReserve reserve) {
    private static final long LEAST_FITTING_BYTES = 4L << 20;

    public ExtentsOptions {
        if (volumeBytes < 1 << 20 || volumeBytes > 16L << 30) {
            throw new IllegalArgumentException("volumeBytes: 1 MiB to 16 GiB, not " + volumeBytes);
        }
        if (largeLanes < 1 || largeLanes > 16) {
            throw new IllegalArgumentException("largeLanes: 1 to 16, not " + largeLanes);
        }
    }

    /** Strict, 256 MiB volumes, three large lanes, a reserve by the size of the disk. */
    public static ExtentsOptions standard() {
        return new ExtentsOptions(Durability.STRICT, 256L << 20, 3, DiskReserve.standard());
    }

    public ExtentsOptions withDurability(Durability other) {
        return new ExtentsOptions(other, volumeBytes, largeLanes, reserve);
    }

    public ExtentsOptions withVolumeBytes(long other) {
        return new ExtentsOptions(durability, other, largeLanes, reserve);
    }

    public ExtentsOptions withReserve(DiskReserve other) {
        return new ExtentsOptions(durability, volumeBytes, largeLanes, other);
    }

    public ExtentsOptions withReserveBytes(long other) {
        return withReserve(DiskReserve.ofBytes(other));
    }

    /**
     * Volumes that suit a disk: many on each, so that giving one back takes little room, and a
     * volume that is half dead can be emptied into the reserve. Smaller ones stay as they were set.
     */
    public ExtentsOptions forDisk(long diskBytes) {
        long fitting = Math.max(diskBytes / 64, LEAST_FITTING_BYTES);
        return withVolumeBytes(Math.min(volumeBytes, fitting));
    }
}
