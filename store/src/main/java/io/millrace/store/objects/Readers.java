package io.millrace.store.objects;

import io.millrace.extents.ExtentsException;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Scan;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.content.Bodies;
import io.millrace.store.content.ContentRow;
import io.millrace.store.content.ContentSegments;
import io.millrace.store.content.Layout;
import io.millrace.store.content.Piece;
import io.millrace.store.content.Pins;
import io.millrace.store.content.RangeStream;
import io.millrace.store.content.Segment;
import io.millrace.store.content.Segments;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.io.InputStream;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Opens objects for reading. */
public final class Readers {
    private static final int OPEN_TRIES = 20;

    /** More rows than the parts of one upload take. */
    private static final int PART_ROWS = 1000;

    private static final Cleaner FORGOTTEN = Cleaner.create();

    private final Core core;

    public Readers(Core core) {
        this.core = core;
    }

    Optional<ObjectInfo> head(String bucketName, String keyText) {
        Bucket bucket = core.buckets().require(bucketName);
        byte[] record = core.space().get(rowKey(bucket.id(), keyText));
        return record == null
                ? Optional.empty()
                : Optional.of(ObjectRow.decode(record).info(bucket.name(), keyText));
    }

    Optional<ObjectReader> open(String bucketName, String keyText) {
        return open(core.buckets().require(bucketName), keyText).map(Opened::reader);
    }

    /** An open object, and the record that it was opened by. */
    public record Opened(byte[] record, ObjectRow row, ObjectReader reader) {}

    public Optional<Opened> open(Bucket bucket, String keyText) {
        return open(bucket.id(), bucket.name(), keyText);
    }

    Optional<Opened> open(long bucketId, String bucketName, String keyText) {
        byte[] rowKey = rowKey(bucketId, keyText);
        try {
            return open(rowKey, bucketName, keyText);
        } catch (StoreException e) {
            suspect(rowKey, e);
            throw e;
        }
    }

    /** Has an object looked at that can't be read; of their own blocks the extents tell. */
    private void suspect(byte[] rowKey, StoreException e) {
        if (e.code() == StoreException.Code.CORRUPT
                && !(e.getCause() instanceof ExtentsException)) {
            core.suspects().add(rowKey);
        }
    }

    private Optional<Opened> open(byte[] rowKey, String bucketName, String keyText) {
        byte @Nullable [] before = null;
        for (int i = 0; i < OPEN_TRIES; i++) {
            byte[] record = core.space().get(rowKey);
            if (record == null) {
                return Optional.empty();
            }
            if (Arrays.equals(before, record)) {
                throw bytesGone();
            }
            before = record;
            ObjectRow row = ObjectRow.decode(record);
            Runnable release = core.pins().hold(row.layout());
            boolean opened = false;
            try {
                Segments segments = segments(rowKey, record, row);
                if (segments != null && (inMemory(segments) || stillSays(rowKey, record, row))) {
                    ObjectInfo info = row.info(bucketName, keyText);
                    Reader reader = new Reader(rowKey, info, row.layout(), segments, release);
                    opened = true;
                    return Optional.of(new Opened(record, row, reader));
                }
            } finally {
                if (!opened) {
                    release.run();
                }
            }
        }
        throw new StoreException(
                StoreException.Code.BUSY, "others keep changing this object; try again");
    }

    /** Whether what was pinned is still what the object stands on; see {@link Pins}. */
    private boolean stillSays(byte[] rowKey, byte[] before, ObjectRow row) {
        byte[] record = core.space().get(rowKey);
        if (record == null || Arrays.equals(record, before)) {
            return record != null;
        }
        ObjectRow now = ObjectRow.decode(record);
        return now.incarnation() == row.incarnation() && now.layout().equals(row.layout());
    }

    /** Where the bytes are; null when they were overwritten since the record was read. */
    private @Nullable Segments segments(byte[] rowKey, byte[] record, ObjectRow row) {
        return switch (row.layout()) {
            case Layout.Empty e -> new Segments.Fixed(new byte[0]);
            case Layout.OneRow one -> {
                byte[] content = core.space().get(StoreKeys.content(one.contentId(), 0));
                yield content != null && ContentRow.decode(content) instanceof ContentRow.Inline in
                        ? new Segments.Fixed(in.bytes())
                        : null;
            }
            case Layout.Direct direct -> new Segments.Pieces(direct.pieces());
            case Layout.Rows rows ->
                    new ContentSegments(
                            core.space(), rows.contentId(), () -> gone(rowKey, record, row));
        };
    }

    /** What the record still names is lost; else it was deleted, and freed after its grace. */
    private StoreException gone(byte[] rowKey, byte[] record, ObjectRow row) {
        return stillSays(rowKey, record, row)
                ? bytesGone()
                : new StoreException(
                        StoreException.Code.STORAGE_FAILED,
                        "the content was deleted while it was read");
    }

