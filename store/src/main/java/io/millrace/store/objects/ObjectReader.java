package io.millrace.store.objects;

import io.millrace.store.space.StoreException;
import java.io.InputStream;

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
     * Reads up to {@code length} bytes from {@code offset}; fills {@code into} as far as the object
     * reaches.
     *
     * @return the bytes read; 0 at or past the end
     */
    int read(long offset, byte[] into, int at, int length);

    /** A stream of {@code length} bytes from {@code from}; the range must lie within the object. */
    InputStream range(long from, long length);

    /** A stream of all bytes. */
    default InputStream stream() {
        return range(0, info().sizeBytes());
    }
}
