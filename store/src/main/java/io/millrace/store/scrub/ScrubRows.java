package io.millrace.store.scrub;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.RowFamily;

/** Whether the rows of this package make sense, for a look at all of them. */
public final class ScrubRows {
    private ScrubRows() {}

    /**
     * Decodes a row of the family V and throws away what it says; other rows are passed over.
     *
     * @throws io.millrace.store.space.StoreException CORRUPT when it makes no sense
     */
    public static void check(Entry row) {
        switch (row.key()[1]) {
            case 'p' -> ScrubRow.decode(row.value());
            case 'x' -> DamageRow.decode(row);
            case 'm' -> GapRow.decode(row.value());
            case 'k' -> FileNotes.decode(row.value());
            default -> throw RowFamily.unknown();
        }
    }
}
