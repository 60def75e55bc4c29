package io.millrace.extents;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Puts payload into blocks with their CRCs and gathers what lies side by side into large writes.
 * Used by one lane's thread.
 */
final class FrameWriter {
    private static final int BUFFER_BYTES = 1 << 20;

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final ByteBuffer seed = ByteBuffer.allocate(VolumeFormat.SEED_BYTES);
    private final CRC32C crc = new CRC32C();
    private final Identity identity;
    private @Nullable Volume volume;
    private long position;

    FrameWriter(Identity identity) {
        this.identity = identity;
    }

    /**
     * Writes payload that begins at a block's start.
     *
     * @param offset where the extent begins
     * @param written payload bytes of the extent before these: a multiple of the block
     * @param last whether the extent ends here
     */
    void write(
            Volume into,
            long offset,
            long written,
            byte[] bytes,
            int from,
            int length,
            boolean last)
            throws IOException {
        long block = written / VolumeFormat.BLOCK_BYTES;
        StoreId store = identity.store();
        long epoch = identity.epoch();
        seek(into, offset + VolumeFormat.blockPosition(block));
        int at = from;
        int end = from + length;
        while (at < end) {
            int size = Math.min(VolumeFormat.BLOCK_BYTES, end - at);
            room(size + VolumeFormat.CRC_BYTES);
            ByteBuffer data = ByteBuffer.wrap(bytes, at, size);
            int sum = VolumeFormat.crc(crc, seed, store, epoch, into.number, offset, block, data);
            buffer.put(bytes, at, size).putInt(sum);
            at += size;
            block++;
        }
        if (last) {
            room(VolumeFormat.END_MARK_BYTES);
            buffer.putInt(VolumeFormat.END_MARK);
        }
        into.dirty = true;
    }

    private void seek(Volume into, long to) throws IOException {
        Volume current = volume;
        if (current == null
                || current.number != into.number
                || position + buffer.position() != to) {
            flush();
            volume = into;
            position = to;
        }
    }

    private void room(int bytes) throws IOException {
        if (buffer.remaining() < bytes) {
            flush();
        }
    }

    /** Writes what is gathered. */
    void flush() throws IOException {
        Volume current = volume;
        if (current == null || buffer.position() == 0) {
            return;
        }
        buffer.flip();
        int size = buffer.remaining();
        try {
            current.writing().write(buffer, position);
        } finally {
            buffer.clear();
            position += size;
        }
    }

    /** Forgets what is gathered, after a failure. */
    void drop() {
        buffer.clear();
        volume = null;
    }
}
