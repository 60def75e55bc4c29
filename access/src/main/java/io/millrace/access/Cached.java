package io.millrace.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.millrace.kit.MonotonicClock;
import java.time.Duration;
import java.util.function.Function;

/**
 * Remembers what was read from the key space: until this node changes anything, and for at most the
 * given time because other nodes change things too. Bounded. Thread-safe.
 *
 * <p>The generation is read before the row, so that a value that was read before a change is never
 * taken for one read after it.
 */
final class Cached<V> {
    private record Held<V>(long generation, V value) {}

    private final Cache<String, Held<V>> cache;
    private final Rows rows;
    private final Function<String, V> read;

    Cached(Rows rows, Duration keep, long entries, MonotonicClock clock, Function<String, V> read) {
        this.rows = rows;
        this.read = read;
        this.cache =
                Caffeine.newBuilder()
                        .maximumSize(entries)
                        .expireAfterWrite(keep)
                        .ticker(clock::nanos)
                        .build();
    }

    V get(String key) {
        long generation = rows.generation();
        Held<V> held = cache.getIfPresent(key);
        if (held != null && held.generation() == generation) {
            return held.value();
        }
        V value = read.apply(key);
        cache.put(key, new Held<>(generation, value));
        return value;
    }
}
