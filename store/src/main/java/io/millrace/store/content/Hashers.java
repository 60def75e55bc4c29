package io.millrace.store.content;

import io.millrace.kit.SpareArrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/** Threads that hash beside the writing, and spare arrays for the chunks. Thread-safe. */
final class Hashers implements AutoCloseable {
    /** Bodies that go in large chunks at a time: they hold 48 MiB. */
    private static final int LARGE_AT_A_TIME = 16;

    /** 8 MiB and 2 MiB. */
    private static final int SPARE_LARGE = 8;

    private static final int SPARE_LITTLE = 4;

    private final SpareArrays large = new SpareArrays(BodyStream.CHUNK_BYTES, SPARE_LARGE);
    private final SpareArrays little = new SpareArrays(BodyStream.LITTLE_CHUNK_BYTES, SPARE_LITTLE);
    private final Semaphore largeFree = new Semaphore(LARGE_AT_A_TIME);
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

    /**
     * Lets a body go in large chunks, if not too many do: each chunk costs four hand-overs from
     * thread to thread, whatever its size.
     */
    boolean tryTakeLarge() {
        return largeFree.tryAcquire();
    }

    void leaveLarge() {
        largeFree.release();
    }

    SpareArrays chunks(boolean asLarge) {
        return asLarge ? large : little;
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
