package io.millrace.store.objects;

/** What became of sealing an appendable object. */
public sealed interface SealOutcome {
    /** It will not grow any more; the same when it was sealed before. */
    record Sealed(ObjectInfo info) implements SealOutcome {}

    record PositionMismatch(long nextPosition, long crc64) implements SealOutcome {}

    record NotAppendable() implements SealOutcome {}

    record NoSuchKey() implements SealOutcome {}
}
