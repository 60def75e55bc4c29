package io.millrace.extents;

import java.nio.ByteBuffer;

/**
 * Where an extent lies.
 *
 * @param store which extent store: 0 the local volumes, 1 to 255 others
 * @param volume the volume's number, ≥ 1
 * @param offset position inside the volume, ≥ 0; opaque to callers
 * @param length payload bytes, ≥ 1
 */
public record ExtentRef(int store, long volume, long offset, long length) {
    /** Bytes of an encoded reference. */
    public static final int ENCODED_BYTES = 25;

    public ExtentRef {
        if (store < 0 || store > 255 || volume < 1 || offset < 0 || length < 1) {
            throw new IllegalArgumentException(
                    "not a reference: " + store + "/" + volume + "/" + offset + "+" + length);
        }
    }

    /**
     * Twenty-five bytes: store in one, then volume, offset and length in eight each, big-endian.
     */
    public byte[] encode() {
        ByteBuffer buffer = ByteBuffer.allocate(ENCODED_BYTES);
        encode(buffer);
        return buffer.array();
    }

    /** Writes the encoded form at the buffer's position. */
    public void encode(ByteBuffer into) {
        into.put((byte) store).putLong(volume).putLong(offset).putLong(length);
    }

    /** Reads what {@link #encode(ByteBuffer)} wrote. */
    public static ExtentRef decode(ByteBuffer from) {
        return new ExtentRef(from.get() & 0xFF, from.getLong(), from.getLong(), from.getLong());
    }

    /** Reads what {@link #encode()} wrote. */
    public static ExtentRef decode(byte[] encoded) {
        return decode(ByteBuffer.wrap(encoded));
    }
}
