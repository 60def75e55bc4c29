package io.millrace.live.camera;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.RowFamily;
import io.millrace.store.log.ChangeLog;
import io.millrace.store.objects.Objects;
import io.millrace.store.verify.Hit;
import java.util.List;

/** Whether the rows of the cameras' index make sense, for a look at all of them. */
public final class CameraRows {
    private static final int KIND_AT = 2;
    private static final int ELEMENTS_AT = 3;
    private static final int SUMMARY_BYTES = 1 + Long.BYTES + 2 * Integer.BYTES;

    private CameraRows() {}

    /** Whether a row of this module is the index's. */
    public static boolean isOne(Entry row) {
        return row.key()[1] == 'c';
    }

    /**
     * Decodes a row and throws away what it says, one of version 1 too: it waits for the next
     * start.
     *
     * @throws RuntimeException of any kind when it makes no sense
     */
    public static void check(Entry row) {
        byte[] value = row.value();
        int kind = row.key()[KIND_AT];
        if (value[0] == UpgradeFrom1.VERSION) {
            UpgradeFrom1.check(kind, value);
            return;
        }
        Keys.Reader key = Keys.read(row.key(), ELEMENTS_AT);
        switch (kind) {
            case 'v' -> CameraIndex.checkVersion(value);
            case 'p' -> pending(key, value);
            case 'k' -> CameraIndex.owner(value);
            case 'o' -> CameraObject.decode(key.text(), key.u64(), value);
            case 'r' -> run(key, value);
            case 't' -> timeline(key, row);
            case 'l' -> LiveWindow.decode(value);
            case 'd' -> Registration.decode(value);
            default -> throw RowFamily.unknown();
        }
    }

    /**
     * What disagrees in the index of a key space that nobody writes to, or with the objects there.
     */
    public static List<Hit> disagreements(KeySpace keySpace, Objects objects) {
        return Agreement.disagreements(keySpace, objects, ChangeLog.of(keySpace));
    }

    private static void pending(Keys.Reader key, byte[] value) {
        key.text();
        CameraIndex.pending(key.text(), key.u64(), value);
    }

    private static void run(Keys.Reader key, byte[] value) {
        key.text();
        long incarnation = key.u64();
        long offset = key.u64();
        if (SegmentRun.decode(incarnation, value).offset() != offset) {
            throw new IllegalStateException("a run of camera segments begins elsewhere");
        }
    }

    private static void timeline(Keys.Reader key, Entry row) {
        String device = key.text();
        RowFamily.length(row, SUMMARY_BYTES);
        RunSummary.decode(row, CameraIndex.timeline(device).length);
    }
}
