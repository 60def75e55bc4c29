package io.millrace.store.verify;

import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsException;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.RowWalk;
import io.millrace.kit.Clocks;
import io.millrace.kit.Crc64;
import io.millrace.store.Store;
import io.millrace.store.buckets.BucketRow;
import io.millrace.store.content.ContentRows;
import io.millrace.store.content.PartRow;
import io.millrace.store.log.ChangeRow;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.objects.ObjectRow;
import io.millrace.store.objects.Objects;
import io.millrace.store.scrub.ScrubRows;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import io.millrace.store.uploads.UploadRow;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Reads everything that the store holds: each row must decode, each object must read back and have
 * the CRC64 that it was stored with, each part of an open upload too. Changes nothing.
 *
 * <p>Work in proportion to the bytes stored; memory in proportion to the damage.
 */
public final class StoreVerify {
    private static final byte[] FAMILIES = {'B', 'M', 'X', 'U', 'D', 'V', 'L', 'N'};
    private static final int CHUNK_BYTES = 64 << 10;
    private static final int OBJECT_KEY_AT = 9;

    private final Objects reading;
    private final KeySpace keySpace;
    private final Extents extents;
    private final Map<Byte, Consumer<Entry>> others;
    private final Consumer<Progress> progress;
    private final Map<Long, String> buckets = new HashMap<>();
    private final List<Hit> hits = new ArrayList<>();
    private final byte[] chunk = new byte[CHUNK_BYTES];
    private long rows;
    private long objects;
    private long bytes;

    /** How far it has come. */
    public record Progress(long rows, long objects, long bytes) {}

    /** What was read and what could not be. */
    public record Report(long rows, long objects, long bytes, List<Hit> hits) {
        public Report {
            hits = List.copyOf(hits);
        }
    }

    private StoreVerify(
            Objects reading,
            KeySpace keySpace,
            Extents extents,
            Map<Byte, Consumer<Entry>> others,
            Consumer<Progress> progress) {
        this.others = others;
        this.reading = reading;
        this.keySpace = keySpace;
        this.extents = extents;
        this.progress = progress;
    }

    /**
     * Looks at everything.
     *
     * @param others families of other modules, each with what decodes a row and throws when that
     *     fails
     * @param progress hears after each object
     */
    public static Report run(
            KeySpace keySpace,
            Extents extents,
            Clocks clocks,
            Map<Byte, Consumer<Entry>> others,
            Consumer<Progress> progress) {
        Objects reading = Store.openForReading(keySpace, extents, clocks);
        StoreVerify verify = new StoreVerify(reading, keySpace, extents, others, progress);
        verify.run();
        return new Report(verify.rows, verify.objects, verify.bytes, verify.hits);
    }

    /** What the rows with these keys are to a person: objects by name, others by their family. */
    public static List<Hit> names(KeySpace keySpace, List<byte[]> keys, String text) {
        Map<Long, String> buckets = buckets(keySpace);
        List<Hit> named = new ArrayList<>();
        for (byte[] key : keys) {
            if (key.length > OBJECT_KEY_AT && key[0] == 'M') {
                named.add(new Hit(bucket(buckets, key), StoreKeys.objectKey(key), 0, text));
            }
        }
        return named;
    }

    private void run() {
        buckets.putAll(buckets(keySpace));
        for (byte family : FAMILIES) {
            walk(family, this::row);
        }
        others.forEach((family, decode) -> walk(family, row -> other(row, decode)));
    }

    private void walk(byte family, Consumer<Entry> each) {
        RowWalk.Gap gap = RowWalk.over(keySpace, new byte[] {family}, each);
        if (gap != null) {
            gap(gap);
        }
    }

    private void other(Entry row, Consumer<Entry> decode) {
        rows++;
        try {
            decode.accept(row);
        } catch (RuntimeException e) {
            // Each module has an exception of its own; whichever it is, the row makes no sense.
            hits.add(hit(row.key(), 0, String.valueOf(e.getMessage())));
        }
    }

    private static Map<Long, String> buckets(KeySpace keySpace) {
        Map<Long, String> names = new HashMap<>();
        RowWalk.over(
                keySpace,
                Keys.family('B').u8('n').done(),
                row -> {
                    try {
                        names.put(
                                BucketRow.decode(row.value()).id(),
                                StoreKeys.bucketName(row.key()));
                    } catch (StoreException e) {
                        // Told when the rows themselves are looked at.
                    }
                });
        return names;
    }

