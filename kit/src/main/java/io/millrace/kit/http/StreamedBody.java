package io.millrace.kit.http;

import io.millrace.kit.MonotonicClock;
import io.netty.buffer.ByteBuf;
import io.vertx.core.Context;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.buffer.BufferInternal;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A request body that is read while it arrives.
 *
 * <p>A large one whose length is known is read from the socket by the thread that wants it, into
 * its own array. Where the socket has nothing, the event loop waits, and reads until there is as
 * much as is wanted. The two take turns, and each turn begins on the event loop: what both had read
 * at a time would have no order.
 *
 * <p>Other bodies (in chunks, over TLS, small, pipelined) the event loop reads. At most 2 MiB run
 * ahead of the reader, 512 KiB where bodies hold much already; then the socket is left alone until
 * about half of it was read.
 *
 * <p>Whoever made the body calls {@link #leave} and {@link #release}, else buffers are lost.
 */
final class StreamedBody extends InputStream {
    private static final MonotonicClock CLOCK = MonotonicClock.system();

    /** Where the socket is left alone: what was read at once may still come on top. */
    static final int AHEAD_BYTES = (2 << 20) - HttpDoor.READ_BYTES;

    private static final int LITTLE_AHEAD_BYTES = (512 << 10) - HttpDoor.READ_BYTES;

    /** Crumbs cost more than their bytes: so many chunks are enough, too. */
    private static final int AHEAD_CHUNKS = 256;

    /** From this size on the thread that wants a body reads the socket. */
    private static final int AROUND_BYTES = HttpDoor.READ_BYTES;

    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long LEAST_BYTES_PER_SECOND = 128;

    private final HttpServerRequest request;
    private final Context context;
    private final BodyTap tap;
    private final boolean tapped;
    private final long idleNanos;
    private final long startedNanos = CLOCK.nanos();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final ArrayDeque<Arrived> chunks = new ArrayDeque<>();
    private Turn turn = Turn.LOOP;
    private int queued;
    private int wanted;
    private long waitingSince;
    private boolean continueWanted;
    private boolean ended;
    private boolean left;
    private @Nullable String failure;

    /** For the reader's turns. */
    private @Nullable SocketTwin twin;

    /** Bytes still to come of a body that has a twin. */
    private long missing;

    /** Bytes read around the event loop that it doesn't know of yet. */
    private long passed;

    /** When the event loop last saw the socket move. */
    private long seen;

    private @Nullable Arrived current;
    private long total;

    /** Who reads the socket. */
    private enum Turn {
        /** The event loop. */
        LOOP,
        /** Nobody: the event loop was told to leave it, but what it has under way still comes. */
        NOBODY,
        /** The reader of the body. */
        READER,
        /** Nobody: the reader has told the event loop to go on. */
        ASKED
    }

    /**
     * On the event loop.
     *
     * @param length bytes, or -1
     */
    StreamedBody(
            HttpServerRequest request,
            Context context,
            long length,
            boolean wantsContinue,
            Duration idle) {
        this.request = request;
        this.context = context;
        this.continueWanted = wantsContinue;
        this.idleNanos = idle.toNanos();
        this.tap = BodyTap.of(request.connection());
        this.tapped = tap.open(this);
        request.handler(chunk -> arrive(((BufferInternal) chunk).getByteBuf()));
        request.endHandler(ignored -> end());
        request.exceptionHandler(
                ignored -> fail("The client closed the connection before the body ended."));
        if (tapped && length > AROUND_BYTES && !request.isSSL()) {
            missing = length;
            twin = tap.twin();
            if (twin != null) {
                stop();
            }
        }
    }

    /** On the event loop; the buffer is this body's to release. */
    void arrive(ByteBuf bytes) {
        lock.lock();
        try {
            if (left || !bytes.isReadable()) {
                bytes.release();
                return;
            }
            if (twin != null && (turn == Turn.READER || turn == Turn.ASKED)) {
                // The end of what the client sends makes the event loop read, whoever's turn it is.
                bytes.release();
                fail("The client closed the connection while its body was being read.");
                return;
            }
            seen = CLOCK.nanos();
            queued += bytes.readableBytes();
            missing -= bytes.readableBytes();
            chunks.add(Arrived.of(bytes));
            if (turn == Turn.LOOP && isEnough()) {
                stop();
            }
            // A client that trickles is read at the idle time-out; one that is silent is cut off.
            if (turn == Turn.NOBODY || queued >= wanted || seen - waitingSince > idleNanos) {
                arrived.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean isEnough() {
        return queued >= (twin == null ? ahead() : wanted) || chunks.size() >= AHEAD_CHUNKS;
    }

    private static int ahead() {
        return Arrived.littleIsHeld() ? AHEAD_BYTES : LITTLE_AHEAD_BYTES;
    }

    /** The event loop leaves the socket alone; then it is the reader's, if it can be. */
    private void stop() {
        turn = Turn.NOBODY;
        flow(false);
        if (twin != null) {
            context.runOnContext(ignored -> handOver());
        }
    }

    /** On the event loop, once nothing is under way there. */
    private void handOver() {
        lock.lock();
        try {
            if (turn == Turn.NOBODY) {
                turn = Turn.READER;
                seen = CLOCK.nanos();
                arrived.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    private void flow(boolean on) {
        if (tapped) {
            tap.flow(this, on);
        } else if (on) {
            request.resume();
        } else {
            request.pause();
        }
    }

    private void end() {
        lock.lock();
        try {
            ended = true;
            arrived.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Makes further reads throw; from any thread. */
    void fail(String reason) {
        lock.lock();
        try {
            if (!ended && failure == null) {
                failure = reason;
                arrived.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** On the event loop: nobody will read what still comes, and the library gets it again. */
    void leave() {
        fail("The request was answered before its body ended.");
        lock.lock();
        try {
            left = true;
            drop();
            tap.passed(this, passed);
        } finally {
            lock.unlock();
        }
        tap.close(this);
    }

    /** By the reader, who reads no more. */
    void release() {
        lock.lock();
        try {
            left = true;
            drop();
        } finally {
            lock.unlock();
        }
        Arrived rest = current;
        current = null;
        if (rest != null) {
            rest.release();
        }
    }

    private void drop() {
        chunks.forEach(Arrived::release);
        chunks.clear();
        queued = 0;
        SocketTwin unused = twin;
        twin = null;
        if (unused != null) {
            unused.close();
        }
    }

    /** Whether the client has sent all of it and nothing is left unread in the socket. */
    boolean exhausted() {
        lock.lock();
        try {
            return ended;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, into.length);
        if (length == 0) {
            return 0;
        }
        if (continueWanted) {
            continueWanted = false;
            context.runOnContext(ignored -> request.response().writeContinue());
        }
        Arrived chunk = current;
        if (chunk == null) {
            int around = readAround(into, offset, length);
            if (around > 0) {
                total += around;
                return around;
            }
            chunk = next(length);
            if (chunk == null) {
                return -1;
            }
        }
        int count = Math.min(length, chunk.bytes().readableBytes());
        chunk.bytes().readBytes(into, offset, count);
        total += count;
        if (chunk.bytes().isReadable()) {
            current = chunk;
        } else {
            current = null;
            chunk.release();
        }
        return count;
    }

    /** Reads what the socket has, in the reader's turn; 0 for nothing. */
    private int readAround(byte[] into, int offset, int length) throws IOException {
        lock.lock();
        try {
            SocketTwin socket = twin;
            if (socket == null || turn != Turn.READER || !chunks.isEmpty() || failure != null) {
                return 0;
            }
            if (CLOCK.nanos() - seen > idleNanos / 4) {
                return 0; // the event loop ends a connection on which it sees nothing move
            }
            int most = (int) Math.min(missing, Math.min(length, HttpDoor.READ_BYTES));
            int count = socket.read(into, offset, most);
            if (count > 0) {
                passed += count;
                missing -= count;
                checkRate();
                if (missing == 0) {
                    awaitEnd();
                }
            }
            return count;
        } catch (InterruptedException e) {
            throw interrupted(e);
        } finally {
            lock.unlock();
        }
    }

    /** The last bytes count once it is known that the event loop took none of the body's. */
    private void awaitEnd() throws IOException, InterruptedException {
        askLoop();
        while (!ended) {
            refuseIfFailed();
            arrived.await();
        }
    }

    /**
     * The next chunk, null at the end. Who finds none waits until there is as much as is wanted, or
     * half of what may run ahead: to be woken for each chunk costs more than the chunk.
     */
    private @Nullable Arrived next(int length) throws IOException {
        lock.lock();
        try {
            wanted = Math.min(length, ahead() / 2);
            waitingSince = CLOCK.nanos();
            while (true) {
                Arrived chunk = chunks.poll();
                if (chunk != null) {
                    queued -= chunk.bytes().readableBytes();
                    if (turn == Turn.NOBODY && twin == null && queued <= ahead() / 2) {
                        askLoop();
                    }
                    checkRate();
                    return chunk;
                }
                refuseIfFailed();
                if (ended) {
                    return null;
                }
                if (turn == Turn.READER) {
                    askLoop();
                }
                // Not for a time: the door ends a connection on which nothing moves.
                arrived.await();
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        } finally {
            lock.unlock();
        }
    }

    private void askLoop() {
        turn = Turn.ASKED;
        context.runOnContext(ignored -> goOn());
    }

    /** On the event loop. */
    private void goOn() {
        lock.lock();
        try {
            if (turn == Turn.ASKED && !left) {
                turn = Turn.LOOP;
                tap.passed(this, passed);
                passed = 0;
                flow(true);
            }
        } finally {
            lock.unlock();
        }
    }

    private void refuseIfFailed() throws IOException {
        if (failure != null) {
            throw new IOException(failure);
        }
    }

    private static IOException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IOException("Interrupted while reading the request body", e);
    }

    /**
     * A body that trickles holds a thread and a connection for ever: it has to average a little.
     */
    private void checkRate() throws IOException {
        long elapsed = CLOCK.nanos() - startedNanos - GRACE_NANOS;
        if (elapsed > 0
                && total < LEAST_BYTES_PER_SECOND * TimeUnit.NANOSECONDS.toSeconds(elapsed)) {
            throw new IOException("The client sends too slowly.");
        }
    }
}
