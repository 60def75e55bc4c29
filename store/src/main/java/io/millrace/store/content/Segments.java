package io.millrace.store.content;

import java.util.Arrays;
import java.util.List;

/** Finds the segment of a byte. Thread-safe; its cursors are not. */
public interface Segments {
    Cursor from(long offset);

    /** Remembers where it is, so that reading on costs no seek. */
    interface Cursor {
        Segment at(long offset);

        /** Looks up again where the bytes stand: what {@link #at} named last is not there. */
        default void again() {}
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

        public Pieces(List<Piece> pieces) {
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
