package io.millrace.store.content;

import io.millrace.extents.Extents;
import io.millrace.kit.SpareArrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/** Threads that hash beside the writing, and spare arrays for the chunks. Thread-safe. */
final class Hashers implements AutoCloseable {
    /** Bodies that go in large chunks at a time, if the heap is large enough: they hold 48 MiB. */
    private static final int LARGE_AT_A_TIME = 16;

    /** 8, 2 and 1 MiB. */
    private static final int SPARE_LARGE = 8;

    private static final int SPARE_LITTLE = 4;
    private static final int SPARE_CRUMBS = 16;

    private final SpareArrays large = new SpareArrays(BodyStream.CHUNK_BYTES, SPARE_LARGE);
    private final SpareArrays little = new SpareArrays(BodyStream.LITTLE_CHUNK_BYTES, SPARE_LITTLE);
    private final SpareArrays crumbs = new SpareArrays(Chunks.CRUMBS.bytes(), SPARE_CRUMBS);
    private final Semaphore largeFree = new Semaphore(LARGE_AT_A_TIME);
    private final AtomicLong heapLeft;
    private final ExecutorService threads;
    private final Semaphore free;

    /** How a body is cut: arrays of so many bytes, and so many of them. */
    enum Chunks {
        LARGE(BodyStream.CHUNK_BYTES, 3),
        LITTLE(BodyStream.LITTLE_CHUNK_BYTES, 3),
        /** A block, written before the next one is read: a full heap would end the server. */
        CRUMBS(Extents.BLOCK_BYTES, 1);

        private final int bytes;
        private final int count;

        Chunks(int bytes, int count) {
            this.bytes = bytes;
            this.count = count;
        }

        int bytes() {
            return bytes;
        }

        /** One that is read; the others are hashed and written. */
        int count() {
            return count;
        }

        private long heap() {
            return (long) bytes * count;
        }
    }

    Hashers() {
        this(
                Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
                Runtime.getRuntime().maxMemory() / 4);
    }

    /**
     * @param heapBytes what arrays of more than a block may take over all bodies
     */
    Hashers(int count, long heapBytes) {
        this.heapLeft = new AtomicLong(heapBytes);
        this.threads =
                Executors.newFixedThreadPool(
                        count, Thread.ofPlatform().daemon().name("store-hash-", 0).factory());
        this.free = new Semaphore(count);
    }

    /**
     * How a body goes, until it {@link #leave leaves}: each chunk costs four hand-overs from thread
     * to thread, whatever its size, so in large ones if not too many do.
     */
    Chunks take(boolean isLong) {
        if (isLong && largeFree.tryAcquire()) {
            if (tryTakeHeap(Chunks.LARGE)) {
                return Chunks.LARGE;
            }
            largeFree.release();
        }
        return tryTakeHeap(Chunks.LITTLE) ? Chunks.LITTLE : Chunks.CRUMBS;
    }

    private boolean tryTakeHeap(Chunks chunks) {
        if (heapLeft.addAndGet(-chunks.heap()) >= 0) {
            return true;
        }
        heapLeft.addAndGet(chunks.heap());
        return false;
    }

    void leave(Chunks chunks) {
        if (chunks != Chunks.CRUMBS) {
            heapLeft.addAndGet(chunks.heap());
        }
        if (chunks == Chunks.LARGE) {
            largeFree.release();
        }
    }

    SpareArrays arrays(Chunks chunks) {
        return switch (chunks) {
            case LARGE -> large;
            case LITTLE -> little;
            case CRUMBS -> crumbs;
        };
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
