package io.millrace.store.verify;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.RowFamily;
import io.millrace.store.buckets.BucketRow;
import io.millrace.store.content.ContentRows;
import io.millrace.store.content.PartRow;
import io.millrace.store.content.ReadRow;
import io.millrace.store.log.ChangeRow;
import io.millrace.store.objects.ObjectRow;
import io.millrace.store.registry.RegistryRows;
import io.millrace.store.scrub.ScrubRows;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import io.millrace.store.uploads.UploadRow;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Whether the rows of this module make sense, each by its own package's decoder. */
final class StoreRows {
    static final String NAME = "store";
    static final byte[] FAMILIES = {'B', 'M', 'X', 'U', 'D', 'V', 'L', 'N'};

    private final Map<Long, String> buckets;

    /** Rows of a store with these buckets, names by id. */
    StoreRows(Map<Long, String> buckets) {
        this.buckets = buckets;
    }

    /**
     * Decodes a row and throws away what it says.
     *
     * @throws RuntimeException of any kind when it makes no sense
     */
    void check(Entry row) {
        switch (row.key()[0]) {
            case 'B' -> bucket(row);
            case 'M' -> object(row);
            case 'U' -> upload(row);
            case 'L' -> log(row);
            case 'N' -> RowFamily.counter(row);
            case 'V' -> volume(row);
            default -> ContentRows.check(row.key(), row.value());
        }
    }

    private static void object(Entry row) {
        StoreKeys.objectKey(row.key());
        ObjectRow.decode(row.value());
    }

    private void bucket(Entry row) {
        switch (row.key()[1]) {
            case 'n' -> BucketRow.decode(row.value());
            case 'i' -> name(row);
            default -> throw RowFamily.unknown();
        }
    }

    private void name(Entry row) {
        String name = new String(row.value(), StandardCharsets.UTF_8);
        if (!name.equals(buckets.get(ByteBuffer.wrap(row.key()).getLong(2)))) {
            throw new StoreException(
                    StoreException.Code.STORAGE_FAILED, "no bucket has this number and name");
        }
    }

    private static void upload(Entry row) {
        switch (row.key()[1]) {
            case 'u' -> UploadRow.decode(row.value());
            case 'p' -> PartRow.decode(row.value());
            default -> throw RowFamily.unknown();
        }
    }

    private static void log(Entry row) {
        switch (row.key()[1]) {
            case 'r' -> ChangeRow.decode(row.value());
            case 'c', 't' -> RowFamily.counter(row);
            default -> throw RowFamily.unknown();
        }
    }

    private static void volume(Entry row) {
        switch (row.key()[1]) {
            case 'o' -> ContentRows.check(row.key(), row.value());
            case 'd', 'e' -> RowFamily.counter(row);
            case 'a' -> RowFamily.length(row, 1);
            case 'c' -> RowFamily.length(row, 0);
            case 'h' -> ReadRow.decode(row.value());
            case 's', 'u' -> RegistryRows.check(row);
            default -> ScrubRows.check(row);
        }
    }
}
