package io.millrace.extents;

/**
 * How the local volumes work.
 *
 * @param durability what an acknowledgement promises
 * @param volumeBytes size at which a volume is sealed: 1 MiB to 16 GiB
 * @param largeLanes volumes written in parallel for extents above 16 KiB: 1 to 16
 * @param reserveBytes free space that appends leave untouched, so that a full disk can still delete
 */
public record ExtentsOptions(
        Durability durability, long volumeBytes, int largeLanes, long reserveBytes) {
    public ExtentsOptions {
        if (volumeBytes < 1 << 20 || volumeBytes > 16L << 30) {
            throw new IllegalArgumentException("volumeBytes: 1 MiB to 16 GiB, not " + volumeBytes);
        }
        if (largeLanes < 1 || largeLanes > 16) {
            throw new IllegalArgumentException("largeLanes: 1 to 16, not " + largeLanes);
        }
        if (reserveBytes < 0) {
            throw new IllegalArgumentException("reserveBytes: not below 0");
        }
    }

    /** Strict, 256 MiB volumes, three large lanes, 512 MiB in reserve. */
    public static ExtentsOptions standard() {
        return new ExtentsOptions(Durability.STRICT, 256L << 20, 3, 512L << 20);
    }

    public ExtentsOptions withDurability(Durability other) {
        return new ExtentsOptions(other, volumeBytes, largeLanes, reserveBytes);
    }

    public ExtentsOptions withVolumeBytes(long other) {
        return new ExtentsOptions(durability, other, largeLanes, reserveBytes);
    }

    public ExtentsOptions withReserveBytes(long other) {
        return new ExtentsOptions(durability, volumeBytes, largeLanes, other);
    }
}
