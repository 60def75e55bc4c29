package io.millrace.keyspace;

/** One change in a batch; the changes apply in their order. */
public sealed interface Mutation {
    /** Sets a key, present or not. */
    record Put(byte[] key, byte[] value) implements Mutation {
        public Put {
            Limits.key(key);
            Limits.value(value);
        }
    }

    /** Removes a key, present or not. */
    record Delete(byte[] key) implements Mutation {
        public Delete {
            Limits.key(key);
        }
    }

    /** Removes every key from {@code from} inclusive to {@code to} exclusive. */
    record DeleteRange(byte[] from, byte[] to) implements Mutation {
        public DeleteRange {
            Limits.key(from);
            if (to.length == 0 || to.length > Limits.KEY_BYTES + 1) {
                throw Limits.limit("the end of a range is no longer than a key");
            }
        }
    }

    /**
     * Adds to a counter of eight bytes, big-endian; an absent counter is 0. Past 64 bits is a
     * mistake.
     */
    record Add(byte[] key, long delta) implements Mutation {
        public Add {
            Limits.key(key);
        }
    }

    /**
     * Increments the counter at {@code counterKey} and writes {@code value} under {@code keyPrefix}
     * followed by the new count in eight bytes big-endian: the stamp, which comes back in {@link
     * CommitOutcome.Committed#stamps}.
     *
     * <p>Stamps of one counter are dense, begin at 1, and a reader who saw one never meets a lower
     * one later. The counter may not be touched by another kind of mutation in the same batch.
     */
    record AppendStamped(byte[] counterKey, byte[] keyPrefix, byte[] value) implements Mutation {
        public AppendStamped {
            Limits.key(counterKey);
            Limits.key(keyPrefix);
            Limits.value(value);
            if (keyPrefix.length + Long.BYTES > Limits.KEY_BYTES) {
                throw Limits.limit("a stamped prefix leaves eight bytes for the stamp");
            }
        }
    }
}
