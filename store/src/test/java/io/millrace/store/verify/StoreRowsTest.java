package io.millrace.store.verify;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.buckets.BucketRow;
import io.millrace.store.content.ContentRow;
import io.millrace.store.content.DeletionRow;
import io.millrace.store.content.PartRow;
import io.millrace.store.content.ReadRow;
import io.millrace.store.log.ChangeKind;
import io.millrace.store.log.ChangeRow;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.uploads.UploadRow;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A row that its package can't read is refused, whichever kind it is, and a good one never. */
class StoreRowsTest {
    private static final byte[] SHORT = {1};

    private final StoreRows rows = new StoreRows(Map.of(7L, "photos"));

    private static Entry row(Keys key, byte[] value) {
        return new Entry(key.u64(7).u64(8).u64(9).u64(10).done(), value);
    }

    private static Entry row(char family, char kind, byte[] value) {
        return row(Keys.family(family).u8(kind), value);
    }

    private static List<Entry> good() {
        byte[] counter = Keys.counter(5);
        BucketRow bucket =
                new BucketRow(
                        7, "root", "local", false, BucketAcl.PRIVATE, List.of(), false, 1000, 2000);
        ChangeRow change =
                new ChangeRow(1, new byte[] {'k'}, 3, 2, ChangeKind.APPEND, -1, 300, 1000);
        PartRow part = new PartRow(6, 0, new byte[16], 77, 1000, new byte[0], List.of());
        return List.of(
                row('B', 'n', bucket.encode()),
                row('B', 'i', "photos".getBytes(StandardCharsets.UTF_8)),
                row('U', 'u', new UploadRow(5, 1000, ObjectMetadata.NONE, 8, 9).encode()),
                row('U', 'p', part.encode()),
                row(Keys.family('X'), new ContentRow.Inline(new byte[] {1}).encode()),
                row(Keys.family('D'), new DeletionRow.OfUpload(2).encode()),
                row('L', 'r', change.encode()),
                row('L', 'c', counter),
                row('L', 't', counter),
                row(Keys.family('N'), counter),
                row('V', 'd', counter),
                row('V', 'e', counter),
                row('V', 'a', SHORT),
                row('V', 'c', new byte[0]),
                row('V', 'h', new ReadRow(1000).encode()));
    }

    @Test
    void everyKindOfRowIsTakenAsItIsWritten() {
        for (Entry row : good()) {
            assertDoesNotThrow(() -> rows.check(row), row.toString());
        }
    }

    @Test
    void everyKindOfRowIsRefusedWhenItIsNoneOfThatKind() {
        List<Entry> bad = new ArrayList<>();
        for (Entry row : good()) {
            byte[] value = row.value().length == 1 ? new byte[0] : SHORT;
            bad.add(new Entry(row.key(), value));
        }
        for (char kind : "ospuxk".toCharArray()) {
            bad.add(row('V', kind, SHORT));
        }
        bad.add(row(Keys.family('M'), SHORT));
        bad.add(row('B', 'i', "videos".getBytes(StandardCharsets.UTF_8)));
        for (char family : "BULV".toCharArray()) {
            bad.add(row(family, '?', Keys.counter(5)));
        }
        for (Entry row : bad) {
            assertThrows(RuntimeException.class, () -> rows.check(row), row.toString());
        }
    }
}
