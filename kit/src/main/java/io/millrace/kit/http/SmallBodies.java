package io.millrace.kit.http;

import io.millrace.kit.MonotonicClock;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;

/**
 * The small bodies that one event loop is collecting; used only on it. Bounds their memory, so that
 * many clients that announce a body and send none cost nothing, and closes connections whose body
 * trickles in. A body that arrives in one piece is never watched; one that never begins is ended by
 * the idle timeout.
 */
final class SmallBodies {
    private static final MonotonicClock CLOCK = MonotonicClock.system();

    /** Past this, small bodies are read as they arrive, like large ones. */
    private static final long MAX_BYTES = 32L << 20;

    private final ArrayDeque<VertxExchange> trickling = new ArrayDeque<>();
    private final long limitNanos;
    private long bytes;

    SmallBodies(Vertx vertx, Duration limit) {
        this.limitNanos = limit.toNanos();
        vertx.setPeriodic(Math.max(100, limit.toMillis() / 8), ignored -> sweep());
    }

    /** Whether there is room to collect a body of that length; give it back by {@link #release}. */
    boolean reserve(int length) {
        if (bytes + length > MAX_BYTES) {
            return false;
        }
        bytes += length;
        return true;
    }

    void release(int length) {
        bytes -= length;
    }

    void watch(VertxExchange exchange) {
        trickling.add(exchange);
    }

    private void sweep() {
        long now = CLOCK.nanos();
        while (true) {
            VertxExchange first = trickling.peek();
            if (first == null) {
                return;
            }
            if (!first.collecting()) {
                trickling.poll();
            } else if (now - first.startedNanos() > limitNanos) {
                trickling.poll();
                first.abort();
            } else {
                return;
            }
        }
    }
}
