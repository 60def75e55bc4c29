package io.millrace.keyspace;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the earlier batches of a group have changed, over what the engine holds: the guards of a
 * later batch in the same group are checked against it. Used by the committer alone.
 */
final class Overlay {
    /** Reads what the engine holds. */
    interface Base {
        byte @Nullable [] get(byte[] key);
    }

    /** A key that can be looked up in a hash map. */
    private record Bytes(byte[] bytes, int hash) {
        static Bytes of(byte[] bytes) {
            return new Bytes(bytes, Arrays.hashCode(bytes));
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Bytes that
                    && hash == that.hash
                    && Arrays.equals(bytes, that.bytes);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    private final Base base;
    private final Map<Bytes, Optional<byte[]>> changed = new HashMap<>();
    private final List<Mutation.DeleteRange> deleted = new ArrayList<>();

    Overlay(Base base) {
        this.base = base;
    }

    byte @Nullable [] get(byte[] key) {
        if (!changed.isEmpty()) {
            Optional<byte[]> value = changed.get(Bytes.of(key));
            if (value != null) {
                return value.orElse(null);
            }
        }
        for (Mutation.DeleteRange range : deleted) {
            if (Keys.within(key, range.from(), range.to())) {
                return null;
            }
        }
        return base.get(key);
    }

    void put(byte[] key, byte[] value) {
        changed.put(Bytes.of(key), Optional.of(value));
    }

    void delete(byte[] key) {
        changed.put(Bytes.of(key), Optional.empty());
    }

    void deleteRange(Mutation.DeleteRange range) {
        changed.replaceAll(
                (key, value) ->
                        Keys.within(key.bytes(), range.from(), range.to())
                                ? Optional.empty()
                                : value);
        deleted.add(range);
    }

    void clear() {
        changed.clear();
        deleted.clear();
    }
}
