package io.millrace.kit.http;

import io.millrace.kit.MonotonicClock;
import io.millrace.kit.door.Guest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Context;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.buffer.BufferInternal;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A request body that is read while it arrives. At most 2 MiB run ahead of the reader, 512 KiB
 * where bodies hold much already; then the socket is left alone until about half of it was read.
 *
 * <p>The bytes stay in the buffers that the socket was read into, {@value #MOST_HELD} bytes of them
 * over all bodies; beyond, and where a chunk is a small part of its buffer, they are copied.
 * Whoever made the body calls {@link #leave} and {@link #release}, else buffers are lost.
 */
final class StreamedBody extends InputStream {
    private static final MonotonicClock CLOCK = MonotonicClock.system();

    /** Where the socket is left alone: what was read at once may still come on top. */
    static final int AHEAD_BYTES = (2 << 20) - HttpDoor.READ_BYTES;

    private static final int LITTLE_AHEAD_BYTES = (512 << 10) - HttpDoor.READ_BYTES;

    /** Crumbs cost more than their bytes: so many chunks are enough, too. */
    private static final int AHEAD_CHUNKS = 256;

    private static final long MOST_HELD = 96L << 20;
    private static final AtomicLong HELD = new AtomicLong();
    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long LEAST_BYTES_PER_SECOND = 128;

    private final HttpServerRequest request;
    private final Context context;
    private final Guest guest;
    private final Slots.Slot slot;
    private final BodyTap tap;
    private final boolean tapped;
    private final long idleNanos;
    private final long startedNanos = CLOCK.nanos();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final ArrayDeque<Chunk> chunks = new ArrayDeque<>();
    private int queued;
    private int wanted;
    private long waitingSince;
    private boolean stopped;
    private boolean continueWanted;
    private boolean ended;
    private boolean left;
    private boolean answering;
    private @Nullable String failure;

    private @Nullable Chunk current;
    private long total;

    /**
     * Bytes that arrived.
     *
     * @param held bytes of the socket's buffers that it keeps from being used again
     */
    private record Chunk(ByteBuf bytes, int held) {
        /** What came; its buffer is kept if most of it is used, else the bytes are copied. */
        static Chunk of(ByteBuf came) {
            ByteBuf whole = came.unwrap() == null ? came : came.unwrap();
            int held = whole.capacity();
            if (held <= 2 * came.readableBytes()) {
                if (HELD.addAndGet(held) <= MOST_HELD) {
                    return new Chunk(came, held);
                }
                HELD.addAndGet(-held);
            }
            byte[] copy = new byte[came.readableBytes()];
            came.readBytes(copy).release();
            return new Chunk(Unpooled.wrappedBuffer(copy), 0);
        }

        /** Of a copy what is unread. */
        int occupies() {
            return held > 0 ? held : bytes.capacity();
        }

        void release() {
            bytes.release();
            HELD.addAndGet(-held);
        }
    }

    /**
     * On the event loop.
     *
     * @param slot taken at the body's end, unless it was before
     */
    StreamedBody(
            HttpServerRequest request,
            Context context,
            boolean wantsContinue,
            Duration idle,
            Guest guest,
            Slots.Slot slot) {
        this.guest = guest;
        this.slot = slot;
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
    }

    /** Bytes of the sockets' buffers that bodies keep now. */
    static long heldBytes() {
        return HELD.get();
    }

    /** On the event loop; the buffer is this body's to release. */
    void arrive(ByteBuf bytes) {
        lock.lock();
        try {
            if (left || !bytes.isReadable()) {
                bytes.release();
                return;
            }
            int count = bytes.readableBytes();
            queued += count;
            guest.moved(count);
            Chunk chunk = Chunk.of(bytes);
            guest.hold(chunk.occupies());
            chunks.add(chunk);
            if (!stopped && (queued >= ahead() || chunks.size() >= AHEAD_CHUNKS)) {
                stopped = true;
                flow(false);
            }
            // A client that trickles is read at the idle time-out; one that is silent is cut off.
            if (stopped || queued >= wanted || CLOCK.nanos() - waitingSince > idleNanos) {
                arrived.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    private static int ahead() {
        return HELD.get() < MOST_HELD / 2 ? AHEAD_BYTES : LITTLE_AHEAD_BYTES;
    }

    private void flow(boolean on) {
        if (!answering && !ended) {
            if (on) {
                guest.awaited();
            } else {
                guest.served(); // we are the slow ones
            }
        }
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
            if (!answering) {
                guest.served();
            }
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
        Chunk rest = current;
        current = null;
        if (rest != null) {
            release(rest);
        }
    }

    private void release(Chunk chunk) {
        guest.release(chunk.occupies());
        chunk.release();
    }

    private void drop() {
        chunks.forEach(this::release);
        chunks.clear();
        queued = 0;
    }

    /** From now on the answer says what is awaited of the client. */
    void answering() {
        lock.lock();
        try {
            answering = true;
        } finally {
            lock.unlock();
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
        Chunk chunk = current;
        if (chunk == null) {
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
            release(chunk);
        }
        return count;
    }

    /**
     * The next chunk, null at the end. Who finds none waits until there is as much as is wanted, or
     * half of what may run ahead: to be woken for each chunk costs more than the chunk.
     */
    private @Nullable Chunk next(int length) throws IOException {
        if (continueWanted) {
            continueWanted = false;
            context.runOnContext(ignored -> request.response().writeContinue());
        }
        lock.lock();
        try {
            wanted = Math.min(length, ahead() / 2);
            waitingSince = CLOCK.nanos();
            while (true) {
                Chunk chunk = chunks.poll();
                if (chunk != null) {
                    queued -= chunk.bytes().readableBytes();
                    if (stopped && queued <= ahead() / 2) {
                        stopped = false;
                        context.runOnContext(ignored -> resume());
                    }
                    checkRate();
                    return chunk;
                }
                if (failure != null) {
                    throw new IOException(failure);
                }
                if (ended) {
                    if (!slot.take()) {
                        throw new DoorBusyException();
                    }
                    return null;
                }
                // Not for a time: the door ends a connection on which nothing moves.
                arrived.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while reading the request body", e);
        } finally {
            lock.unlock();
        }
    }

    private void resume() {
        lock.lock();
        try {
            if (!stopped) {
                flow(true);
            }
        } finally {
            lock.unlock();
        }
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
