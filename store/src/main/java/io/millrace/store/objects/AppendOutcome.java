package io.millrace.store.objects;

/** What became of an append; only {@link Appended} changed anything. */
public sealed interface AppendOutcome {
    /**
     * Durable and readable.
     *
     * @param nextPosition the object's length now
     * @param crc64 of the whole object, unsigned
     */
    record Appended(long nextPosition, long crc64, ObjectInfo info) implements AppendOutcome {}

    /**
     * The object's length is another; a client whose answer got lost compares both figures with its
     * own and sees whether its append happened.
     *
     * @param nextPosition the object's length, 0 when there is none
     */
    record PositionMismatch(long nextPosition, long crc64) implements AppendOutcome {}

    /** The object there was not made by an append. */
    record NotAppendable() implements AppendOutcome {}

    /** The object has been sealed. */
    record Sealed(ObjectInfo info) implements AppendOutcome {}

    /** The object would pass the limit. */
    record TooLarge(long limitBytes) implements AppendOutcome {}

    record DigestMismatch(String digest, String expected, String actual) implements AppendOutcome {}

    record IncompleteBody(long expectedBytes, long receivedBytes) implements AppendOutcome {}
}
