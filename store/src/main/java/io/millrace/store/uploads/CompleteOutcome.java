package io.millrace.store.uploads;

import io.millrace.store.objects.ObjectInfo;
import org.jspecify.annotations.Nullable;

/**
 * What became of completing an upload; after all but {@link Completed} the upload is still open.
 */
public sealed interface CompleteOutcome {
    record Completed(ObjectInfo info) implements CompleteOutcome {}

    record NoSuchUpload() implements CompleteOutcome {}

    /** The part was never uploaded, or has another ETag or checksum. */
    record InvalidPart(int number) implements CompleteOutcome {}

    /** The numbers do not rise. */
    record InvalidPartOrder(int number) implements CompleteOutcome {}

    /** A part other than the last is smaller than the least that the settings allow. */
    record PartTooSmall(int number, long sizeBytes, long leastBytes) implements CompleteOutcome {}

    /** All parts were asked for and none was uploaded, or none was named and some were. */
    record NoParts() implements CompleteOutcome {}

    record DigestMismatch(String digest, String expected, String actual)
            implements CompleteOutcome {}

    /** The object would be of another size than the client says. */
    record SizeMismatch(long expectedBytes, long actualBytes) implements CompleteOutcome {}

    record PreconditionFailed(@Nullable ObjectInfo current) implements CompleteOutcome {}
}
