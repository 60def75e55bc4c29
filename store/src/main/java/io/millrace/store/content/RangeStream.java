package io.millrace.store.content;

import io.millrace.extents.Extents;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/**
 * A range of an object as a stream. Extents verify blocks of 64 KiB, so small reads are served from
 * a buffer of whole blocks: no block is verified twice. Not thread-safe.
 */
public final class RangeStream extends InputStream {
    private static final int TRANSFER_BYTES = 4 * Extents.BLOCK_BYTES;

    /** Reads at least one byte of what the cursor finds at an offset. */
    public interface Source {
        int read(Segments.Cursor cursor, long offset, ByteBuffer into);
    }

    private final Segments.Cursor cursor;
    private final Source source;
    private final long end;
    private long next;
    private byte[] buffer = new byte[0];
    private int at;
    private int filled;

    public RangeStream(Segments.Cursor cursor, long from, long end, Source source) {
        this.cursor = cursor;
        this.next = from;
        this.end = end;
        this.source = source;
    }

    @Override
    public int read() {
        return ensure() ? buffer[at++] & 0xFF : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) {
        java.util.Objects.checkFromIndexSize(offset, length, into.length);
        if (length == 0) {
            return 0;
        }
        if (at == filled && length >= Extents.BLOCK_BYTES && next < end) {
            return fill(into, offset, length);
        }
        if (!ensure()) {
            return -1;
        }
        int count = Math.min(length, filled - at);
        System.arraycopy(buffer, at, into, offset, count);
        at += count;
        return count;
    }

    private int fill(byte[] into, int from, int length) {
        int most = (int) Math.min(length, end - next);
        int got = source.read(cursor, next, ByteBuffer.wrap(into, from, most));
        next += got;
        return got;
    }

    /** True while a byte is left; fills the buffer up to the next block's beginning. */
    private boolean ensure() {
        if (at < filled) {
            return true;
        }
        if (next >= end) {
            return false;
        }
        long left = end - next;
        if (buffer.length < Extents.BLOCK_BYTES && buffer.length < left) {
            buffer = new byte[(int) Math.min(Extents.BLOCK_BYTES, left)];
        }
        filled = fill(buffer, 0, buffer.length);
        at = 0;
        return true;
    }

    @Override
    public int available() {
        return filled - at;
    }

    @Override
    public long skip(long count) {
        long buffered = Math.min(Math.max(0, count), available());
        at += (int) buffered;
        long beyond = Math.min(Math.max(0, count - buffered), end - next);
        next += beyond;
        return buffered + beyond;
    }

    @Override
    public long transferTo(OutputStream out) throws IOException {
        int buffered = filled - at;
        long total = buffered;
        out.write(buffer, at, buffered);
        at = filled;
        byte[] bytes = new byte[(int) Math.min(TRANSFER_BYTES, end - next)];
        while (next < end) {
            int got = fill(bytes, 0, bytes.length);
            out.write(bytes, 0, got);
            total += got;
        }
        return total;
    }
}
