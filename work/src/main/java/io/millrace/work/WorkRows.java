package io.millrace.work;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.RowFamily;

/** Whether the rows of this module make sense, for a look at all of them. */
public final class WorkRows {
    /** Sessions, leases and cursors. */
    public static final RowFamily FAMILY = new RowFamily(WorkKeys.FAMILY, "work", WorkRows::check);

    private WorkRows() {}

    private static void check(Entry row) {
        Keys.Reader key = Keys.read(row.key(), 1);
        switch (key.u8()) {
            case WorkKeys.SESSION -> {
                Leases.checkSession(row.value());
                RowFamily.length(row, 1 + 2 * Long.BYTES);
            }
            case WorkKeys.LEASE -> Lease.decode(key.text(), row.value());
            case WorkKeys.CURSOR -> RowFamily.counter(row);
            case WorkKeys.JOB -> {
                // Of version 0.1's queue, which nobody reads any more.
            }
            default -> throw RowFamily.unknown();
        }
    }
}
