package io.millrace.live;

import java.io.IOException;
import java.io.InputStream;

/**
 * The bytes of a playback answer, read as often and from wherever the caller likes.
 *
 * <p>Thread-safe. The bytes never change while the body lives. Whoever got it closes it: until then
 * a stored object keeps its space, though it were deleted.
 */
public interface MediaBody extends AutoCloseable {
    /** The length in bytes at the moment of the answer. */
    long lengthBytes();

    /**
     * Opens the bytes from {@code from} (0-based), {@code length} of them; the caller closes it.
     *
     * @throws IndexOutOfBoundsException when the range is outside {@link #lengthBytes}
     * @throws IOException when the store can't be read
     */
    InputStream open(long from, long length) throws IOException;

    @Override
    default void close() {}

    /** A body over bytes in memory. */
    static MediaBody of(byte[] bytes, int length) {
        return new MemoryBody(bytes, length);
    }
}
