package io.millrace.extents;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;

/** Direct buffers for reads, a few kept for the next reader. Thread-safe. */
final class ReadBuffers {
    /** Blocks that one buffer takes. */
    static final int BLOCKS = 4;

    private static final int KEPT = 32;

    private final ArrayBlockingQueue<ByteBuffer> free = new ArrayBlockingQueue<>(KEPT);

    ByteBuffer take() {
        ByteBuffer buffer = free.poll();
        return buffer == null
                ? ByteBuffer.allocateDirect(BLOCKS * VolumeFormat.FRAMED_BLOCK_BYTES)
                : buffer;
    }

    void giveBack(ByteBuffer buffer) {
        free.offer(buffer);
    }
}
