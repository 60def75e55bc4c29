package io.millrace.store.verify;

import io.millrace.extents.Extents;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.RowFamily;
import io.millrace.keyspace.RowWalk;
import io.millrace.keyspace.Scan;
import io.millrace.kit.Clocks;
import io.millrace.kit.Damage;
import io.millrace.store.Store;
import io.millrace.store.buckets.BucketRow;
import io.millrace.store.content.PartRow;
import io.millrace.store.content.Piece;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.objects.Objects;
import io.millrace.store.registry.StoreRegistry;
import io.millrace.store.scrub.Found;
import io.millrace.store.scrub.Gaps;
import io.millrace.store.scrub.LostVolumes;
import io.millrace.store.space.Space;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import io.millrace.store.uploads.UploadKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads everything that the store holds: each row must decode, each object must read back and have
 * the CRC64 that it was stored with, each part of an open upload too. Changes nothing.
 *
 * <p>Work in proportion to the bytes stored; memory in proportion to the damage.
 */
public final class StoreVerify {
    private static final int OBJECT_KEY_AT = 9;

    private final Objects reading;
    private final KeySpace keySpace;
    private final Extents extents;
    private final Gaps gaps;
    private final List<RowFamily> others;
    private final Consumer<Progress> progress;

    /** The buckets whose own rows decode, and the names of all that have a row of their number. */
    private final Map<Long, String> buckets = new HashMap<>();

    private final Map<Long, String> names = new HashMap<>();

    /** The parts' number of each open upload, with its bucket's number and key; null: not all. */
    private @Nullable Map<Long, Upload> uploads = new HashMap<>();

    private final List<Hit> hits = new ArrayList<>();
    private long rows;
    private long objects;
    private long bytes;

    /** How far it has come. */
    public record Progress(long rows, long objects, long bytes) {}

