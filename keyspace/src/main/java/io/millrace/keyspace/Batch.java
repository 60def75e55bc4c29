package io.millrace.keyspace;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Guards and mutations that take effect together or not at all.
 *
 * <p>The arrays inside are not copied: the caller leaves them alone until the commit is answered.
 *
 * @param guards checked in their order
 * @param mutations applied in their order
 * @param sync false: answered before it is on the disk; a crash of the machine (not of the process)
 *     may lose the last second of such batches, never their order
 */
public record Batch(List<Guard> guards, List<Mutation> mutations, boolean sync) {
    public Batch {
        guards = List.copyOf(guards);
        mutations = List.copyOf(mutations);
        if (guards.size() + mutations.size() > Limits.BATCH_OPERATIONS) {
            throw Limits.limit(
                    "a batch has ≤ " + Limits.BATCH_OPERATIONS + " guards and mutations");
        }
        long bytes = bytes(guards, mutations);
        if (bytes >= Limits.BATCH_BYTES) {
            throw Limits.limit(
                    "a batch has < " + Limits.BATCH_BYTES + " bytes, this one has " + bytes);
        }
        checkCounters(mutations);
    }

    /** An empty builder. */
    public static Builder builder() {
        return new Builder();
    }

    /** The bytes of all keys and values. */
    public long bytes() {
        return bytes(guards, mutations);
    }

    private static long bytes(List<Guard> guards, List<Mutation> mutations) {
        long sum = 0;
        for (Guard guard : guards) {
            sum +=
                    switch (guard) {
                        case Guard.Holds g -> g.key().length + g.value().length;
                        case Guard.Absent g -> g.key().length;
                    };
        }
        for (Mutation mutation : mutations) {
            sum +=
                    switch (mutation) {
                        case Mutation.Put m -> m.key().length + m.value().length;
                        case Mutation.Delete m -> m.key().length;
                        case Mutation.DeleteRange m -> m.from().length + m.to().length;
                        case Mutation.Add m -> m.key().length + Long.BYTES;
                        case Mutation.AppendStamped m ->
                                m.counterKey().length
                                        + m.keyPrefix().length
                                        + m.value().length
                                        + 2L * Long.BYTES;
                    };
        }
        return sum;
    }

    private static void checkCounters(List<Mutation> mutations) {
        for (Mutation mutation : mutations) {
            if (mutation instanceof Mutation.AppendStamped stamped) {
                for (Mutation other : mutations) {
                    if (touches(other, stamped.counterKey())) {
                        throw Limits.limit(
                                "a batch that stamps by a counter may not change it otherwise");
                    }
                }
            }
        }
    }

    private static boolean touches(Mutation mutation, byte[] key) {
        return switch (mutation) {
            case Mutation.Put m -> Arrays.equals(m.key(), key);
            case Mutation.Delete m -> Arrays.equals(m.key(), key);
            case Mutation.DeleteRange m -> Keys.within(key, m.from(), m.to());
            case Mutation.Add m -> Arrays.equals(m.key(), key);
            case Mutation.AppendStamped m -> false;
        };
    }

    /** Collects guards and mutations. Not thread-safe. */
    public static final class Builder {
        private final List<Guard> guards = new ArrayList<>(4);
        private final List<Mutation> mutations = new ArrayList<>(8);
        private boolean sync = true;

        private Builder() {}

        /** The key must hold these bytes. */
        public Builder holds(byte[] key, byte[] value) {
            guards.add(new Guard.Holds(key, value));
            return this;
        }

        /** The key must be absent. */
        public Builder absent(byte[] key) {
            guards.add(new Guard.Absent(key));
            return this;
        }

        /** The key must be as it was read: these bytes, or absent for null. */
        public Builder unchanged(byte[] key, byte @Nullable [] read) {
            return read == null ? absent(key) : holds(key, read);
        }

        public Builder put(byte[] key, byte[] value) {
            mutations.add(new Mutation.Put(key, value));
            return this;
        }

        public Builder delete(byte[] key) {
            mutations.add(new Mutation.Delete(key));
            return this;
        }

        public Builder deleteRange(byte[] from, byte[] to) {
            mutations.add(new Mutation.DeleteRange(from, to));
            return this;
        }

        public Builder add(byte[] key, long delta) {
            mutations.add(new Mutation.Add(key, delta));
            return this;
        }

        public Builder appendStamped(byte[] counterKey, byte[] keyPrefix, byte[] value) {
            mutations.add(new Mutation.AppendStamped(counterKey, keyPrefix, value));
            return this;
        }

        /** Answer before the disk has it. */
        public Builder relaxed() {
            sync = false;
            return this;
        }

        /**
         * The bytes of all keys and values so far; a batch has fewer than {@link Limits}' bound.
         */
        public long bytes() {
            return Batch.bytes(guards, mutations);
        }

        public Batch build() {
            return new Batch(guards, mutations, sync);
        }
    }
}
