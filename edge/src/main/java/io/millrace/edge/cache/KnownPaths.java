package io.millrace.edge.cache;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts the cache's keys by plain path, so that a change to an object which nobody asked for here
 * costs nothing. Thread-safe.
 */
final class KnownPaths {
    private final Map<String, Integer> keys = new ConcurrentHashMap<>();

    void add(String key) {
        keys.merge(PlainPath.of(Entry.path(key)), 1, Integer::sum);
    }

    void remove(String key) {
        keys.computeIfPresent(PlainPath.of(Entry.path(key)), (p, n) -> n == 1 ? null : n - 1);
    }

    boolean has(String path) {
        return keys.containsKey(PlainPath.of(path));
    }
}
