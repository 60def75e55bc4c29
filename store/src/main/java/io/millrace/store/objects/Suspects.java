package io.millrace.store.objects;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Objects that a read found without the rows of their bytes, until somebody looks at them. Bounded:
 * the scrub comes to those left out. Thread-safe.
 */
public final class Suspects {
    private static final int MOST = 10_000;

    private final Map<ByteBuffer, byte[]> rowKeys = new ConcurrentHashMap<>();

    void add(byte[] rowKey) {
        if (rowKeys.size() < MOST) {
            rowKeys.put(ByteBuffer.wrap(rowKey), rowKey);
        }
    }

    /** The keys of the objects' records; forgets them. */
    public List<byte[]> take() {
        Map<ByteBuffer, byte[]> taken = Map.copyOf(rowKeys);
        taken.keySet().forEach(rowKeys::remove);
        return List.copyOf(taken.values());
    }
}
