package io.millrace.kit.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of an answer, read from their source before they are written: before its head even, so that
 * what can't be read is an error of its own. They stand in direct memory as long as there is some,
 * for thousands that wait for slow clients on the heap would be copied by each collection. One
 * thread's own; closed by whoever has it, unless {@link AnswerBody#write(Piece)} took them.
 */
public final class Piece implements AutoCloseable {
    private final int length;
    private @Nullable ByteBuf bytes;

    private Piece(ByteBuf bytes, int length) {
        this.bytes = bytes;
        this.length = length;
    }

    /**
     * Reads so many bytes.
     *
     * @throws IOException from the source, or because it has fewer
     */
    public static Piece read(int count, AnswerBody.Source source) throws IOException {
        return read(0, count, source);
    }

    /** Reads so many bytes from a position of the source on. */
    static Piece read(long at, int count, AnswerBody.Source source) throws IOException {
        ByteBuf bytes = room(count + AnswerBody.SCRATCH_BYTES);
        boolean read = false;
        try {
            ByteBuffer into = bytes.internalNioBuffer(0, bytes.capacity()).slice().limit(count);
            source.fill(at, into);
            if (into.hasRemaining()) {
                throw new IOException("The source has fewer bytes than were announced.");
            }
            read = true;
        } finally {
            if (!read) {
                bytes.release();
            }
        }
        return new Piece(bytes.writerIndex(count), count);
    }

    private static ByteBuf room(int bytes) {
        try {
            return PooledByteBufAllocator.DEFAULT.directBuffer(bytes, bytes);
        } catch (OutOfMemoryError e) {
            return Unpooled.buffer(bytes, bytes); // no direct memory is left
        }
    }

    /** How many. */
    public int length() {
        return length;
    }

    /** The bytes, which are whoever's calls: to be released once. */
    ByteBuf take() {
        ByteBuf taken = bytes;
        if (taken == null) {
            throw new IllegalStateException("These bytes have been written or given back.");
        }
        bytes = null;
        return taken;
    }

    /** Writes them elsewhere. */
    public byte[] toByteArray() {
        ByteBuf taken = take();
        try {
            byte[] copy = new byte[length];
            taken.readBytes(copy);
            return copy;
        } finally {
            taken.release();
        }
    }

    @Override
    public void close() {
        if (bytes != null) {
            take().release();
        }
    }
}
