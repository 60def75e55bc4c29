package io.millrace.live.record;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.RowFamily;

/** Whether the rows of the catalogue make sense, for a look at all of them. */
public final class CatalogueRows {
    private CatalogueRows() {}

    /**
     * Decodes a row of a stream, a checkpoint, a session, a segment or a removal and throws away
     * what it says.
     *
     * @throws io.millrace.live.LiveException FORMAT when it makes no sense
     */
    public static void check(Entry row) {
        switch (row.key()[1]) {
            case Catalogue.STREAM -> Rows.stream("", row.value());
            case Catalogue.CHECKPOINT -> Rows.checkpoint(row.value());
            case Catalogue.SESSION, Catalogue.REMOVED -> Rows.session("", "", row.value());
            case Catalogue.SEGMENT -> Rows.segment(0, row.value());
            default -> throw RowFamily.unknown();
        }
    }
}
