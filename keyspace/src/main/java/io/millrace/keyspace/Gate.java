package io.millrace.keyspace;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Counts who is inside a native engine, so that it is never closed under a reader. Thread-safe. */
final class Gate {
    private static final int CLOSED = 1 << 30;

    private final AtomicInteger inside = new AtomicInteger();

    void enter() {
        if ((inside.incrementAndGet() & CLOSED) != 0) {
            inside.decrementAndGet();
            throw new KeySpaceException(KeySpaceException.Code.CLOSED, "the key space is closed");
        }
    }

    void leave() {
        inside.decrementAndGet();
    }

    /** Lets nobody in any more and waits until everybody is out; false if it was closed before. */
    boolean close() {
        int now;
        do {
            now = inside.get();
            if ((now & CLOSED) != 0) {
                return false;
            }
        } while (!inside.compareAndSet(now, now | CLOSED));
        while (inside.get() != CLOSED) {
            LockSupport.parkNanos(100_000);
        }
        return true;
    }
}
