package io.millrace.edge.cache;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Small bodies in direct memory, bounded, evicted by SIEVE.
 *
 * <p>The buffers are unpooled on purpose: an answer may try to retain one that was evicted a moment
 * ago, which throws; a pooled buffer's object could by then hold another body.
 */
final class MemoryTier {
    private final long bound;
    private final AtomicLong bytes = new AtomicLong();
    private final Sieve<Body> queue = new Sieve<>();

    MemoryTier(long bound) {
        this.bound = bound;
    }

    long bytes() {
        return bytes.get();
    }

    void keep(Body body, byte[] data, int length) {
        ByteBuf buffer = UnpooledByteBufAllocator.DEFAULT.directBuffer(length, length);
        buffer.writeBytes(data, 0, length);
        swap(body, buffer);
        queue.add(body);
        if (body.isDropped()) {
            remove(body);
        }
        while (bytes.get() > bound) {
            Body victim = queue.evict();
            if (victim == null) {
                return;
            }
            swap(victim, null);
            if (victim.passing()) {
                victim.drop();
            }
        }
    }

    void remove(Body body) {
        queue.remove(body);
        swap(body, null);
    }

    private void swap(Body body, @Nullable ByteBuf next) {
        ByteBuf before = body.swapMemory(next);
        bytes.addAndGet(
                (next == null ? 0 : next.capacity()) - (before == null ? 0 : before.capacity()));
        if (before != null) {
            before.release();
        }
    }
}