    private record Upload(long bucket, String key) {}

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
            List<RowFamily> others,
            Consumer<Progress> progress) {
        this.others = others;
        this.reading = reading;
        this.keySpace = keySpace;
        this.extents = extents;
        this.gaps = new Gaps(new Space(keySpace, false));
        this.progress = progress;
    }

    /**
     * Looks at everything.
     *
     * @param others families of other modules; a row of one that nobody knows is a hit
     * @param progress hears after each object
     */
    public static Report run(
            KeySpace keySpace,
            Extents extents,
            Clocks clocks,
            List<RowFamily> others,
            Consumer<Progress> progress) {
        Objects reading = Store.openForReading(keySpace, extents, clocks);
        StoreVerify verify = new StoreVerify(reading, keySpace, extents, others, progress);
        verify.run();
        return new Report(verify.rows, verify.objects, verify.bytes, verify.hits);
    }

    /**
     * That one half was set back to an older copy: each may be whole by itself, and a start would
     * refuse them together.
     */
    public static Optional<Damage> setBack(KeySpace keySpace, Extents extents) {
        String place = extents.identity().place().address();
        return refusal(keySpace, extents).map(why -> new Damage(Damage.Kind.OTHER, place, 0, why));
    }

    /** Why a start of these extents over these rows would be refused; nothing is started. */
    public static Optional<String> refusal(KeySpace keySpace, Extents extents) {
        return StoreRegistry.refusal(keySpace, extents.identity());
    }

    /**
     * What is known to be damaged without reading all: what the scrub has noted, for objects that
     * are still there, and volumes that are gone.
     */
    public static List<Damage> known(KeySpace keySpace, Extents extents) {
        Space space = new Space(keySpace, false);
        Found found = new Found(space);
        Set<Damage> known = new LinkedHashSet<>(found.files());
        found.objects().forEach(object -> known.addAll(object.places()));
        List<Damage> all = new ArrayList<>(known);
        for (Damage lost : new LostVolumes(space, extents).list()) {
            if (known.stream().noneMatch(noted -> noted.file().equals(lost.file()))) {
                all.add(lost);
            }
        }
        return List.copyOf(all);
    }

    /** What the rows with these keys are to a person: objects by name, others by their family. */
    public static List<Hit> names(KeySpace keySpace, List<byte[]> keys, String text) {
        Map<Long, String> buckets = names(keySpace);
        List<Hit> named = new ArrayList<>();
        for (byte[] key : keys) {
            if (isObject(key)) {
                named.add(new Hit(name(buckets, key), StoreKeys.objectKey(key), 0, text));
            }
        }
        return named;
    }

    private void run() {
        buckets.putAll(buckets(keySpace));
        names.putAll(names(keySpace));
        uploads = openUploads(keySpace);
        StoreRows own = new StoreRows(buckets);
        for (byte family : StoreRows.FAMILIES) {
            walk(family, row -> row(row, own));
        }
        others.forEach(f -> walk((byte) f.letter(), row -> decodes(row, f.name(), f.decode())));
        for (int letter = 1; letter < 0xFF; letter++) {
            refuseUnknown((byte) letter);
        }
    }

    private void refuseUnknown(byte family) {
        boolean known = others.stream().anyMatch(f -> f.letter() == family);
        for (byte own : StoreRows.FAMILIES) {
            known |= own == family;
        }
        if (!known) {
            unknown(family);
        }
    }

    private void unknown(byte family) {
        try {
            keySpace.scan(Scan.prefix(new byte[] {family}, 1))
                    .forEach(row -> hits.add(hit(row.key(), "nobody knows this family")));
        } catch (KeySpaceException e) {
            if (e.code() != KeySpaceException.Code.CORRUPT) {
                throw e;
            }
            // The damaged block is one of the families beside it, which have told of it.
        }
    }

    private void walk(byte family, Consumer<Entry> each) {
        RowWalk.Gap gap = RowWalk.over(keySpace, new byte[] {family}, each);
        if (gap != null) {
            gap(gap);
        }
    }

    private boolean decodes(Entry row, String family, Consumer<Entry> decode) {
        rows++;
        try {
            decode.accept(row);
            return true;
        } catch (RuntimeException e) {
            // Each module has an exception of its own; whichever it is, the row makes no sense.
            hits.add(hit(row.key(), family + ": " + e.getMessage()));
            return false;
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

    /** A bucket's name is in two rows: where its own is damaged, that of its number has it. */
    private static Map<Long, String> names(KeySpace keySpace) {
        Map<Long, String> names = new HashMap<>();
        byte[] numbers = Keys.family('B').u8('i').done();
        RowWalk.over(
                keySpace,
                numbers,
                row -> {
                    if (row.key().length == numbers.length + Long.BYTES) {
                        names.put(
                                Keys.read(row.key(), numbers.length).u64(),
                                new String(row.value(), StandardCharsets.UTF_8));
                    }
                });
        names.putAll(buckets(keySpace));
        return names;
    }

    private void row(Entry row, StoreRows own) {
        if (!decodes(row, StoreRows.NAME, own::check)) {
            return;
        }
        if (row.key()[0] == 'M') {
            object(row);
        } else if (row.key()[0] == 'U' && row.key()[1] == 'p') {
            part(row);
        }
    }

    /** The parts of what was completed are read as the object's: they stay where they stand. */
    private void part(Entry row) {
        String bucket = "?";
        String key = "row " + printed(row.key());
        if (uploads != null) {
            Upload upload = uploads.get(StoreKeys.partUpload(row.key()));
            if (upload == null) {
                return;
            }
            bucket = names.getOrDefault(upload.bucket(), "#" + upload.bucket());
            key = upload.key() + ", part " + StoreKeys.partNumber(row.key()) + " of an open upload";
        }
        PartRow part = PartRow.decode(row.value());
        WholeRead read =
                WholeRead.of(
                        (offset, into, at, length) -> read(part, offset, into, at, length),
                        part.sizeBytes());
        Hit hit = read.hit(bucket, key, part.crc64());
        add(read, hit == null ? lacks(bucket, key, gaps.ofPart(part)) : hit);
    }

    /** What reads and yet lacks a row will be gone some day. */
    private static @Nullable Hit lacks(String bucket, String key, Optional<Damage> gap) {
        return gap.map(place -> new Hit(bucket, key, 0, place.toString())).orElse(null);
    }

    private static @Nullable Map<Long, Upload> openUploads(KeySpace keySpace) {
        byte[] all = StoreKeys.allUploads();
        Map<Long, Upload> open = new HashMap<>();
        RowWalk.Gap gap =
                RowWalk.over(
                        keySpace,
                        all,
                        row -> {
                            byte[] key = row.key();
                            if (key.length > all.length + Long.BYTES + UploadKey.ID_BYTES) {
                                Keys.Reader elements = Keys.read(key, all.length);
                                long bucket = elements.u64();
                                open.put(
                                        ByteBuffer.wrap(key)
                                                .getLong(key.length - UploadKey.ID_BYTES),
                                        new Upload(bucket, elements.text()));
                            }
                        });
        return gap == null ? open : null;
    }

    private int read(PartRow part, long offset, byte[] into, int at, int length) {
        byte[] inline = part.inline();
        if (offset < inline.length) {
            int bytes = (int) Math.min(length, inline.length - offset);
            System.arraycopy(inline, (int) offset, into, at, bytes);
            return bytes;
        }
        long left = offset;
        for (Piece piece : part.pieces()) {
            if (left < piece.length()) {
                int bytes = (int) Math.min(length, piece.length() - left);
                return extents.read(piece.ref(), piece.from() + left, into, at, bytes);
            }
            left -= piece.length();
        }
        return 0;
    }

    private void add(WholeRead read, @Nullable Hit hit) {
        bytes += read.readBytes();
        if (hit != null) {
            hits.add(hit);
        }
    }

    private void object(Entry row) {
        objects++;
        String bucket = name(names, row.key());
        String key = StoreKeys.objectKey(row.key());
        try {
            Optional<ObjectReader> open = reading.open(number(row.key()), bucket, key);
            if (open.isEmpty()) {
                hits.add(new Hit(bucket, key, 0, "it is listed and not found"));
                return;
            }
            try (ObjectReader reader = open.get()) {
                ObjectInfo info = reader.info();
                WholeRead read = WholeRead.of(reader::read, info.sizeBytes());
                Hit hit = read.hit(bucket, key, info.crc64());
                add(read, hit == null ? lacks(bucket, key, gaps.ofObject(row.key())) : hit);
            }
        } catch (StoreException e) {
            hits.add(new Hit(bucket, key, 0, String.valueOf(e.getMessage())));
        }
        progress.accept(new Progress(rows, objects, bytes));
    }

    /** Of any key: one from a damaged record of the log may have no byte at all. */
    private static boolean isObject(byte[] key) {
        return key.length > OBJECT_KEY_AT && key[0] == 'M';
    }

    private static long number(byte[] objectKey) {
        return ByteBuffer.wrap(objectKey).getLong(1);
    }

    private static String name(Map<Long, String> names, byte[] objectKey) {
        return names.getOrDefault(number(objectKey), "#" + number(objectKey));
    }

    private Hit hit(byte[] key, String text) {
        return isObject(key)
                ? new Hit(name(names, key), StoreKeys.objectKey(key), 0, text)
                : new Hit("?", "row " + printed(key), 0, text);
    }

    private void gap(RowWalk.Gap gap) {
        byte[] before = gap.before();
        String text =
                "the rows behind "
                        + printed(gap.after())
                        + (before == null ? "" : " and before " + printed(before))
                        + " can't be read: "
                        + gap.why().getMessage();
        hits.add(hit(gap.after(), text));
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
