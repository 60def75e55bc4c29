package io.millrace.store;

import io.millrace.extents.ExtentsException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Opens objects for reading. */
final class Readers {
    private static final int OPEN_TRIES = 20;

    private final Core core;

    Readers(Core core) {
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
    ObjectReader of(ObjectRow row, String bucket, String key) {
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

    /** A run of an object: bytes in memory, or a piece of an extent. */
    record Segment(long start, long length, byte @Nullable [] bytes, @Nullable Piece piece) {
        static Segment of(long start, byte[] bytes) {
            return new Segment(start, bytes.length, bytes, null);
        }

        static Segment of(long start, Piece piece) {
            return new Segment(start, piece.length(), null, piece);
        }

        boolean holds(long offset) {
            return offset >= start && offset < start + length;
        }
    }

    /** Finds the segment of a byte. Thread-safe; its cursors are not. */
    interface Segments {
        Cursor from(long offset);

        /** Remembers where it is, so that reading on costs no seek. */
        interface Cursor {
            Segment at(long offset);
        }

        /** All bytes in memory. */
        record Fixed(byte[] bytes) implements Segments {
            @Override
            public Cursor from(long offset) {
                Segment all = Segment.of(0, bytes);
                return at -> all;
            }
        }

        /** A list of pieces. */
        final class Pieces implements Segments {
            private final List<Piece> pieces;
            private final long[] starts;

            Pieces(List<Piece> pieces) {
                this.pieces = pieces;
                this.starts = new long[pieces.size()];
                long at = 0;
                for (int i = 0; i < starts.length; i++) {
                    starts[i] = at;
                    at += pieces.get(i).length();
                }
            }

            @Override
            public Cursor from(long offset) {
                return at -> {
                    int found = Arrays.binarySearch(starts, at);
                    int i = found >= 0 ? found : -found - 2;
                    return Segment.of(starts[i], pieces.get(i));
                };
            }
        }
    }
}
