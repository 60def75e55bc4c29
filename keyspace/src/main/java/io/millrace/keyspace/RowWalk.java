package io.millrace.keyspace;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Goes through all rows under a prefix, past damage: forwards up to the first row that can't be
 * read, then backwards from the end, so that only what lies between the first damage and the last
 * stays unread. For looking at a key space that nobody writes to.
 */
public final class RowWalk {
    private static final int PAGE = 1_000;

    private final KeySpace keySpace;
    private final byte[] prefix;
    private final Consumer<Entry> rows;

    /**
     * Rows that can't be read.
     *
     * @param after the last row that could, or the prefix
     * @param before the next row that could, or null when there is none
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Gap(byte[] after, byte @Nullable [] before, KeySpaceException why) {}

    private RowWalk(KeySpace keySpace, byte[] prefix, Consumer<Entry> rows) {
        this.keySpace = keySpace;
        this.prefix = prefix;
        this.rows = rows;
    }

    /** Hands over every row that can be read, in no promised order; the gap, or null for none. */
    public static @Nullable Gap over(KeySpace keySpace, byte[] prefix, Consumer<Entry> rows) {
        return new RowWalk(keySpace, prefix, rows).walk();
    }

    private @Nullable Gap walk() {
        byte[] after = prefix;
        int limit = PAGE;
        while (true) {
            try {
                List<Entry> page = keySpace.scan(Scan.prefixAfter(prefix, after, limit));
                page.forEach(rows);
                if (page.size() < limit) {
                    return null;
                }
                after = page.getLast().key();
            } catch (KeySpaceException e) {
                if (e.code() != KeySpaceException.Code.CORRUPT) {
                    throw e;
                }
                if (limit == 1) {
                    return new Gap(after, backwards(after), e);
                }
                // Row by row up to the damage.
                limit = 1;
            }
        }
    }

    /** From the end down to the damage; returns the lowest row that could be read. */
    private byte @Nullable [] backwards(byte[] after) {
        byte[] end = Keys.afterPrefix(prefix);
        byte @Nullable [] lowest = null;
        while (true) {
            try {
                byte[] upTo = lowest == null ? end : lowest;
                List<Entry> page = keySpace.scan(new Scan(prefix, upTo, 1, true, false));
                if (page.isEmpty() || Arrays.compareUnsigned(page.getFirst().key(), after) <= 0) {
                    return lowest;
                }
                rows.accept(page.getFirst());
                lowest = page.getFirst().key();
            } catch (KeySpaceException e) {
                if (e.code() != KeySpaceException.Code.CORRUPT) {
                    throw e;
                }
                return lowest;
            }
        }
    }
}
