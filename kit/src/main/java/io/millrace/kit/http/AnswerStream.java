package io.millrace.kit.http;

import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An answer body written while the client reads. At most {@value #WINDOW_BYTES} bytes wait for the
 * socket; then the writer blocks. The door's idle timeout ends a client that never reads.
 */
final class AnswerStream extends OutputStream {
    private static final int WINDOW_BYTES = 512 << 10;
    private static final int PIECE_BYTES = 128 << 10;

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
        if (ended) {
            throw new IOException("The answer has ended.");
        }
        if (length >= 0 && written + count > length) {
            throw new IOException("More bytes than the announced " + length);
        }
        int at = offset;
        int end = offset + count;
        while (at < end) {
            int piece = Math.min(PIECE_BYTES, end - at);
            writePiece(Buffer.buffer(piece).appendBytes(from, at, piece));
            at += piece;
            written += piece;
            exchange.sent(piece);
        }
    }

    private void writePiece(Buffer piece) throws IOException {
        int bytes = piece.length();
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
        context.runOnContext(
                ignored -> {
                    if (response.closed()) {
                        gone();
                        return;
                    }
                    response.write(piece)
                            .onComplete(
                                    outcome -> {
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
