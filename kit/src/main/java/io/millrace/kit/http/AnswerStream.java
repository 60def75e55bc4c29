package io.millrace.kit.http;

import io.netty.buffer.Unpooled;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.buffer.BufferInternal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An answer body written while the client reads. At most {@value #WINDOW_BYTES} bytes wait for the
 * socket; then the writer blocks. The door's idle timeout ends a client that never reads.
 */
final class AnswerStream extends AnswerBody {
    private static final int WINDOW_BYTES = 512 << 10;
    private static final int PIECE_BYTES = 128 << 10;

    private static final SendBuffers BUFFERS = new SendBuffers();

    private final VertxExchange exchange;
    private final HttpServerResponse response;
    private final Context context;
    private final long length;
    private final boolean closeAfter;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition drained = lock.newCondition();
    private int waiting;
    private boolean gone;
    private boolean ended;
    private long written;

    AnswerStream(
            VertxExchange exchange,
            HttpServerResponse response,
            Context context,
            long length,
            boolean closeAfter) {
        this.exchange = exchange;
        this.response = response;
        this.context = context;
        this.length = length;
        this.closeAfter = closeAfter;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int count) throws IOException {
        Objects.checkFromIndexSize(offset, count, from.length);
        refuseMoreThan(count);
        int at = offset;
        int end = offset + count;
        while (at < end) {
            int piece = Math.min(PIECE_BYTES, end - at);
            reserve(piece);
            hand(Buffer.buffer(piece).appendBytes(from, at, piece), () -> {});
            at += piece;
        }
    }

    @Override
    public void transfer(long count, Source source) throws IOException {
        refuseMoreThan(count);
        for (long at = 0; at < count; ) {
            int piece = (int) Math.min(SendBuffers.BYTES, count - at);
            reserve(piece);
            ByteBuffer buffer = BUFFERS.take();
            if (buffer == null) {
                ByteBuffer heap = ByteBuffer.allocate(piece);
                fill(source, at, heap);
                hand(Buffer.buffer(heap.array()), () -> {});
            } else {
                transfer(at, piece, source, buffer);
            }
            at += piece;
        }
    }

    private void transfer(long at, int piece, Source source, ByteBuffer buffer) throws IOException {
        boolean filled = false;
        try {
            fill(source, at, buffer.limit(piece));
            filled = true;
        } finally {
            if (!filled) {
                BUFFERS.giveBack(buffer);
            }
        }
        Buffer bytes = BufferInternal.buffer(Unpooled.wrappedBuffer(buffer.flip()));
        hand(bytes, () -> BUFFERS.giveBack(buffer));
    }

    private static void fill(Source source, long at, ByteBuffer into) throws IOException {
        source.fill(at, into);
        if (into.hasRemaining()) {
            throw new IOException("The source has fewer bytes than were announced.");
        }
    }

    private void refuseMoreThan(long count) throws IOException {
        if (ended) {
            throw new IOException("The answer has ended.");
        }
        if (length >= 0 && written + count > length) {
            throw new IOException("More bytes than the announced " + length);
        }
    }

    /** Waits until so many bytes more may wait for the socket. */
    private void reserve(int bytes) throws IOException {
        lock.lock();
        try {
            while (waiting > 0 && waiting + bytes > WINDOW_BYTES && !gone) {
                drained.await();
            }
            if (gone) {
                throw new IOException("The client closed the connection.");
            }
            waiting += bytes;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while writing the answer", e);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Hands reserved bytes to the event loop.
     *
     * @param done runs once, when nothing reads them any more
     */
    private void hand(Buffer piece, Runnable done) {
        int bytes = piece.length();
        written += bytes;
        exchange.sent(bytes);
        context.runOnContext(
                ignored -> {
                    if (response.closed()) {
                        done.run();
                        gone();
                        return;
                    }
                    response.write(piece)
                            .onComplete(
                                    outcome -> {
                                        done.run();
                                        if (outcome.succeeded()) {
                                            drain(bytes);
                                        } else {
                                            gone();
                                        }
                                    });
                });
    }

    private void drain(int bytes) {
        lock.lock();
        try {
            waiting -= bytes;
            drained.signal();
        } finally {
            lock.unlock();
        }
    }

    /** The client has gone: the writer must not wait for it. From any thread. */
    void gone() {
        lock.lock();
        try {
            gone = true;
            drained.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean ended() {
        return ended;
    }

    @Override
    public void close() throws IOException {
        if (ended) {
            return;
        }
        ended = true;
        if (length >= 0 && written != length) {
            exchange.abort();
            throw new IOException("Only " + written + " of " + length + " bytes were written");
        }
        context.runOnContext(
                ignored -> {
                    if (!response.closed()) {
                        exchange.after(response.end(), closeAfter);
                    }
                });
    }
}
