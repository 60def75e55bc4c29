package io.millrace.kit.http;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Direct buffers of {@value #BYTES} bytes for large answers. At most {@value #MOST} are out at a
 * time, so that slow clients can't take all direct memory; beyond, answers are copied. Thread-safe.
 */
final class SendBuffers {
    static final int BYTES = 256 << 10;

    /** 96 MiB. */
    static final int MOST = 384;

    private static final int KEPT = 32;

    private final ArrayBlockingQueue<ByteBuffer> spare = new ArrayBlockingQueue<>(KEPT);
    private final AtomicInteger out = new AtomicInteger();

    /** A buffer, or null when too many are out or no direct memory is left. */
    @Nullable ByteBuffer take() {
        if (out.incrementAndGet() > MOST) {
            out.decrementAndGet();
            return null;
        }
        ByteBuffer buffer = spare.poll();
        if (buffer != null) {
            return buffer.clear();
        }
        try {
            return ByteBuffer.allocateDirect(BYTES + AnswerBody.SCRATCH_BYTES);
        } catch (OutOfMemoryError e) {
            out.decrementAndGet();
            return null;
        }
    }

    void giveBack(ByteBuffer buffer) {
        spare.offer(buffer);
        out.decrementAndGet();
    }
}
