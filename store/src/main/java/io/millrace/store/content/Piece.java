package io.millrace.store.content;

import io.millrace.extents.Encryption;
import io.millrace.extents.ExtentRef;
import io.millrace.extents.StoreId;
import io.millrace.store.space.In;
import io.millrace.store.space.Out;
import io.millrace.store.space.StoreException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A run of bytes inside an extent. A put refers to whole extents, a part copy may refer to a slice.
 *
 * @param from the first byte, counted from the extent's beginning
 */
public record Piece(ExtentRef ref, long from, long length) {
    /** The most pieces that one record holds; more are copied together instead. */
    static final int MAX = 128;

    private static final int SAME_WRITER = 1;
    private static final int ENCRYPTED = 2;

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

    /**
     * The pieces as they stand in records of version 2. Most pieces of a record were written by one
     * start of one store, which is said once.
     */
    static void write(Out out, List<Piece> pieces) {
        out.varint(pieces.size());
        ExtentRef before = null;
        for (Piece piece : pieces) {
            ExtentRef ref = piece.ref();
            boolean same =
                    before != null
                            && before.store().equals(ref.store())
                            && before.epoch() == ref.epoch();
            boolean clear = ref.encryption().none();
            out.u8((same ? SAME_WRITER : 0) | (clear ? 0 : ENCRYPTED));
            if (!same) {
                out.u64(ref.store().high()).u64(ref.store().low()).varint(ref.epoch());
            }
            out.varint(ref.volume()).varint(ref.offset()).varint(ref.length());
            if (!clear) {
                write(out, ref.encryption());
            }
            out.varint(piece.from()).varint(piece.length());
            before = ref;
        }
    }

    static void write(Out out, Encryption encryption) {
        out.varint(encryption.keyId());
        out.u32(encryption.nonceHigh()).u64(encryption.nonceLow());
    }

    /** Reads the pieces of a record of either version. */
    static List<Piece> read(In in) {
        int count = in.count();
        List<Piece> pieces = new ArrayList<>(count);
        ExtentRef before = null;
        for (int i = 0; i < count; i++) {
            before = in.version() == 1 ? unnamed(in) : ref(in, before);
            pieces.add(new Piece(before, in.varint(), in.varint()));
        }
        return List.copyOf(pieces);
    }

    private static ExtentRef unnamed(In in) {
        int store = in.u8();
        if (store != 0) {
            throw corrupt("names the store " + store);
        }
        return ExtentRef.unnamed(in.varint(), in.varint(), in.varint());
    }

    private static ExtentRef ref(In in, @Nullable ExtentRef before) {
        int flags = in.u8();
        boolean same = (flags & SAME_WRITER) != 0;
        if ((flags & ~(SAME_WRITER | ENCRYPTED)) != 0 || (same && before == null)) {
            throw corrupt("has the flags " + flags);
        }
        StoreId store = same && before != null ? before.store() : new StoreId(in.u64(), in.u64());
        long epoch = same && before != null ? before.epoch() : in.varint();
        long volume = in.varint();
        long offset = in.varint();
        long length = in.varint();
        Encryption encryption = (flags & ENCRYPTED) != 0 ? encryption(in) : Encryption.NONE;
        return new ExtentRef(store, epoch, volume, offset, length, encryption);
    }

    static Encryption encryption(In in) {
        return new Encryption((int) in.varint(), in.u32(), in.u64());
    }

    private static StoreException corrupt(String what) {
        return new StoreException(
                StoreException.Code.CORRUPT, "a piece in a record of the store " + what);
    }

    /** The same pieces with one extent replaced by its copy. */
    public static List<Piece> moved(List<Piece> pieces, ExtentRef old, ExtentRef now) {
        return pieces.stream()
                .map(p -> p.ref().equals(old) ? new Piece(now, p.from(), p.length()) : p)
                .toList();
    }
}
