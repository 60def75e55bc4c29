package io.millrace.store.content;

import io.millrace.store.space.In;
import io.millrace.store.space.Out;
import io.millrace.store.space.StoreException;
import java.util.ArrayList;
import java.util.List;

/** A run of an object's content, stored under (content id, start offset). */
public sealed interface ContentRow {
    int FORMAT = 2;

    long sizeBytes();

    /** The bytes themselves. */
    record Inline(byte[] bytes) implements ContentRow {
        @Override
        public long sizeBytes() {
            return bytes.length;
        }
    }

    /** Extents; the content owns them. */
    record Extents(List<Piece> pieces) implements ContentRow {
        public Extents {
            pieces = List.copyOf(pieces);
        }

        @Override
        public long sizeBytes() {
            return Piece.total(pieces);
        }
    }

    /** Parts of the upload whose number is the content id. */
    record Parts(List<PartSpan> spans) implements ContentRow {
        /** The most that one row names. */
        public static final int MAX = 500;

        public Parts {
            spans = List.copyOf(spans);
        }

        @Override
        public long sizeBytes() {
            long total = 0;
            for (PartSpan span : spans) {
                total += span.sizeBytes();
            }
            return total;
        }
    }

    /** One part and its size. */
    record PartSpan(int number, long sizeBytes) {}

    static byte[] inline(byte[] source, int offset, int length) {
        return new Out(length + 2).u8(FORMAT).u8(0).raw(source, offset, length).done();
    }

    default byte[] encode() {
        return switch (this) {
            case Inline inline -> inline(inline.bytes(), 0, inline.bytes().length);
            case Extents extents -> {
                Out out = new Out(64).u8(FORMAT).u8(1);
                Piece.write(out, extents.pieces());
                yield out.done();
            }
            case Parts parts -> {
                Out out = new Out(parts.spans().size() * 6 + 8).u8(FORMAT).u8(2);
                out.varint(parts.spans().size());
                parts.spans().forEach(s -> out.varint(s.number()).varint(s.sizeBytes()));
                yield out.done();
            }
        };
    }

    static ContentRow decode(byte[] bytes) {
        In in = In.record(bytes, FORMAT, "content");
        int tag = in.u8();
        return switch (tag) {
            case 0 -> new Inline(in.rest());
            case 1 -> new Extents(Piece.read(in));
            case 2 -> {
                int count = in.count();
                List<PartSpan> spans = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    spans.add(new PartSpan((int) in.varint(), in.varint()));
                }
                yield new Parts(spans);
            }
            default ->
                    throw new StoreException(
                            StoreException.Code.CORRUPT, "a content row has the kind " + tag);
        };
    }
}
