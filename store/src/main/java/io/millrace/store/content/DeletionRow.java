package io.millrace.store.content;

import io.millrace.store.space.In;
import io.millrace.store.space.Out;
import io.millrace.store.space.StoreException;
import java.util.List;

/** Something that nothing refers to any more, to be freed when its grace is over. */
public sealed interface DeletionRow {
    int FORMAT = 2;

    /** The content of an object that was deleted or overwritten. */
    record OfObject(long incarnation, Layout layout) implements DeletionRow {}

    /** The extents of a part that was uploaded again. */
    record OfPart(long partId, List<Piece> pieces) implements DeletionRow {
        public OfPart {
            pieces = List.copyOf(pieces);
        }
    }

    /** The parts of an upload that its object does not name; all of them when it was aborted. */
    record OfUpload(long number) implements DeletionRow {}

    default byte[] encode() {
        Out out = new Out(64).u8(FORMAT);
        switch (this) {
            case OfObject o -> Layout.write(out.u8(0).varint(o.incarnation()), o.layout());
            case OfPart p -> Piece.write(out.u8(1).varint(p.partId()), p.pieces());
            case OfUpload u -> out.u8(2).varint(u.number());
        }
        return out.done();
    }

    static DeletionRow decode(byte[] bytes) {
        In in = In.record(bytes, FORMAT, "a deletion");
        int tag = in.u8();
        return switch (tag) {
            case 0 -> new OfObject(in.varint(), Layout.read(in));
            case 1 -> new OfPart(in.varint(), Piece.read(in));
            case 2 -> new OfUpload(in.varint());
            default ->
                    throw new StoreException(
                            StoreException.Code.CORRUPT, "a deletion has the kind " + tag);
        };
    }
}
