package io.millrace.store.space;

import java.util.concurrent.locks.ReentrantLock;

/** Ids for versions, contents, parts and buckets: never repeated, roughly rising. Thread-safe. */
public final class VersionIds {
    private static final int BLOCK = 1 << 16;

    private final Space space;
    private final ReentrantLock lock = new ReentrantLock();
    private long next;
    private long end;

    public VersionIds(Space space) {
        this.space = space;
    }

    public long next() {
        lock.lock();
        try {
            if (next == end) {
                next = space.idBlock("store.version", BLOCK);
                end = next + BLOCK;
            }
            return next++;
        } finally {
            lock.unlock();
        }
    }
}