    static StoreException bytesGone() {
        return new StoreException(StoreException.Code.CORRUPT, "the bytes of this object are gone");
    }

    /** Bytes in memory need no pin, and small objects are read most. */
    private static boolean inMemory(Segments segments) {
        return segments instanceof Segments.Fixed;
    }

    private static byte[] rowKey(long bucketId, String keyText) {
        return StoreKeys.object(bucketId, StoreKeys.keyBytes(keyText));
    }

    /** One open object. What it pins is released when it is closed, or forgotten by everybody. */
    private final class Reader implements ObjectReader {
        private final byte[] rowKey;
        private final ObjectInfo info;
        private final Layout layout;
        private final Segments segments;
        private final Cleaner.@Nullable Cleanable pinned;

        Reader(byte[] rowKey, ObjectInfo info, Layout layout, Segments segments, Runnable release) {
            this.rowKey = rowKey;
            this.info = info;
            this.layout = layout;
            this.segments = segments;
            this.pinned = inMemory(segments) ? null : FORGOTTEN.register(this, release);
        }

        @Override
        public void close() {
            if (pinned != null) {
                pinned.clean();
            }
        }

        @Override
        public ObjectInfo info() {
            return info;
        }

        @Override
        public int read(long offset, ByteBuffer into) {
            if (offset < 0) {
                throw StoreKeys.invalid("an offset is not negative");
            }
            int wanted = (int) Math.min(into.remaining(), Math.max(0, info.sizeBytes() - offset));
            // A view: a read that fails half-way leaves the buffer as it was.
            ByteBuffer part = into.duplicate().limit(into.position() + wanted);
            Segments.Cursor cursor = segments.from(offset);
            while (part.hasRemaining()) {
                readSome(cursor, offset + part.position() - into.position(), part);
            }
            into.position(part.position());
            return wanted;
        }

        @Override
        public List<Long> partSizes() {
            return info.type() == ObjectType.MULTIPART && layout instanceof Layout.Rows rows
                    ? Readers.this.partSizes(rows.contentId(), info.sizeBytes())
                    : List.of();
        }

        @Override
        public InputStream range(long from, long length) {
            java.util.Objects.checkFromIndexSize(from, length, info.sizeBytes());
            return new RangeStream(segments.from(from), from, from + length, this::readSome);
        }

        private int readSome(Segments.Cursor cursor, long offset, ByteBuffer into) {
            try {
                return readSegments(cursor, offset, into);
            } catch (StoreException e) {
                suspect(rowKey, e);
                throw e;
            }
        }

        private int readSegments(Segments.Cursor cursor, long offset, ByteBuffer into) {
            try {
                return readSegment(cursor.at(offset), offset, into);
            } catch (ExtentsException e) {
                if (e.code() != ExtentsException.Code.NOT_FOUND) {
                    throw Bodies.failure(e);
                }
                // Compaction moved the extent since its row was read; the row says where to.
                cursor.again();
            }
            try {
                return readSegment(cursor.at(offset), offset, into);
            } catch (ExtentsException e) {
                // What a row of today names is pinned, so its volume was not deleted but lost.
                throw e.code() == ExtentsException.Code.NOT_FOUND
                        ? new StoreException(
                                StoreException.Code.CORRUPT, String.valueOf(e.getMessage()), e)
                        : Bodies.failure(e);
            }
        }
    }

    private List<Long> partSizes(long contentId, long sizeBytes) {
        List<Long> sizes = new ArrayList<>();
        long at = 0;
        for (Entry row :
                core.space()
                        .scan(
                                Scan.range(
                                        StoreKeys.content(contentId, 0),
                                        StoreKeys.content(contentId, Long.MAX_VALUE),
                                        PART_ROWS))) {
            if (!(ContentRow.decode(row.value()) instanceof ContentRow.Parts parts)) {
                throw bytesGone();
            }
            parts.spans().forEach(span -> sizes.add(span.sizeBytes()));
            at += parts.sizeBytes();
        }
        if (at != sizeBytes) {
            throw bytesGone();
        }
        return sizes;
    }

    private int readSegment(Segment segment, long offset, ByteBuffer into) {
        long inside = offset - segment.start();
        int count = (int) Math.min(into.remaining(), segment.length() - inside);
        byte[] bytes = segment.bytes();
        Piece piece = segment.piece();
        if (bytes != null) {
            into.put(bytes, (int) inside, count);
            return count;
        }
        ByteBuffer part = into.duplicate().limit(into.position() + count);
        int got = piece == null ? 0 : core.extents().read(piece.ref(), piece.from() + inside, part);
        if (got <= 0) {
            throw new StoreException(
                    StoreException.Code.CORRUPT, "an extent is shorter than its record says");
        }
        into.position(into.position() + got);
        return got;
    }
}
