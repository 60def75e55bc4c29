package io.millrace.extents;

import io.millrace.kit.Damage;
import io.millrace.kit.Damages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Reads blocks of extents and verifies them. Thread-safe. */
final class Blocks {
    private static final int MOST_KNOWN = 10_000;

    private final Damages damages;
    private final @Nullable Mender mender;
    private final Map<Damage, DamagedBlock> known = new ConcurrentHashMap<>();

    /**
     * @param damages hears of each block that doesn't check
     * @param mender mends what it can while reading; null: nothing is changed
     */
    Blocks(Damages damages, @Nullable Mender mender) {
        this.damages = damages;
        this.mender = mender;
    }

    /**
     * Reads as many whole blocks as the buffer takes, verifies them, and copies what was asked for.
     */
    int read(
            Volume volume,
            DiskFile file,
            ExtentRef ref,
            long offset,
            byte[] into,
            int at,
            int wanted,
            ByteBuffer buffer)
            throws IOException {
        long block = offset / VolumeFormat.BLOCK_BYTES;
        long lastBlock = (offset + wanted - 1) / VolumeFormat.BLOCK_BYTES;
        lastBlock = Math.min(lastBlock, block + ReadBuffers.BLOCKS - 1);
        long start = VolumeFormat.blockPosition(block);
        long end =
                VolumeFormat.blockPosition(lastBlock)
                        + length(ref, lastBlock)
                        + VolumeFormat.CRC_BYTES;
        buffer.clear().limit((int) (end - start));
        if (file.read(buffer, ref.offset() + start) != end - start) {
            throw corrupt(volume, ref, block, "the volume ends before it");
        }
        buffer.flip();
        CRC32C crc = new CRC32C();
        ByteBuffer seed = ByteBuffer.allocate(VolumeFormat.SEED_BYTES);
        int skip = (int) (offset - block * VolumeFormat.BLOCK_BYTES);
        int copied = 0;
        for (long b = block; b <= lastBlock; b++) {
            int size = length(ref, b);
            ByteBuffer data = buffer.slice(buffer.position(), size);
            int sum =
                    VolumeFormat.crc(
                            crc,
                            seed,
                            ref.store(),
                            ref.epoch(),
                            ref.volume(),
                            ref.offset(),
                            b,
                            data.duplicate());
            buffer.position(buffer.position() + size);
            int stored = buffer.getInt();
            if (stored != sum) {
                if (mended(volume, ref, b, size, stored, sum)) {
                    return read(volume, file, ref, offset, into, at, wanted, buffer);
                }
                throw corrupt(volume, ref, b, "its checksum differs");
            }
            int n = Math.min(size - skip, wanted - copied);
            data.get(skip, into, at + copied, n);
            copied += n;
            skip = 0;
        }
        return copied;
    }

    private boolean mended(
            Volume volume, ExtentRef ref, long block, int size, int stored, int computed)
            throws IOException {
        long position = ref.offset() + VolumeFormat.blockPosition(block);
        return mender != null
                && mender.mend(Path.of(file(volume)), position, size, stored, computed);
    }

    private static int length(ExtentRef ref, long block) {
        return (int)
                Math.min(VolumeFormat.BLOCK_BYTES, ref.length() - block * VolumeFormat.BLOCK_BYTES);
    }

    private static String file(Volume volume) {
        return Path.of(volume.disk.name()).resolve(volume.fileName).toString();
    }

    private ExtentsException corrupt(Volume volume, ExtentRef ref, long block, String why) {
        Damage damage =
                new Damage(
                        Damage.Kind.VOLUME,
                        file(volume),
                        ref.offset() + VolumeFormat.blockPosition(block),
                        "block " + block + " of the extent at " + ref.offset() + ": " + why);
        damages.found(damage);
        if (known.size() < MOST_KNOWN) {
            known.putIfAbsent(damage, new DamagedBlock(ref, block, damage));
        }
        return new ExtentsException(ExtentsException.Code.CORRUPT, "damaged: " + damage);
    }

    List<DamagedBlock> known() {
        return List.copyOf(known.values());
    }

    void forget(DamagedBlock block) {
        known.remove(block.place());
        damages.forget(block.place());
    }

    /** Tells of a volume whose header is lost: its extents are read by their own checksums. */
    void headerLost(Volume volume) {
        damages.found(
                new Damage(Damage.Kind.VOLUME, file(volume), 0, "its header's checksum differs"));
    }
}
