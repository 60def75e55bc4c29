package io.millrace.extents;

import java.nio.ByteBuffer;

/**
 * Where an extent lies, and who wrote it: a reference means the same bytes for ever and everywhere,
 * or none.
 *
 * <p>Store and epoch are part of the checksum of every block, so that a reference that meets
 * another store's volume, or the volume of a directory that was set back, fails instead of reading
 * other bytes. Version 1 had neither; such references have the store {@link StoreId#UNNAMED} and
 * the epoch 0.
 *
 * @param store the store that has it
 * @param epoch which start of the store wrote it, ≥ 1
 * @param volume the volume's number inside the store, ≥ 1
 * @param offset position inside the volume, ≥ 0; opaque to callers
 * @param length payload bytes, ≥ 1
 * @param encryption reserved
 */
public record ExtentRef(
        StoreId store, long epoch, long volume, long offset, long length, Encryption encryption) {
    /** Bytes of an encoded reference, version 2. */
    public static final int ENCODED_BYTES = 1 + StoreId.BYTES + 4 * Long.BYTES + 4 + 12;

    private static final int VERSION_1 = 0;
    private static final int VERSION_2 = 2;
    private static final int ENCODED_BYTES_1 = 1 + 3 * Long.BYTES;

    public ExtentRef {
        boolean named = !store.unnamed();
        if (volume < 1
                || offset < 0
                || length < 1
                || epoch < (named ? 1 : 0)
                || (!named && (epoch != 0 || !encryption.none()))) {
            throw new IllegalArgumentException(
                    "not a reference: "
                            + store
                            + "/"
                            + epoch
                            + "/"
                            + volume
                            + "/"
                            + offset
                            + "+"
                            + length);
        }
    }

    /** An extent in the clear. */
    public ExtentRef(StoreId store, long epoch, long volume, long offset, long length) {
        this(store, epoch, volume, offset, length, Encryption.NONE);
    }

    /** A reference of version 1. */
    public static ExtentRef unnamed(long volume, long offset, long length) {
        return new ExtentRef(StoreId.UNNAMED, 0, volume, offset, length);
    }

    /** {@link #ENCODED_BYTES} bytes, or 25 for a reference of version 1, which stays one. */
    public byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate(store.unnamed() ? ENCODED_BYTES_1 : ENCODED_BYTES);
        if (store.unnamed()) {
            out.put((byte) VERSION_1).putLong(volume).putLong(offset).putLong(length);
        } else {
            out.put((byte) VERSION_2).putLong(store.high()).putLong(store.low());
            out.putLong(epoch).putLong(volume).putLong(offset).putLong(length);
            out.putInt(encryption.keyId()).putInt(encryption.nonceHigh());
            out.putLong(encryption.nonceLow());
        }
        return out.array();
    }

    /** Reads what {@link #encode} wrote, of either version. */
    public static ExtentRef decode(byte[] encoded) {
        ByteBuffer in = ByteBuffer.wrap(encoded);
        int version = encoded.length == 0 ? -1 : in.get();
        if (version == VERSION_1 && encoded.length == ENCODED_BYTES_1) {
            return unnamed(in.getLong(), in.getLong(), in.getLong());
        }
        if (version != VERSION_2 || encoded.length != ENCODED_BYTES) {
            throw new ExtentsException(
                    ExtentsException.Code.FORMAT,
                    "a reference of "
                            + encoded.length
                            + " bytes has the unknown version "
                            + version);
        }
        StoreId store = new StoreId(in.getLong(), in.getLong());
        long epoch = in.getLong();
        long volume = in.getLong();
        long offset = in.getLong();
        long length = in.getLong();
        Encryption encryption = new Encryption(in.getInt(), in.getInt(), in.getLong());
        return new ExtentRef(store, epoch, volume, offset, length, encryption);
    }
}
