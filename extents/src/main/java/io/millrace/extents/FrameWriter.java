package io.millrace.extents;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Puts payload into blocks with their CRCs and gathers what lies side by side into large writes.
 * Used by one lane's thread.
 *
 * <p>The buffer starts at a page of memory and stands for a place in the file that starts a page,
 * so that whole pages can be written past the page cache.
 */
final class FrameWriter {
    /** 1 MiB of payload that ends its extent. */
    private static final int BUFFER_BYTES =
            16 * VolumeFormat.FRAMED_BLOCK_BYTES + VolumeFormat.END_MARK_BYTES;

    private static final int PAGE_BYTES = ChannelFile.PAGE_BYTES;

    private final ByteBuffer buffer =
            ByteBuffer.allocateDirect(BUFFER_BYTES + 2 * PAGE_BYTES).alignedSlice(PAGE_BYTES);
    private final ByteBuffer seed = ByteBuffer.allocate(VolumeFormat.SEED_BYTES);
    private final CRC32C crc = new CRC32C();
    private final Identity identity;
    private @Nullable Volume volume;
    private boolean pastCache;

    /** Where in the file the buffer's first byte would stand: a multiple of the page. */
    private long position;

    /** Where in the buffer the bytes begin that are not written yet. */
    private int start;

    FrameWriter(Identity identity) {
        this.identity = identity;
    }

    /** Whether what comes goes past the page cache. */
    void pastCache(boolean past) throws IOException {
        if (pastCache != past) {
            flush();
            pastCache = past;
        }
    }

    /**
     * Writes payload that begins at a block's start, or only the end of an extent.
     *
     * @param offset where the extent begins
     * @param written payload bytes of the extent before these: a multiple of the block, if any come
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
        seek(into, offset + VolumeFormat.framedBytes(written) - VolumeFormat.END_MARK_BYTES);
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
            stand(to);
        }
    }

    /** The next byte goes to this place in the file. */
    private void stand(long at) {
        start = (int) (at % PAGE_BYTES);
        position = at - start;
        buffer.clear().position(start);
    }

    private void room(int bytes) throws IOException {
        if (buffer.remaining() < bytes) {
            flush();
        }
    }

    /** Writes what is gathered. */
    void flush() throws IOException {
        Volume current = volume;
        int end = buffer.position();
        if (current == null || end == start) {
            return;
        }
        buffer.limit(end).position(start);
        try {
            if (pastCache) {
                current.writing().writePast(buffer, position + start);
            } else {
                current.writing().write(buffer, position + start);
            }
        } finally {
            stand(position + end);
        }
    }

    /** Forgets what is gathered, after a failure. */
    void drop() {
        stand(0);
        volume = null;
    }
}
