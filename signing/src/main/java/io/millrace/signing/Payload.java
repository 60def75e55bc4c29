package io.millrace.signing;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How the bytes of a verified request's body are framed and what they must match. */
public sealed interface Payload {

    /** The body is what it is; nothing about it was signed. */
    record Unsigned() implements Payload {}

    /** The whole body must have this SHA-256, 64 lower-case hexadecimal digits. */
    record Sha256(String hex) implements Payload {}

    /**
     * {@code aws-chunked}: chunks, perhaps signed, perhaps with a trailer.
     *
     * @param decodedLength the length of the object's bytes, x-amz-decoded-content-length
     * @param trailers lower-case names that the request announced in x-amz-trailer
     * @param seed the chain that chunk signatures continue; null for unsigned chunks
     */
    record Chunked(long decodedLength, List<String> trailers, @Nullable ChunkSeed seed)
            implements Payload {
        public Chunked {
            trailers = List.copyOf(trailers);
        }
    }

    /**
     * The number of the object's bytes, -1 when only the body's end will tell.
     *
     * @param contentLength the request's Content-Length, -1 when it has none
     */
    default long length(long contentLength) {
        return this instanceof Chunked chunked ? chunked.decodedLength : contentLength;
    }

    /**
     * The object's bytes. Reading fails with {@link PayloadException} when a chunk signature, the
     * SHA-256, a length or a checksum (x-amz-checksum-* in headers or trailer: crc32, crc32c,
     * crc64nvme, sha1, sha256) is wrong; the last two only at the end, so what was read counts only
     * once the stream has answered -1.
     */
    default CheckedBody open(InputStream body, SignedRequest request) throws IOException {
        return CheckedBody.open(this, body, request);
    }
}
