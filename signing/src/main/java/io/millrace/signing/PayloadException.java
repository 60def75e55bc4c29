package io.millrace.signing;

import java.io.IOException;

/**
 * A body does not match what its request promised. Thrown while reading; nothing read may be kept.
 */
public final class PayloadException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What was wrong. */
    public enum Code {
        /** A chunk's signature is wrong: SignatureDoesNotMatch. */
        CHUNK_SIGNATURE,
        /** The signature over the trailer is wrong: SignatureDoesNotMatch. */
        TRAILER_SIGNATURE,
        /** The body's SHA-256 is not the signed one: XAmzContentSHA256Mismatch. */
        CONTENT_SHA256,
        /** A declared checksum is wrong: BadDigest. */
        CHECKSUM,
        /**
         * A chunk header, trailer or length does not parse: InvalidRequest / MalformedTrailerError.
         */
        MALFORMED_CHUNK,
        /** The body ended early or has more bytes than declared: IncompleteBody. */
        INCOMPLETE
    }

    private final Code code;

    public PayloadException(Code code, String message) {
        super(message);
        this.code = code;
    }

    public Code code() {
        return code;
    }
}
