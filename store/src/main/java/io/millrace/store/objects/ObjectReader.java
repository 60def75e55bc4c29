package io.millrace.store.objects;

import io.millrace.store.space.StoreException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * An object as it was when it was opened. Thread-safe. Every byte is verified against its checksum;
 * a wrong one is {@link StoreException.Code#CORRUPT}. Bytes of an object that is deleted,
 * overwritten or moved meanwhile stay readable until the reader is closed, or nobody refers to it
 * and its streams any more; closing early gives their space back earlier.
 */
public interface ObjectReader extends AutoCloseable {
    @Override
    void close();

    ObjectInfo info();

    /**
     * Reads from {@code offset} on into what remains of the buffer, as far as the object reaches. A
     * direct buffer with four bytes of capacity behind its limit spares a copy; they are lost.
     *
     * @return the bytes read; 0 at or past the end
     */
    int read(long offset, ByteBuffer into);

    /** The same into an array. */
    default int read(long offset, byte[] into, int at, int length) {
        return read(offset, ByteBuffer.wrap(into, at, length));
    }

    /**
     * The sizes in bytes of the parts that an upload was completed of, in their order; of a copy
     * those of what it is a copy of. Empty for an object that was not made of parts.
     */
    List<Long> partSizes();

    /** A stream of {@code length} bytes from {@code from}; the range must lie within the object. */
    InputStream range(long from, long length);

    /** A stream of all bytes. */
    default InputStream stream() {
        return range(0, info().sizeBytes());
    }
}
