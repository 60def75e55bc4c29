package io.millrace.store.objects;

import io.millrace.extents.ExtentsException;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.content.Bodies;
import io.millrace.store.content.ContentRow;
import io.millrace.store.content.ContentSegments;
import io.millrace.store.content.Layout;
import io.millrace.store.content.Piece;
import io.millrace.store.content.RangeStream;
import io.millrace.store.content.Segment;
import io.millrace.store.content.Segments;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.io.InputStream;
import java.util.Optional;

/** Opens objects for reading. */
public final class Readers {
    private static final int OPEN_TRIES = 20;

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
        for (int i = 0; i < OPEN_TRIES; i++) {
            byte[] record = core.space().get(rowKey);
            if (record == null) {
                return Optional.empty();
            }
            ObjectRow row = ObjectRow.decode(record);
            ObjectInfo info = row.info(bucket.name(), keyText);
            if (row.layout() instanceof Layout.OneRow one) {
                byte[] content = core.space().get(StoreKeys.content(one.contentId(), 0));
                // Absent: overwritten between the two reads, so look again.
                if (content != null && ContentRow.decode(content) instanceof ContentRow.Inline in) {
                    return Optional.of(new Reader(info, new Segments.Fixed(in.bytes())));
                }
            } else {
                return Optional.of(new Reader(info, segments(row)));
            }
        }
        throw new StoreException(
                StoreException.Code.BUSY, "others keep changing this object; try again");
    }

    /** The bytes of an object whose record is guarded by the caller. */
    public ObjectReader of(ObjectRow row, String bucket, String key) {
        return new Reader(row.info(bucket, key), segments(row));
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

    /** One open object. */
    private final class Reader implements ObjectReader {
        private final ObjectInfo info;
        private final Segments segments;

        Reader(ObjectInfo info, Segments segments) {
            this.info = info;
            this.segments = segments;
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
            Segment segment = cursor.at(offset);
            long inside = offset - segment.start();
            int count = (int) Math.min(length, segment.length() - inside);
            byte[] bytes = segment.bytes();
            Piece piece = segment.piece();
            if (bytes != null) {
                System.arraycopy(bytes, (int) inside, into, at, count);
                return count;
            }
            if (piece == null) {
                throw new StoreException(
                        StoreException.Code.CORRUPT, "a segment has neither bytes nor extent");
            }
            return readPiece(piece, inside, into, at, count);
        }
    }

    private int readPiece(Piece piece, long inside, byte[] into, int at, int count) {
        try {
            int got = core.extents().read(piece.ref(), piece.from() + inside, into, at, count);
            if (got <= 0) {
                throw new StoreException(
                        StoreException.Code.CORRUPT, "an extent is shorter than its record says");
            }
            return got;
        } catch (ExtentsException e) {
            throw Bodies.failure(e);
        }
    }
}
