package io.millrace.store.content;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Scan;
import io.millrace.store.space.Space;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Finds bytes in content rows: one seek for the first, then rows are fetched some at a time. */
public final class ContentSegments implements Segments {
    /** Rows read at once when a reader goes on; with inline rows, half a megabyte. */
    static final int AHEAD = 32;

    static final int PARTS_AHEAD = 16;

    private final Space space;
    private final long contentId;
    private final Supplier<StoreException> gone;

    /**
     * @param gone says what it means that a row is not there
     */
    public ContentSegments(Space space, long contentId, Supplier<StoreException> gone) {
        this.space = space;
        this.contentId = contentId;
        this.gone = gone;
    }

    @Override
    public Cursor from(long offset) {
        return new RowCursor();
    }

    private final class RowCursor implements Cursor {
        private final Deque<Segment> ahead = new ArrayDeque<>();

        /** Whether the byte after those ahead begins a row. */
        private boolean goesOn;

        @Override
        public Segment at(long offset) {
            Segment found = drop(offset);
            if (found != null) {
                return found;
            }
            List<Entry> rows = goesOn ? following(offset) : List.of();
            if (rows.isEmpty() || StoreKeys.contentOffset(rows.getFirst().key()) != offset) {
                rows = holding(offset);
            }
            goesOn = addAll(rows, offset);
            found = drop(offset);
            if (found == null) {
                throw gone.get();
            }
            return found;
        }

        @Override
        public void again() {
            ahead.clear();
            goesOn = false;
        }

        private @Nullable Segment drop(long offset) {
            while (!ahead.isEmpty()) {
                Segment first = ahead.getFirst();
                if (first.holds(offset)) {
                    return first;
                }
                ahead.removeFirst();
            }
            return null;
        }

        /** The same as {@link #add} for rows, up to one of which there is more. */
        private boolean addAll(List<Entry> rows, long wanted) {
            for (Entry row : rows) {
                long start = StoreKeys.contentOffset(row.key());
                if (!add(start, ContentRow.decode(row.value()), wanted)) {
                    return false;
                }
            }
            return true;
        }

        /** Adds a row's segments; false when there is more in the row than is fetched at once. */
        private boolean add(long start, ContentRow row, long wanted) {
            switch (row) {
                case ContentRow.Inline inline -> ahead.add(Segment.of(start, inline.bytes()));
                case ContentRow.Extents extents -> addPieces(start, extents.pieces());
                case ContentRow.Parts parts -> {
                    return addParts(start, parts.spans(), wanted);
                }
            }
            return true;
        }

        private void addPieces(long start, List<Piece> pieces) {
            long at = start;
            for (Piece piece : pieces) {
                ahead.add(Segment.of(at, piece));
                at += piece.length();
            }
        }

        private boolean addParts(long start, List<ContentRow.PartSpan> spans, long wanted) {
            List<Long> starts = new ArrayList<>();
            List<byte[]> keys = new ArrayList<>();
            long at = start;
            boolean all = true;
            for (ContentRow.PartSpan span : spans) {
                if (keys.size() == PARTS_AHEAD) {
                    all = false;
                    break;
                }
                if (at + span.sizeBytes() > wanted) {
                    starts.add(at);
                    keys.add(StoreKeys.part(contentId, span.number()));
                }
                at += span.sizeBytes();
            }
            List<byte @Nullable []> records = space.multiGet(keys);
            for (int i = 0; i < keys.size(); i++) {
                byte[] record = records.get(i);
                if (record == null) {
                    throw gone.get();
                }
                PartRow part = PartRow.decode(record);
                if (part.pieces().isEmpty()) {
                    ahead.add(Segment.of(starts.get(i), part.inline()));
                } else {
                    addPieces(starts.get(i), part.pieces());
                }
            }
            return all;
        }
    }

    private List<Entry> following(long offset) {
        return space.scan(
                Scan.range(
                        StoreKeys.content(contentId, offset),
                        StoreKeys.content(contentId, Long.MAX_VALUE),
                        AHEAD));
    }

    /** The row that begins at or before the offset. */
    private List<Entry> holding(long offset) {
        return space.scan(
                new Scan(
                        StoreKeys.contents(contentId),
                        StoreKeys.content(contentId, offset + 1),
                        1,
                        true,
                        false));
    }
}
