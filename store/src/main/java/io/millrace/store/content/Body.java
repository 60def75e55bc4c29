package io.millrace.store.content;

import java.util.List;

/** What became of receiving a request body. */
public sealed interface Body {
    /**
     * All bytes are here and durable as far as they are in extents; nothing refers to them yet.
     *
     * @param inline the bytes when there are no pieces
     */
    record Content(long sizeBytes, byte[] md5, long crc64, byte[] inline, List<Piece> pieces)
            implements Body {
        public Content {
            pieces = List.copyOf(pieces);
        }
    }

    record DigestMismatch(String digest, String expected, String actual) implements Body {}

    record TooLarge(long limitBytes) implements Body {}

    record Incomplete(long expectedBytes, long receivedBytes) implements Body {}
}
