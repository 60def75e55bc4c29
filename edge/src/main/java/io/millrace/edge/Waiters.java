package io.millrace.edge;

import java.util.ArrayList;
import java.util.List;

/** The viewers who wait for the head of one origin answer. Thread-safe. */
final class Waiters {
    private final List<Exchange> waiting = new ArrayList<>(1);
    private boolean decided;

    /** The one who asks first. */
    synchronized void lead(Exchange exchange) {
        waiting.addFirst(exchange);
    }

    /** False when the head has come already. */
    synchronized boolean join(Exchange exchange) {
        if (decided) {
            return false;
        }
        waiting.add(exchange);
        return true;
    }

    /** From now on nobody joins; those who did. */
    synchronized List<Exchange> decide() {
        decided = true;
        List<Exchange> all = List.copyOf(waiting);
        waiting.clear();
        return all;
    }

    /** Those who wait now. */
    synchronized List<Exchange> now() {
        return List.copyOf(waiting);
    }
}
