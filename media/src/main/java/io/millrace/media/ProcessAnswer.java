package io.millrace.media;

import java.time.Instant;
import java.util.Map;

/** What came of a {@link ProcessPlan}: bytes to send, or a refusal in the words of the OSS API. */
public sealed interface ProcessAnswer {

    /**
     * The result.
     *
     * @param contentType the MIME type of {@code bytes}
     * @param bytes the whole result; not to be changed
     * @param etag hash of the source's ETag and the canonical process, lower-case hex without
     *     quotes: equal requests on an unchanged source have equal ETags, whatever engine made the
     *     bytes
     * @param lastModified when the source was last changed, or a watermark's picture after it
     * @param headers what the source says of how long copies may be kept: {@code cache-control} and
     *     {@code expires}, in lower case, where it has them
     */
    record Answer(
            String contentType,
            byte[] bytes,
            String etag,
            Instant lastModified,
            Map<String, String> headers)
            implements ProcessAnswer {
        public Answer {
            headers = Map.copyOf(headers);
        }
    }

    /** What a result will be told apart by, known before any work: as in {@link Answer}. */
    record Version(String etag, Instant lastModified) {}

    /**
     * No result.
     *
     * @param status the HTTP status: 400, 403, 404, 500, 501 or 503
     * @param code the OSS error code, such as {@code InvalidArgument}, {@code BadRequest} or {@code
     *     NoSuchKey}
     * @param message what is wrong and what to do, fit to be shown to the caller
     */
    record Refused(int status, String code, String message) implements ProcessAnswer {}
}
