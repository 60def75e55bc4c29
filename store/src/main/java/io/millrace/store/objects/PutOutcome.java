package io.millrace.store.objects;

import org.jspecify.annotations.Nullable;

/** What became of a put; only {@link Stored} changed anything. */
public sealed interface PutOutcome {
    /** Durable and visible. */
    record Stored(ObjectInfo info) implements PutOutcome {}

    /** The conditions do not hold of {@code current}; null: there is no such object. */
    record PreconditionFailed(@Nullable ObjectInfo current) implements PutOutcome {}

    /**
     * The bytes hash to something else than the client said.
     *
     * @param digest {@code md5}, {@code crc64} or {@code sha256}
     * @param expected what the client said: hex, or the decimal CRC
     */
    record DigestMismatch(String digest, String expected, String actual) implements PutOutcome {}

    /** The body is larger than one put may be. */
    record TooLarge(long limitBytes) implements PutOutcome {}

    /** The body ended before its declared size. */
    record IncompleteBody(long expectedBytes, long receivedBytes) implements PutOutcome {}
}
