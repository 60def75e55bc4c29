package io.millrace.kit.http;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;

/**
 * Closes connections whose small body trickles in. One per event loop and used only on it; a body
 * that arrives in one piece never comes here, one that never begins is ended by the idle timeout.
 */
final class SlowBodies {
    private final ArrayDeque<VertxExchange> waiting = new ArrayDeque<>();
    private final long limitNanos;

    SlowBodies(Vertx vertx, Duration limit) {
        this.limitNanos = limit.toNanos();
        vertx.setPeriodic(Math.max(100, limit.toMillis() / 8), ignored -> sweep());
    }

    void watch(VertxExchange exchange) {
        waiting.add(exchange);
    }

    private void sweep() {
        long now = System.nanoTime();
        while (true) {
            VertxExchange first = waiting.peek();
            if (first == null) {
                return;
            }
            if (!first.collecting()) {
                waiting.poll();
            } else if (now - first.startedNanos() > limitNanos) {
                waiting.poll();
                first.abort();
            } else {
                return;
            }
        }
    }
}
