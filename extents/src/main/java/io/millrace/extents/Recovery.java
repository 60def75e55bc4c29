package io.millrace.extents;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Opens one volume that an earlier run left.
 *
 * <p>A sealed volume is known by the seal at its end. In any other, everything up to the last byte
 * that isn't zero may have been acknowledged: the volume goes on after it, and the zeros that were
 * grown ahead are cut. A volume written with less than strict durability is sealed there instead,
 * for acknowledged bytes beyond may be lost and their places must not be used twice; so is one of
 * version 1.
 */
final class Recovery {
    private Recovery() {}

    /** The volume, or null for a file that a crash left before anything was written to it. */
    static @Nullable Volume open(Disk disk, String name, Identity identity, ExtentsOptions options)
            throws IOException {
        long number = Long.parseLong(name.substring(0, name.indexOf('.')));
        DiskFile file = disk.open(name, true);
        try {
            long size = file.size();
            long tail = Math.max(VolumeFormat.HEADER_BYTES, lastUsed(file, size));
            VolumeFormat.Header header = header(file, name, size);
            if (header == null && tail == VolumeFormat.HEADER_BYTES) {
                file.close();
                disk.delete(name);
                return null;
            }
            if (header != null) {
                identity.refuseForeign(header.store(), name, disk);
            }
            StoreId store = header == null ? null : header.store();
            Instant created = header == null ? Instant.EPOCH : header.created();
            Volume volume = new Volume(store, number, disk, name, created);
            volume.tail = tail;
            volume.allocated = size;
            if (header == null || isSealed(file, header.store(), number, size)) {
                volume.sealed = true;
                volume.tail = header == null ? size : size - VolumeFormat.SEAL_BYTES;
                file.close();
                return volume;
            }
            resume(volume, file, header, options);
            return volume;
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static void resume(
            Volume volume, DiskFile file, VolumeFormat.Header header, ExtentsOptions options)
            throws IOException {
        boolean again =
                header.strict()
                        && !header.store().unnamed()
                        && options.durability() == Durability.STRICT
                        && volume.tail < options.volumeBytes() / 4 * 3;
        file.resize(volume.tail);
        volume.allocated = volume.tail;
        if (!again) {
            file.write(VolumeFormat.seal(header.store(), volume.number, volume.tail), volume.tail);
            volume.sealed = true;
        }
        file.sync();
        if (again) {
            volume.file = file;
        } else {
            file.close();
        }
    }

    /** The header; null when the file is too short or the header is broken. */
    static VolumeFormat.@Nullable Header header(DiskFile file, String name, long size)
            throws IOException {
        if (size < VolumeFormat.HEADER_BYTES) {
            return null;
        }
        byte[] bytes = new byte[VolumeFormat.HEADER_BYTES];
        file.read(ByteBuffer.wrap(bytes), 0);
        try {
            return VolumeFormat.header(bytes, name);
        } catch (ExtentsException e) {
            if (e.code() == ExtentsException.Code.CORRUPT) {
                return null;
            }
            throw e;
        }
    }

    private static boolean isSealed(DiskFile file, StoreId store, long number, long size)
            throws IOException {
        if (size < VolumeFormat.HEADER_BYTES + VolumeFormat.SEAL_BYTES) {
            return false;
        }
        ByteBuffer last = ByteBuffer.allocate(VolumeFormat.SEAL_BYTES);
        file.read(last, size - VolumeFormat.SEAL_BYTES);
        return VolumeFormat.sealed(last.flip(), store, number, size);
    }

    /** One past the last byte that isn't zero. */
    private static long lastUsed(DiskFile file, long size) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(VolumeFormat.BLOCK_BYTES);
        long end = size;
        while (end > 0) {
            long start = Math.max(0, end - buffer.capacity());
            buffer.clear().limit((int) (end - start));
            file.read(buffer, start);
            byte[] bytes = buffer.array();
            for (int i = (int) (end - start) - 1; i >= 0; i--) {
                if (bytes[i] != 0) {
                    return start + i + 1;
                }
            }
            end = start;
        }
        return 0;
    }
}
