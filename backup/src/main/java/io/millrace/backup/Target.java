package io.millrace.backup;

import java.util.Optional;
import java.util.SortedMap;

/**
 * Where a backup goes: named pieces, each written whole or not at all. Names are of {@code a-z A-Z
 * 0-9 . - /}. Thread-safe; failures are {@link BackupException} with UNAVAILABLE, FULL where there
 * is no room for a piece, DAMAGED where one is there and can't be read.
 */
public interface Target {
    /** The piece of that name; empty when there is none. */
    Optional<byte[]> get(String name);

    /** Writes a piece, durable when it returns; one of that name is replaced. */
    void put(String name, byte[] bytes);

    /** Every name that begins so, with its size in bytes. */
    SortedMap<String, Long> list(String prefix);

    /** Removes a piece; absent is no error. */
    void delete(String name);

    /** Whether a server needs the room that a backup takes which can't be finished. */
    default boolean isShared() {
        return false;
    }

    /** Removes what writes of names that begin so have left when they were cut off. */
    default void tidy(String prefix) {}

    /** For messages. */
    @Override
    String toString();
}
