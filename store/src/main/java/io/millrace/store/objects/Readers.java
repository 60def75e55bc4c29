package io.millrace.store.objects;

import io.millrace.extents.ExtentsException;
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
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Opens objects for reading. */
public final class Readers {
    private static final int OPEN_TRIES = 20;
    private static final Cleaner FORGOTTEN = Cleaner.create();

    private final Core core;

    public Readers(Core core) {
        this.core = core;
    }

    Optional<ObjectInfo> head(String bucketName, String keyText) {
        Bucket bucket = core.buckets().require(bucketName);
        byte[] record = core.space().get(rowKey(bucket, keyText));
        return record == null
                ? Optional.empty()
                : Optional.of(ObjectRow.decode(record).info(bucket.name(), keyText));
    }

    Optional<ObjectReader> open(String bucketName, String keyText) {
        Bucket bucket = core.buckets().require(bucketName);
        byte[] rowKey = rowKey(bucket, keyText);
        byte @Nullable [] before = null;
        for (int i = 0; i < OPEN_TRIES; i++) {
            byte[] record = core.space().get(rowKey);
            if (record == null) {
                return Optional.empty();
            }
            if (Arrays.equals(before, record)) {
                throw new StoreException(
                        StoreException.Code.CORRUPT, "the bytes of this object are gone");
            }
            before = record;
            ObjectRow row = ObjectRow.decode(record);
            ObjectInfo info = row.info(bucket.name(), keyText);
            if (row.layout() instanceof Layout.OneRow one) {
                byte[] content = core.space().get(StoreKeys.content(one.contentId(), 0));
                // Absent: overwritten between the two reads, so look again.
                if (content != null && ContentRow.decode(content) instanceof ContentRow.Inline in) {
                    Segments all = new Segments.Fixed(in.bytes());
                    return Optional.of(new Reader(info, all, () -> {}));
                }
            } else {
                Runnable release = core.pins().hold(row.layout());
                if (stillSays(rowKey, row)) {
                    return Optional.of(new Reader(info, segments(row), release));
                }
                release.run();
            }
        }
        throw new StoreException(
                StoreException.Code.BUSY, "others keep changing this object; try again");
    }

    /** Whether what was pinned is still what the object stands on; see {@link Pins}. */
    private boolean stillSays(byte[] rowKey, ObjectRow row) {
        byte[] record = core.space().get(rowKey);
        if (record == null) {
            return false;
        }
        ObjectRow now = ObjectRow.decode(record);
        return now.incarnation() == row.incarnation() && now.layout().equals(row.layout());
    }

    /** The bytes of an object whose record is guarded by the caller. */
    public ObjectReader of(ObjectRow row, String bucket, String key) {
        Runnable release = core.pins().hold(row.layout());
        return new Reader(row.info(bucket, key), segments(row), release);
    }

    private Segments segments(ObjectRow row) {
        return switch (row.layout()) {
            case Layout.Empty e -> new Segments.Fixed(new byte[0]);
            case Layout.OneRow one -> {
                byte[] content = core.space().get(StoreKeys.content(one.contentId(), 0));
                if (content == null
                        || !(ContentRow.decode(content) instanceof ContentRow.Inline in)) {
                    throw new StoreException(
                            StoreException.Code.BUSY, "the object changed meanwhile; try again");
                }
                yield new Segments.Fixed(in.bytes());
            }
            case Layout.Direct direct -> new Segments.Pieces(direct.pieces());
            case Layout.Rows rows -> new ContentSegments(core.space(), rows.contentId());
        };
    }

    private static byte[] rowKey(Bucket bucket, String keyText) {
        return StoreKeys.object(bucket.id(), StoreKeys.keyBytes(keyText));
    }

    /** One open object. What it pins is released when it is closed, or forgotten by everybody. */
    private final class Reader implements ObjectReader {
        private final ObjectInfo info;
        private final Segments segments;
        private final Cleaner.@Nullable Cleanable pinned;

        Reader(ObjectInfo info, Segments segments, Runnable release) {
            this.info = info;
            this.segments = segments;
            // Bytes in memory need no pin, and small objects are read most.
            boolean inMemory = segments instanceof Segments.Fixed;
            this.pinned = inMemory ? null : FORGOTTEN.register(this, release);
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
        public int read(long offset, byte[] into, int at, int length) {
            java.util.Objects.checkFromIndexSize(at, length, into.length);
            if (offset < 0) {
                throw StoreKeys.invalid("an offset is not negative");
            }
            int wanted = (int) Math.min(length, Math.max(0, info.sizeBytes() - offset));
            int done = 0;
            Segments.Cursor cursor = segments.from(offset);
            while (done < wanted) {
                done += readSome(cursor, offset + done, into, at + done, wanted - done);
            }
            return done;
        }

        @Override
        public InputStream range(long from, long length) {
            java.util.Objects.checkFromIndexSize(from, length, info.sizeBytes());
            return new RangeStream(segments.from(from), from, from + length, this::readSome);
        }

        private int readSome(Segments.Cursor cursor, long offset, byte[] into, int at, int length) {
            try {
                return readSegment(cursor.at(offset), offset, into, at, length);
            } catch (ExtentsException e) {
                if (e.code() != ExtentsException.Code.NOT_FOUND) {
                    throw Bodies.failure(e);
                }
                // Compaction moved the extent since its row was read; the row says where to.
                cursor.again();
            }
            try {
                return readSegment(cursor.at(offset), offset, into, at, length);
            } catch (ExtentsException e) {
                throw Bodies.failure(e);
            }
        }
    }

    private int readSegment(Segment segment, long offset, byte[] into, int at, int length) {
        long inside = offset - segment.start();
        int count = (int) Math.min(length, segment.length() - inside);
        byte[] bytes = segment.bytes();
        Piece piece = segment.piece();
        if (bytes != null) {
            System.arraycopy(bytes, (int) inside, into, at, count);
            return count;
        }
        int got =
                piece == null
                        ? 0
                        : core.extents().read(piece.ref(), piece.from() + inside, into, at, count);
        if (got <= 0) {
            throw new StoreException(
                    StoreException.Code.CORRUPT, "an extent is shorter than its record says");
        }
        return got;
    }
}
