package io.millrace.keyspace;

import org.jspecify.annotations.Nullable;

/**
 * The engine beneath the {@link Committer}: one group is collected at a time and then written as a
 * whole. Used by the committer's thread alone; failures are {@link KeySpaceException}.
 */
interface GroupWriter extends AutoCloseable {
    byte @Nullable [] get(byte[] key);

    void put(byte[] key, byte[] value);

    void delete(byte[] key);

    void deleteRange(byte[] from, byte[] to);

    /** Writes what was collected, all or nothing, and begins anew. */
    void write(boolean sync);

    /** Makes durable what was written without sync. */
    void sync();

    /** Makes durable, once in a while, what may lag behind the groups. */
    void settle();

    @Override
    void close();
}
