package io.millrace.store.uploads;

import io.millrace.store.objects.ReadConditions;

/** What became of uploading or copying a part; only {@link Stored} changed anything. */
public sealed interface PartOutcome {
    record Stored(PartInfo part) implements PartOutcome {}

    record NoSuchUpload() implements PartOutcome {}

    record DigestMismatch(String digest, String expected, String actual) implements PartOutcome {}

    record TooLarge(long limitBytes) implements PartOutcome {}

    record IncompleteBody(long expectedBytes, long receivedBytes) implements PartOutcome {}

    /** Only for a part copy: there is no such source object. */
    record NoSuchSource() implements PartOutcome {}

    /** Only for a part copy: the source does not meet its conditions. */
    record SourceConditionFailed(ReadConditions.Verdict verdict) implements PartOutcome {}

    /** Only for a part copy: the range begins or ends past the source's end. */
    record InvalidRange(long sourceBytes) implements PartOutcome {}
}
