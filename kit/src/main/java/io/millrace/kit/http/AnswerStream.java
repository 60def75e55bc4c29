package io.millrace.kit.http;

import io.millrace.kit.MonotonicClock;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.buffer.BufferInternal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An answer body written while the client reads. At most {@value #WINDOW_BYTES} bytes wait for the
 * socket; then the writer blocks. The door's idle timeout ends a client that never reads.
 *
 * <p>Bytes from a source go around the event loop as long as the socket takes them: the thread that
 * has just read and verified them has them in its cache, and wakes nobody. What the socket doesn't
 * take the event loop is given, which waits for it.
 */
final class AnswerStream extends AnswerBody {
    private static final int WINDOW_BYTES = 512 << 10;
    private static final int PIECE_BYTES = 128 << 10;

    /** What is written before others get the carrier; a yield costs as much as 64 KiB. */
    private static final int TURN_BYTES = 2 << 20;

    private static final SendBuffers BUFFERS = new SendBuffers();
    private static final HeapForAnswers HEAP =
            new HeapForAnswers(Runtime.getRuntime().maxMemory() / 4);
    private static final MonotonicClock CLOCK = MonotonicClock.system();
    private static final Logger LOG = LoggerFactory.getLogger(AnswerStream.class);

    private final VertxExchange exchange;
    private final HttpServerResponse response;
    private final Context context;
    private final long length;
    private final boolean closeAfter;
    private final SocketWindow window;
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
        this.window = new SocketWindow(exchange.guest(), exchange.slot());
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
            int piece = reserveHeap(Math.min(PIECE_BYTES, end - at));
            handHeap(ByteBuffer.allocate(piece).put(from, at, piece));
            at += piece;
        }
    }

    @Override
    public void transfer(long count, Source source) throws IOException {
        refuseMoreThan(count);
        long begun = begin(count, source);
        long around = transferAround(count - begun, (at, into) -> source.fill(begun + at, into));
        for (long at = begun + around; at < count; ) {
            int piece = (int) Math.min(SendBuffers.BYTES, count - at);
            if (exchange.guest().isDoorShort()) {
                at += transferLittle(at, piece, source);
                continue;
            }
            window.reserve(piece, WINDOW_BYTES);
            ByteBuffer buffer = BUFFERS.take();
            if (buffer == null) {
                window.drain(piece);
                at += transferLittle(at, piece, source);
            } else {
                transfer(at, piece, source, buffer);
                at += piece;
            }
        }
    }

    @Override
    public void write(Piece piece) throws IOException {
        ByteBuf bytes = piece.take();
        boolean reserved = false;
        try {
            refuseMoreThan(piece.length());
            window.reserve(piece.length(), WINDOW_BYTES);
            reserved = true;
        } finally {
            if (!reserved) {
                bytes.release();
            }
        }
        hand(bytes);
    }

    /**
     * In a crowd the first pieces are small, and each is read when the one before has gone: who
     * takes nothing is held little for. Returns how many bytes were written.
     */
    private long begin(long count, Source source) throws IOException {
        int most = exchange.firstBytes();
        if (most == HeapForAnswers.LITTLE_BYTES) {
            return 0;
        }
        long at = 0;
        while (at < count && written < HeapForAnswers.LITTLE_BYTES) {
            at += transferLittle(at, (int) Math.min(most, count - at), source);
        }
        return at;
    }

    /** A little piece, and the only one that waits. */
    private int transferLittle(long at, int most, Source source) throws IOException {
        int count = Math.min(most, HeapForAnswers.LITTLE_BYTES);
        window.reserve(count, 0);
        hand(Piece.read(at, count, source).take()); // if that fails the answer ends
        return count;
    }

    private void hand(ByteBuf bytes) {
        hand(wrapped(bytes.nioBuffer()), bytes::release);
    }

    private void handHeap(ByteBuffer heap) {
        int bytes = heap.position();
        hand(wrapped(heap.flip()), () -> HEAP.giveBack(bytes));
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
        hand(wrapped(buffer.flip()), () -> BUFFERS.giveBack(buffer));
    }

    /** Writes around the event loop as much as it can; returns how many bytes were written. */
    private long transferAround(long count, Source source) throws IOException {
        if (length < 0 || written == 0 || count < SendBuffers.BYTES) {
            return 0; // in chunks, or the head has not gone, or not worth it
        }
        try (SocketTwin socket = twin()) {
            return socket == null ? 0 : transferAround(socket, count, source);
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // Virtual threads share a carrier only by yielding.
    private long transferAround(SocketTwin socket, long count, Source source) throws IOException {
        // The event loop ends a connection on which it sees nothing move.
        Duration most = exchange.idleTimeout().dividedBy(4);
        long seen = CLOCK.nanos();
        long at = 0;
        ByteBuffer buffer = BUFFERS.take();
        try {
            while (buffer != null && at < count) {
                int piece = (int) Math.min(SendBuffers.BYTES, count - at);
                fill(source, at, buffer.clear().limit(piece));
                buffer.flip();
                at += piece;
                window.refuseIfGone();
                if (!CLOCK.hasElapsed(seen, most)) {
                    socket.write(buffer);
                    count(buffer.position());
                }
                if (buffer.hasRemaining()) {
                    window.reserve(buffer.remaining(), WINDOW_BYTES);
                    ByteBuffer rest = buffer;
                    buffer = null;
                    hand(wrapped(rest), () -> BUFFERS.giveBack(rest));
                    window.awaitEmpty();
                    seen = CLOCK.nanos();
                    buffer = BUFFERS.take();
                } else if (at % TURN_BYTES == 0) {
                    Thread.yield(); // a reader that is never late must not keep the carrier
                }
            }
            return at;
        } finally {
            if (buffer != null) {
                BUFFERS.giveBack(buffer);
            }
        }
    }

    /** The socket, once all that was handed to the event loop has gone; null for none. */
    private @Nullable SocketTwin twin() throws IOException {
        CompletableFuture<@Nullable SocketTwin> offer = new CompletableFuture<>();
        context.runOnContext(ignored -> offerTwin(offer));
        boolean taken = false;
        try {
            window.awaitEmpty();
            SocketTwin twin = offer.get();
            taken = true;
            return twin;
        } catch (InterruptedException e) {
            throw SocketWindow.interrupted(e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("it never fails", e);
        } finally {
            if (!taken) {
                withdraw(offer);
            }
        }
    }

    /** On the event loop. */
    private void offerTwin(CompletableFuture<@Nullable SocketTwin> offer) {
        SocketTwin twin = null;
        try {
            twin = exchange.twin();
        } finally {
            // Also if that failed: who waits goes on without.
            if (!offer.complete(twin)) {
                close(twin);
            }
        }
    }

    private static void withdraw(CompletableFuture<@Nullable SocketTwin> offer) {
        if (!offer.complete(null)) {
            close(offer.join());
        }
    }

    private static void close(@Nullable SocketTwin unused) {
        try (unused) {
            // Nobody waits for it any more.
        } catch (IOException e) {
            LOG.debug("close(2) failed; the descriptor is free all the same", e);
        }
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

    /**
     * Waits until a piece on the heap may wait for the socket; returns its length. Where answers
     * hold much heap already that is a little piece, and about the only one.
     */
    private int reserveHeap(int most) throws IOException {
        int piece = HEAP.take(most);
        boolean reserved = false;
        try {
            boolean little = HEAP.isUsedUp() || exchange.guest().isDoorShort();
            window.reserve(piece, little ? HeapForAnswers.LITTLE_BYTES : WINDOW_BYTES);
            reserved = true;
        } finally {
            if (!reserved) {
                HEAP.giveBack(piece);
            }
        }
        return piece;
    }

    /**
     * Hands reserved bytes to the event loop.
     *
     * @param done runs once, when nothing reads them any more
     */
    private void hand(Buffer piece, Runnable done) {
        int bytes = piece.length();
        count(bytes);
        context.runOnContext(
                ignored -> {
                    if (response.closed()) {
                        done.run();
                        window.gone();
                        return;
                    }
                    response.write(piece)
                            .onComplete(
                                    outcome -> {
                                        done.run();
                                        if (outcome.succeeded()) {
                                            window.drain(bytes);
                                        } else {
                                            window.gone();
                                        }
                                    });
                });
    }

    private void count(int bytes) {
        written += bytes;
        exchange.sent(bytes);
    }

    private static Buffer wrapped(ByteBuffer bytes) {
        return BufferInternal.buffer(Unpooled.wrappedBuffer(bytes));
    }

    /** The client has gone: the writer must not wait for it. From any thread. */
    void gone() {
        window.gone();
    }

    /** Bytes that wait for the socket now. */
    int waiting() {
        return window.waiting();
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