    private void row(Entry row) {
        rows++;
        try {
            switch (row.key()[0]) {
                case 'B' -> bucketRow(row);
                case 'M' -> object(row);
                case 'U' -> upload(row);
                case 'L' -> {
                    if (row.key()[1] == 'r') {
                        ChangeRow.decode(row.value());
                    }
                }
                case 'V' -> {
                    ContentRows.check(row.key(), row.value());
                    ScrubRows.check(row);
                }
                default -> ContentRows.check(row.key(), row.value());
            }
        } catch (StoreException e) {
            hits.add(hit(row.key(), 0, String.valueOf(e.getMessage())));
        }
    }

    private static void bucketRow(Entry row) {
        if (row.key()[1] == 'n') {
            BucketRow.decode(row.value());
        }
    }

    private void upload(Entry row) {
        if (row.key()[1] == 'u') {
            UploadRow.decode(row.value());
            return;
        }
        PartRow part = PartRow.decode(row.value());
        Crc64 crc = new Crc64();
        crc.update(part.inline(), 0, part.inline().length);
        long read = part.inline().length;
        try {
            for (var piece : part.pieces()) {
                long at = 0;
                while (at < piece.length()) {
                    int wanted = (int) Math.min(chunk.length, piece.length() - at);
                    int got = extents.read(piece.ref(), piece.from() + at, chunk, 0, wanted);
                    if (got <= 0) {
                        hits.add(hit(row.key(), read, "an extent is shorter than its record says"));
                        return;
                    }
                    crc.update(chunk, 0, got);
                    at += got;
                    read += got;
                }
            }
        } catch (ExtentsException e) {
            hits.add(hit(row.key(), read, String.valueOf(e.getMessage())));
            return;
        }
        bytes += read;
        if (crc.value() != part.crc64() || read != part.sizeBytes()) {
            hits.add(hit(row.key(), 0, "the part's bytes are not those that were stored"));
        }
    }

    private void object(Entry row) {
        ObjectRow.decode(row.value());
        objects++;
        String bucket = bucket(buckets, row.key());
        String key = StoreKeys.objectKey(row.key());
        if (!buckets.containsValue(bucket)) {
            // A bucket being deleted: its rows need not read.
            return;
        }
        long at = 0;
        try {
            Optional<ObjectReader> open = reading.open(bucket, key);
            if (open.isEmpty()) {
                hits.add(new Hit(bucket, key, 0, "it is listed and not found"));
                return;
            }
            try (ObjectReader reader = open.get()) {
                ObjectInfo info = reader.info();
                Crc64 crc = new Crc64();
                while (at < info.sizeBytes()) {
                    int got = reader.read(at, chunk, 0, chunk.length);
                    crc.update(chunk, 0, got);
                    at += got;
                }
                bytes += at;
                if (crc.value() != info.crc64()) {
                    hits.add(
                            new Hit(
                                    bucket,
                                    key,
                                    0,
                                    "its bytes do not have the CRC64 of its record"));
                }
            }
        } catch (StoreException e) {
            hits.add(new Hit(bucket, key, at, String.valueOf(e.getMessage())));
        }
        progress.accept(new Progress(rows, objects, bytes));
    }

    private static String bucket(Map<Long, String> buckets, byte[] key) {
        return buckets.getOrDefault(ByteBuffer.wrap(key).getLong(1), "?");
    }

    private Hit hit(byte[] key, long from, String text) {
        if (key[0] == 'M' && key.length > OBJECT_KEY_AT) {
            return new Hit(bucket(buckets, key), StoreKeys.objectKey(key), from, text);
        }
        return new Hit("?", "row " + printed(key), from, text);
    }

    private void gap(RowWalk.Gap gap) {
        byte[] before = gap.before();
        String text =
                "the rows behind "
                        + printed(gap.after())
                        + (before == null ? "" : " and before " + printed(before))
                        + " can't be read: "
                        + gap.why().getMessage();
        hits.add(hit(gap.after().length > 1 ? gap.after() : new byte[] {'?'}, 0, text));
    }

    /** A key with its readable part as text. */
    private static String printed(byte[] key) {
        StringBuilder text = new StringBuilder();
        for (byte b : key) {
            if (b > ' ' && b < 0x7F) {
                text.append((char) b);
            } else {
                text.append(String.format("\\%02x", b));
            }
        }
        return text.toString();
    }
}
