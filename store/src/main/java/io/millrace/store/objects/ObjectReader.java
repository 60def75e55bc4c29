package io.millrace.store.objects;

import io.millrace.store.space.StoreException;
import java.io.InputStream;

/**
 * An object as it was when it was opened. Thread-safe; holds nothing that needs closing. Every byte
 * is verified against its checksum; a wrong one is {@link StoreException.Code#CORRUPT}. Bytes of an
 * object that is deleted or overwritten meanwhile stay readable for the store's grace.
 */
public interface ObjectReader {
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
