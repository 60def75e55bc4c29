package io.millrace.keyspace;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The arithmetic of delimited scans. */
final class Delimited {
    private Delimited() {}

    /** Where a scan begins: see {@link KeySpace#scanDelimited}. */
    static byte[] start(byte[] prefix, byte[] delimiter, byte[] after) {
        if (Arrays.compareUnsigned(after, prefix) < 0) {
            return prefix;
        }
        byte @Nullable [] group =
                Keys.startsWith(after, prefix) ? group(after, prefix.length, delimiter) : null;
        boolean wholeGroup = group != null && group.length == after.length;
        return wholeGroup ? Keys.afterPrefix(after) : Keys.next(after);
    }

    /** The part of a key up to the end of the first delimiter at or after {@code from}, or null. */
    static byte @Nullable [] group(byte[] key, int from, byte[] delimiter) {
        if (delimiter.length == 0) {
            return null;
        }
        for (int i = from; i + delimiter.length <= key.length; i++) {
            if (Arrays.equals(key, i, i + delimiter.length, delimiter, 0, delimiter.length)) {
                return Arrays.copyOf(key, i + delimiter.length);
            }
        }
        return null;
    }
}
