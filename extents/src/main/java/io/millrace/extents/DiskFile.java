package io.millrace.extents;

import java.io.IOException;
import java.nio.ByteBuffer;

/** One open file of a {@link Disk}. Reads may run beside anything; one thread writes. */
interface DiskFile extends AutoCloseable {
    long size() throws IOException;

    /** Writes all that remains in the buffer; not durable before {@link #sync}. */
    void write(ByteBuffer from, long position) throws IOException;

    /**
     * The same for much that nobody reads soon: past the page cache where the system can, for what
     * lies on whole pages of the file and in memory at the same distance from a page's start.
     */
    default void writePast(ByteBuffer from, long position) throws IOException {
        write(from, position);
    }

    /** Fills the buffer as far as the file reaches; returns the bytes read, -1 at the end. */
    int read(ByteBuffer into, long position) throws IOException;

    /** Grows with zeros or cuts off. */
    void resize(long size) throws IOException;

    /** Makes the content and the size durable. */
    void sync() throws IOException;

    @Override
    void close() throws IOException;
}
