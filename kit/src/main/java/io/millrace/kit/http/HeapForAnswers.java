package io.millrace.kit.http;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the heap that pieces of answers take while they wait for clients. Once it is used up each
 * answer still gets a little piece, so that it goes on: slow, but a full heap would end the server.
 * Thread-safe.
 */
final class HeapForAnswers {
    /** A block of an extent: less would be read and verified more than once. */
    static final int LITTLE_BYTES = 64 << 10;

    private final long most;
    private final AtomicLong taken = new AtomicLong();

    HeapForAnswers(long most) {
        this.most = most;
    }

    /** Takes so many bytes, or a little piece of them; returns how many. */
    int take(int bytes) {
        if (taken.addAndGet(bytes) <= most || bytes <= LITTLE_BYTES) {
            return bytes;
        }
        taken.addAndGet(LITTLE_BYTES - bytes);
        return LITTLE_BYTES;
    }

    boolean isUsedUp() {
        return taken.get() > most;
    }

    void giveBack(int bytes) {
        taken.addAndGet(-bytes);
    }
}
