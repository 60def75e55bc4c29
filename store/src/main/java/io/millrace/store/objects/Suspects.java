package io.millrace.store.objects;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Objects that a read found without the rows of their bytes, until somebody looks at them. Bounded:
 * the scrub comes to those left out. Thread-safe.
 */
public final class Suspects {
    private static final int MOST = 10_000;

    private final Set<ByteBuffer> rowKeys = ConcurrentHashMap.newKeySet();

    void add(byte[] rowKey) {
        if (rowKeys.size() < MOST) {
            rowKeys.add(ByteBuffer.wrap(rowKey));
        }
    }

    /** The keys of the objects' records; forgets them. */
    public List<byte[]> take() {
        List<byte[]> taken = new ArrayList<>();
        for (ByteBuffer rowKey : rowKeys) {
            rowKeys.remove(rowKey);
            taken.add(rowKey.array());
        }
        return taken;
    }
}
