package io.millrace.kit.http;

import io.millrace.kit.MonotonicClock;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
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
 * A request body that is read while it arrives. The event loop may run at most {@value #AHEAD}
 * chunks (64 KiB each) ahead of the reader; then the socket is paused.
 */
final class StreamedBody extends InputStream {
    private static final MonotonicClock CLOCK = MonotonicClock.system();
    private static final int AHEAD = 8;
    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long LEAST_BYTES_PER_SECOND = 128;

    private final HttpServerRequest request;
    private final Context context;
    private final long idleNanos;
    private final long startedNanos = CLOCK.nanos();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final ArrayDeque<Buffer> chunks = new ArrayDeque<>();
    private int queued;
    private int wanted;
    private boolean continueWanted;
    private boolean ended;
    private @Nullable String failure;

    private @Nullable Buffer current;
    private int position;
    private long total;
    private int consumed;

    /** On the event loop. */
    StreamedBody(HttpServerRequest request, Context context, boolean wantsContinue, Duration idle) {
        this.request = request;
        this.context = context;
        this.continueWanted = wantsContinue;
        this.idleNanos = idle.toNanos();
        request.pause();
        request.handler(this::arrive);
        request.endHandler(ignored -> end());
        request.exceptionHandler(
                ignored -> fail("The client closed the connection before the body ended."));
        request.fetch(AHEAD);
    }

    private void arrive(Buffer chunk) {
        lock.lock();
        try {
            chunks.add(chunk);
            queued += chunk.length();
            if (queued >= wanted || chunks.size() >= AHEAD / 2) {
                arrived.signal();
            }
        } finally {
            lock.unlock();
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
        Buffer chunk = current;
        if (chunk == null) {
            chunk = next(length);
            if (chunk == null) {
                return -1;
            }
        }
        int count = Math.min(length, chunk.length() - position);
        chunk.getBytes(position, position + count, into, offset);
        position += count;
        total += count;
        if (position < chunk.length()) {
            current = chunk;
        } else {
            current = null;
            position = 0;
        }
        return count;
    }

    /**
     * The next chunk, null at the end. Who finds none waits until there is as much as is wanted, or
     * half of what may run ahead: to be woken for each chunk costs more than the chunk.
     */
    private @Nullable Buffer next(int length) throws IOException {
        if (continueWanted) {
            continueWanted = false;
            context.runOnContext(ignored -> request.response().writeContinue());
        }
        if (++consumed > AHEAD / 2) {
            int more = consumed - 1;
            consumed = 1;
            context.runOnContext(ignored -> request.fetch(more));
        }
        lock.lock();
        try {
            long left = idleNanos;
            wanted = length;
            while (true) {
                Buffer chunk = chunks.poll();
                if (chunk != null) {
                    queued -= chunk.length();
                    if (chunk.length() > 0) {
                        checkRate();
                        return chunk;
                    }
                    continue;
                }
                if (failure != null) {
                    throw new IOException(failure);
                }
                if (ended) {
                    return null;
                }
                if (left <= 0) {
                    throw new IOException("The client sent nothing for too long.");
                }
                left = arrived.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while reading the request body", e);
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
