package io.millrace.store.content;

import org.jspecify.annotations.Nullable;

/** A run of an object: bytes in memory, or a piece of an extent. */
public record Segment(long start, long length, byte @Nullable [] bytes, @Nullable Piece piece) {
    public static Segment of(long start, byte[] bytes) {
        return new Segment(start, bytes.length, bytes, null);
    }

    public static Segment of(long start, Piece piece) {
        return new Segment(start, piece.length(), null, piece);
    }

    public boolean holds(long offset) {
        return offset >= start && offset < start + length;
    }
}
