package io.millrace.store.content;

import io.millrace.extents.ExtentRef;
import io.millrace.store.space.In;
import io.millrace.store.space.Out;
import java.util.ArrayList;
import java.util.List;

/**
 * A run of bytes inside an extent. A put refers to whole extents, a part copy may refer to a slice.
 *
 * @param from the first byte, counted from the extent's beginning
 */
public record Piece(ExtentRef ref, long from, long length) {
    /** The most pieces that one record holds; more are copied together instead. */
    static final int MAX = 128;

    public Piece {
        if (from < 0 || length < 1 || from + length > ref.length()) {
            throw new IllegalArgumentException("a piece lies within its extent");
        }
    }

    public static Piece whole(ExtentRef ref) {
        return new Piece(ref, 0, ref.length());
    }

    static long total(List<Piece> pieces) {
        long total = 0;
        for (Piece piece : pieces) {
            total += piece.length();
        }
        return total;
    }

    static void write(Out out, List<Piece> pieces) {
        out.varint(pieces.size());
        for (Piece piece : pieces) {
            ExtentRef ref = piece.ref();
            out.u8(ref.store()).varint(ref.volume()).varint(ref.offset()).varint(ref.length());
            out.varint(piece.from()).varint(piece.length());
        }
    }

    static List<Piece> read(In in) {
        int count = in.count();
        List<Piece> pieces = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            ExtentRef ref = new ExtentRef(in.u8(), in.varint(), in.varint(), in.varint());
            pieces.add(new Piece(ref, in.varint(), in.varint()));
        }
        return List.copyOf(pieces);
    }

    /** The same pieces with one extent replaced by its copy. */
    public static List<Piece> moved(List<Piece> pieces, ExtentRef old, ExtentRef now) {
        return pieces.stream()
                .map(p -> p.ref().equals(old) ? new Piece(now, p.from(), p.length()) : p)
                .toList();
    }
}
