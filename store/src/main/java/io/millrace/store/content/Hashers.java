package io.millrace.store.content;

import io.millrace.kit.SpareArrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/** Threads that hash beside the writing, and spare arrays for the chunks. Thread-safe. */
final class Hashers implements AutoCloseable {
    /** 8 MiB. */
    private static final int SPARE_CHUNKS = 16;

    private final SpareArrays chunks = new SpareArrays(BodyStream.CHUNK_BYTES, SPARE_CHUNKS);
    private final ExecutorService threads;
    private final Semaphore free;

    Hashers() {
        this(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
    }

    Hashers(int count) {
        this.threads =
                Executors.newFixedThreadPool(
                        count, Thread.ofPlatform().daemon().name("store-hash-", 0).factory());
        this.free = new Semaphore(count);
    }

    SpareArrays chunks() {
        return chunks;
    }

    /** Takes a thread for a body, if one is free. */
    boolean tryTake() {
        return free.tryAcquire();
    }

    void leave() {
        free.release();
    }

    ExecutorService threads() {
        return threads;
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
