package io.millrace.extents;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The bytes of a volume: a header of 4 KiB, then extents one after the other, then a seal.
 *
 * <p>An extent is its payload in blocks of 64 KiB (the last one shorter), each followed by its
 * CRC32C, and an end mark of four bytes. The CRC covers the store's id, the writer's epoch, the
 * volume's number, the extent's offset and the block's index too, so that bytes in a wrong place
 * are found. The end mark is not zero: the last byte of a volume that isn't zero lies at or after
 * the end of the last extent that was acknowledged, and this is how recovery finds where to go on.
 *
 * <p>Volumes of version 1 have no store and no epoch, neither in the header nor in a checksum: here
 * they are of {@link StoreId#UNNAMED}, whose bytes are left out. They are read, never written to.
 * The page docs/formats/extents.md has the tables.
 */
final class VolumeFormat {
    static final int VERSION = 2;
    static final int HEADER_BYTES = 4096;
    static final int BLOCK_BYTES = 64 * 1024;
    static final int CRC_BYTES = 4;
    static final int FRAMED_BLOCK_BYTES = BLOCK_BYTES + CRC_BYTES;
    static final int END_MARK = 0x4D72_456E;
    static final int END_MARK_BYTES = 4;
    static final int SEAL_BYTES = 16;

    /** Room for what a block's checksum covers besides the payload. */
    static final int SEED_BYTES = StoreId.BYTES + 4 * Long.BYTES;

    private static final byte[] MAGIC = "MillVol\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SEAL = "MillSeal".getBytes(StandardCharsets.US_ASCII);
    private static final int SEAL_END = 0x5345_414C;
    private static final int HEADER_USED_1 = 8 + 4 + 4 + 8 + 8;
    private static final int HEADER_USED = HEADER_USED_1 + StoreId.BYTES + 8;

    /** The part of the header that is not filling, with its checksum. */
    static final int HEADER_USED_BYTES = HEADER_USED + CRC_BYTES;

    /**
     * What a header says.
     *
     * @param store {@link StoreId#UNNAMED} in version 1
     * @param epoch the start that began the volume; 0 in version 1
     */
    record Header(StoreId store, long epoch, long volume, Instant created, boolean strict) {}

    private VolumeFormat() {}

    /** Bytes that an extent of this payload takes. */
    static long framedBytes(long length) {
        long blocks = (length + BLOCK_BYTES - 1) / BLOCK_BYTES;
        return length + blocks * CRC_BYTES + END_MARK_BYTES;
    }

    /** Where a block begins, counted from the start of its extent. */
    static long blockPosition(long block) {
        return block * FRAMED_BLOCK_BYTES;
    }

    /**
     * The checksum of a block. What it means follows from the reference alone, so that it can be
     * checked in a volume whose header is lost.
     *
     * @param seed {@link #SEED_BYTES} of scratch
     */
    static int crc(
            CRC32C crc,
            ByteBuffer seed,
            StoreId store,
            long epoch,
            long volume,
            long offset,
            long block,
            ByteBuffer data) {
        seed.clear();
        if (!store.unnamed()) {
            seed.putLong(store.high()).putLong(store.low()).putLong(epoch);
        }
        seed.putLong(volume).putLong(offset).putLong(block).flip();
        crc.reset();
        crc.update(seed);
        crc.update(data);
        return (int) crc.getValue();
    }

    static ByteBuffer header(Header header) {
        ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES);
        out.put(MAGIC).putInt(VERSION).putInt(header.strict() ? 1 : 0);
        out.putLong(header.volume()).putLong(header.created().toEpochMilli());
        out.putLong(header.store().high()).putLong(header.store().low()).putLong(header.epoch());
        out.putInt(crcOf(out.array(), 0, HEADER_USED));
        return out.clear();
    }

    /** Reads a header; throws FORMAT for a version that is not known, CORRUPT for a broken one. */
    static Header header(byte[] bytes, String file) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        byte[] magic = new byte[MAGIC.length];
        in.get(magic);
        int version = in.getInt();
        boolean strict = (in.getInt() & 1) != 0;
        long volume = in.getLong();
        Instant created = Instant.ofEpochMilli(in.getLong());
        boolean first = whole(bytes, HEADER_USED_1);
        boolean later = whole(bytes, HEADER_USED);
        if (!Arrays.equals(magic, MAGIC) || !(version == 1 ? first : later)) {
            throw new ExtentsException(
                    ExtentsException.Code.CORRUPT,
                    "the header of volume file " + file + " is broken");
        }
        if (version == 1) {
            return new Header(StoreId.UNNAMED, 0, volume, created, strict);
        }
        if (version != VERSION) {
            throw new ExtentsException(
                    ExtentsException.Code.FORMAT,
                    "volume file "
                            + file
                            + " has format version "
                            + version
                            + ", this program knows up to "
                            + VERSION
                            + ": run the Millrace that wrote it");
        }
        StoreId store = new StoreId(in.getLong(), in.getLong());
        return new Header(store, in.getLong(), volume, created, strict);
    }

    /** Whether the checksum behind so many bytes of a header is theirs. */
    private static boolean whole(byte[] bytes, int used) {
        return ByteBuffer.wrap(bytes).getInt(used) == crcOf(bytes, 0, used);
    }

    static ByteBuffer seal(StoreId store, long volume, long tail) {
        ByteBuffer out = ByteBuffer.allocate(SEAL_BYTES);
        out.put(SEAL).putInt(sealCrc(store, volume, tail)).putInt(SEAL_END);
        return out.clear();
    }

    /** Whether the last bytes of a file of this size are its seal. */
    static boolean sealed(ByteBuffer last, StoreId store, long volume, long size) {
        return last.remaining() == SEAL_BYTES
                && last.equals(seal(store, volume, size - SEAL_BYTES));
    }

    private static int sealCrc(StoreId store, long volume, long tail) {
        ByteBuffer covered = ByteBuffer.allocate(StoreId.BYTES + 16);
        if (!store.unnamed()) {
            covered.putLong(store.high()).putLong(store.low());
        }
        covered.putLong(volume).putLong(tail);
        return crcOf(covered.array(), 0, covered.position());
    }

    static int crcOf(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }
}
