package io.millrace.live.record;

import io.millrace.keyspace.Entry;

/** Whether the rows of the catalogue make sense, for a look at all of them. */
public final class LiveRows {
    /** The module's key family, which the cameras' index shares. */
    public static final byte FAMILY = 'S';

    private LiveRows() {}

    /**
     * Decodes a row of a stream, a checkpoint, a session or a segment and throws away what it says;
     * other rows are passed over.
     *
     * @throws io.millrace.live.LiveException FORMAT when it makes no sense
     */
    public static void check(Entry row) {
        switch (row.key()[1]) {
            case Catalogue.STREAM -> Rows.stream("", row.value());
            case Catalogue.CHECKPOINT -> Rows.checkpoint(row.value());
            case Catalogue.SESSION -> Rows.session("", "", row.value());
            case Catalogue.SEGMENT -> Rows.segment(0, row.value());
            default -> {}
        }
    }
}
