package io.millrace.store.content;

import io.millrace.store.space.In;
import io.millrace.store.space.Out;
import io.millrace.store.space.StoreException;
import java.util.List;

/** Where an object's bytes stand. */
public sealed interface Layout {
    /** No bytes. */
    record Empty() implements Layout {}

    /** One content row that belongs to this object alone and holds all bytes. */
    record OneRow(long contentId) implements Layout {}

    /** Extents, in the object's own record. */
    record Direct(List<Piece> pieces) implements Layout {
        public Direct {
            pieces = List.copyOf(pieces);
        }
    }

    /** Content rows by their start offset, which copies may share. */
    record Rows(long contentId) implements Layout {}

    Layout EMPTY = new Empty();

    static void write(Out out, Layout layout) {
        switch (layout) {
            case Empty e -> out.u8(0);
            case OneRow one -> out.u8(1).varint(one.contentId());
            case Direct direct -> Piece.write(out.u8(2), direct.pieces());
            case Rows rows -> out.u8(3).varint(rows.contentId());
        }
    }

    static Layout read(In in) {
        int tag = in.u8();
        return switch (tag) {
            case 0 -> EMPTY;
            case 1 -> new OneRow(in.varint());
            case 2 -> new Direct(Piece.read(in));
            case 3 -> new Rows(in.varint());
            default ->
                    throw new StoreException(
                            StoreException.Code.CORRUPT, "an object has the layout " + tag);
        };
    }
}
