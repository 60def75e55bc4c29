package io.millrace.store.uploads;

import io.millrace.store.content.ExpectedDigests;
import io.millrace.store.objects.WriteConditions;
import java.util.List;

/**
 * A request to make one object of an upload's parts.
 *
 * @param parts in rising order of their numbers; empty takes all parts that were uploaded (the OSS
 *     header x-oss-complete-all)
 * @param expected the CRC64 of the whole object is checked; the other digests are not
 */
public record CompleteUpload(
        String bucket,
        String key,
        String uploadId,
        List<NamedPart> parts,
        ExpectedDigests expected,
        WriteConditions conditions) {
    /** A part as the client names it; the ETag without quotes. */
    public record NamedPart(int number, String etag) {}

    public CompleteUpload {
        parts = List.copyOf(parts);
    }
}
