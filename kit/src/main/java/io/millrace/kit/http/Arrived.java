package io.millrace.kit.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes of a body that the event loop has read. They stay in the buffer that the socket was read
 * into, {@value #MOST_HELD} bytes of them over all bodies; beyond, and where they are a small part
 * of their buffer, they are copied.
 *
 * @param held bytes of the socket's buffers that it keeps from being used again
 */
record Arrived(ByteBuf bytes, int held) {
    private static final long MOST_HELD = 96L << 20;
    private static final AtomicLong HELD = new AtomicLong();

    static Arrived of(ByteBuf came) {
        ByteBuf whole = came.unwrap() == null ? came : came.unwrap();
        int held = whole.capacity();
        if (held <= 2 * came.readableBytes()) {
            if (HELD.addAndGet(held) <= MOST_HELD) {
                return new Arrived(came, held);
            }
            HELD.addAndGet(-held);
        }
        byte[] copy = new byte[came.readableBytes()];
        came.readBytes(copy).release();
        return new Arrived(Unpooled.wrappedBuffer(copy), 0);
    }

    /** Bytes of the sockets' buffers that bodies keep now. */
    static long heldBytes() {
        return HELD.get();
    }

    static boolean littleIsHeld() {
        return HELD.get() < MOST_HELD / 2;
    }

    void release() {
        bytes.release();
        HELD.addAndGet(-held);
    }
}
