package io.millrace.media.probe;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.RowFamily;
import io.millrace.media.ObjectName;

/** Whether the rows of this module make sense, for a look at all of them. */
public final class ProbeRows {
    /** What is known of uploaded media. */
    public static final RowFamily FAMILY =
            new RowFamily(ProbeRow.FAMILY, "probes", ProbeRows::check);

    private ProbeRows() {}

    private static void check(Entry row) {
        if (!Keys.startsWith(row.key(), ProbeRow.prefix())) {
            throw RowFamily.unknown();
        }
        // The row has the bucket's number only; its name is nothing that could be damaged here.
        String bucket = Long.toString(ProbeRow.bucketId(row.key()));
        ProbeRow.decode(new ObjectName(bucket, ProbeRow.objectKey(row.key())), row.value());
    }
}
