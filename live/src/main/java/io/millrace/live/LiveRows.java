package io.millrace.live;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.RowFamily;
import io.millrace.live.camera.CameraRows;
import io.millrace.live.record.CatalogueRows;

/** Whether the rows of this module make sense, for a look at all of them. */
public final class LiveRows {
    /** Streams with their recordings, and the cameras' index. */
    public static final RowFamily FAMILY = new RowFamily('S', "live and cameras", LiveRows::check);

    private LiveRows() {}

    private static void check(Entry row) {
        if (CameraRows.isOne(row)) {
            CameraRows.check(row);
        } else {
            CatalogueRows.check(row);
        }
    }
}
