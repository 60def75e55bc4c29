package io.millrace.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.millrace.kit.MonotonicClock;
import java.time.Duration;

/** Counts tries by a name in windows of time, to slow guessing down. Bounded. Thread-safe. */
final class Tries {
    private static final class Window {
        private final long startNanos;
        private int count;

        Window(long startNanos) {
            this.startNanos = startNanos;
        }
    }

    private final Cache<String, Window> windows =
            Caffeine.newBuilder().maximumSize(100_000).build();
    private final int allowed;
    private final Duration length;
    private final MonotonicClock clock;

    Tries(int allowed, Duration length, MonotonicClock clock) {
        this.allowed = allowed;
        this.length = length;
        this.clock = clock;
    }

    /** Counts one more; how long to wait when that is too many, else zero. */
    Duration count(String name) {
        long now = clock.nanos();
        Window window =
                windows.asMap()
                        .compute(
                                name,
                                (key, old) -> {
                                    boolean over =
                                            old == null || now - old.startNanos >= length.toNanos();
                                    Window current = over ? new Window(now) : old;
                                    current.count++;
                                    return current;
                                });
        if (window == null || window.count <= allowed) {
            return Duration.ZERO;
        }
        return length.minusNanos(now - window.startNanos).plusSeconds(1);
    }

    void forget(String name) {
        windows.invalidate(name);
    }
}
