package io.millrace.store.objects;

import org.jspecify.annotations.Nullable;

/** What became of a copy; only {@link Copied} changed anything. */
public sealed interface CopyOutcome {
    record Copied(ObjectInfo info) implements CopyOutcome {}

    /** There is no such source object. */
    record NoSuchSource() implements CopyOutcome {}

    /** The source does not meet its conditions; never {@link ReadConditions.Verdict#MET}. */
    record SourceConditionFailed(ReadConditions.Verdict verdict) implements CopyOutcome {}

    /** The destination does not meet its conditions; null: there is no such object. */
    record PreconditionFailed(@Nullable ObjectInfo current) implements CopyOutcome {}
}
