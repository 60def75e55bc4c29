package io.millrace.extents;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One volume in memory. Its lane's thread alone changes it; readers look at the volatile fields.
 */
final class Volume {
    /** What references into it name; null when its header is broken. */
    final @Nullable StoreId store;

    final long number;
    final Disk disk;
    final String fileName;
    final Instant created;

    /** The handle for writing; null once sealed. */
    @Nullable DiskFile file;

    /** The lane that writes it; null once sealed. */
    volatile @Nullable Lane lane;

    /** Where the next extent begins. */
    volatile long tail;

    volatile boolean sealed;
    volatile boolean deleted;

    /** The file's size, grown ahead of the tail. */
    long allocated;

    /** Extents being written piece by piece: the volume is not sealed before they end. */
    int regions;

    /** Takes no more extents and is sealed when the last region ends. */
    boolean retiring;

    /** Has bytes that are not synced. */
    boolean dirty;

    Volume(@Nullable StoreId store, long number, Disk disk, String fileName, Instant created) {
        this.store = store;
        this.number = number;
        this.disk = disk;
        this.fileName = fileName;
        this.created = created;
    }

    VolumeInfo info() {
        long used = tail;
        return new VolumeInfo(
                store,
                number,
                sealed,
                sealed ? used + VolumeFormat.SEAL_BYTES : Math.max(used, allocated),
                used - VolumeFormat.HEADER_BYTES,
                created);
    }

    DiskFile writing() {
        DiskFile open = file;
        if (open == null) {
            throw new ExtentsException(
                    ExtentsException.Code.NOT_FOUND, "volume " + number + " is closed for writing");
        }
        return open;
    }

    static String fileName(long number) {
        return "%012d.volume".formatted(number);
    }
}
