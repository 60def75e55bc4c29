package io.millrace.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Counts tries by a name in windows of time, to slow guessing down. Bounded. Thread-safe. */
final class Tries {
    private static final class Window {
        private final Instant start;
        private int count;

        Window(Instant start) {
            this.start = start;
        }
    }

    private final Cache<String, Window> windows =
            Caffeine.newBuilder().maximumSize(100_000).build();
    private final int allowed;
    private final Duration length;
    private final InstantSource clock;

    Tries(int allowed, Duration length, InstantSource clock) {
        this.allowed = allowed;
        this.length = length;
        this.clock = clock;
    }

    /** Counts one more; how long to wait when that is too many, else zero. */
    Duration count(String name) {
        Instant now = clock.instant();
        Window window =
                windows.asMap()
                        .compute(
                                name,
                                (key, old) -> {
                                    boolean over =
                                            old == null || !now.isBefore(old.start.plus(length));
                                    Window current = over ? new Window(now) : old;
                                    current.count++;
                                    return current;
                                });
        if (window == null || window.count <= allowed) {
            return Duration.ZERO;
        }
        return Duration.between(now, window.start.plus(length)).plusSeconds(1);
    }

    void forget(String name) {
        windows.invalidate(name);
    }
}
