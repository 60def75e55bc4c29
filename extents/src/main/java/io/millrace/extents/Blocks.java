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
     * Reads from an offset within the extent into what remains of the buffer, as far as the extent
     * reaches.
     *
     * @param framed room for {@link ReadBuffers#BLOCKS} blocks with their checksums
     * @return the bytes read
     */
    int read(
            Volume volume,
            DiskFile file,
            ExtentRef ref,
            long offset,
            ByteBuffer into,
            ByteBuffer framed)
            throws IOException {
        int wanted = (int) Math.min(into.remaining(), ref.length() - offset);
        CRC32C crc = new CRC32C();
        ByteBuffer seed = ByteBuffer.allocate(VolumeFormat.SEED_BYTES);
        for (int done = 0; done < wanted; ) {
            long at = offset + done;
            if (straight(file, ref, at, into, crc, seed)) {
                done += length(ref, at / VolumeFormat.BLOCK_BYTES);
            } else {
                done += read(volume, file, ref, at, into, wanted - done, framed, crc, seed);
            }
        }
        return wanted;
    }

    /**
     * Reads one whole block to where it is wanted. The checksum comes to lie behind it, where the
     * next block will overwrite it.
     *
     * @return false when that can't be done, or the block doesn't check: nothing counts as read
     */
    private static boolean straight(
            DiskFile file, ExtentRef ref, long offset, ByteBuffer into, CRC32C crc, ByteBuffer seed)
            throws IOException {
        long block = offset / VolumeFormat.BLOCK_BYTES;
        int size = length(ref, block);
        int at = into.position();
        int limit = into.limit();
        int end = at + size + VolumeFormat.CRC_BYTES;
        if (!into.isDirect()
                || offset % VolumeFormat.BLOCK_BYTES != 0
                || into.remaining() < size
                || into.capacity() < end) {
            return false;
        }
        into.limit(end);
        boolean whole =
                file.read(into, ref.offset() + VolumeFormat.blockPosition(block)) == end - at
                        && sum(ref, block, into.slice(at, size), crc, seed)
                                == into.slice(end - VolumeFormat.CRC_BYTES, VolumeFormat.CRC_BYTES)
                                        .getInt();
        into.limit(limit).position(whole ? at + size : at);
        return whole;
    }

    /**
     * Reads as many whole blocks as the buffer takes, verifies them, and copies what was asked for.
     */
    private int read(
            Volume volume,
            DiskFile file,
            ExtentRef ref,
            long offset,
            ByteBuffer into,
            int wanted,
            ByteBuffer framed,
            CRC32C crc,
            ByteBuffer seed)
            throws IOException {
        long block = offset / VolumeFormat.BLOCK_BYTES;
        long lastBlock = (offset + wanted - 1) / VolumeFormat.BLOCK_BYTES;
        lastBlock = Math.min(lastBlock, block + ReadBuffers.BLOCKS - 1);
        long start = VolumeFormat.blockPosition(block);
        long end =
                VolumeFormat.blockPosition(lastBlock)
                        + length(ref, lastBlock)
                        + VolumeFormat.CRC_BYTES;
        framed.clear().limit((int) (end - start));
        if (file.read(framed, ref.offset() + start) != end - start) {
            throw corrupt(volume, ref, block, "the volume ends before it");
        }
        framed.flip();
        int skip = (int) (offset - block * VolumeFormat.BLOCK_BYTES);
        int copied = 0;
        for (long b = block; b <= lastBlock; b++) {
            int size = length(ref, b);
            ByteBuffer data = framed.slice(framed.position(), size);
            int sum = sum(ref, b, data.duplicate(), crc, seed);
            framed.position(framed.position() + size);
            int stored = framed.getInt();
            if (stored != sum) {
                if (mended(volume, ref, b, size, stored, sum)) {
                    return copied;
                }
                throw corrupt(volume, ref, b, "its checksum differs");
            }
            int n = Math.min(size - skip, wanted - copied);
            into.put(data.slice(skip, n));
            copied += n;
            skip = 0;
        }
        return copied;
    }

    private static int sum(
            ExtentRef ref, long block, ByteBuffer data, CRC32C crc, ByteBuffer seed) {
        return VolumeFormat.crc(
                crc, seed, ref.store(), ref.epoch(), ref.volume(), ref.offset(), block, data);
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
