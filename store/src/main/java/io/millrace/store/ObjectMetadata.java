package io.millrace.store;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client says about an object's content.
 *
 * @param contentType the MIME type; null when none was given
 * @param headers system headers to give back: Cache-Control, Content-Disposition, Content-Encoding,
 *     Content-Language, Expires, by lower-case name
 * @param userMetadata {@code x-oss-meta-*} and {@code x-amz-meta-*} without their prefix, by
 *     lower-case name
 */
public record ObjectMetadata(
        @Nullable String contentType,
        Map<String, String> headers,
        Map<String, String> userMetadata) {
    public static final ObjectMetadata NONE = new ObjectMetadata(null, Map.of(), Map.of());

    /** All names and values together, in UTF-8 bytes. */
    public static final int MAX_BYTES = 8 * 1024;

    public ObjectMetadata {
        headers = Map.copyOf(headers);
        userMetadata = Map.copyOf(userMetadata);
    }

    public static ObjectMetadata ofType(String contentType) {
        return new ObjectMetadata(contentType, Map.of(), Map.of());
    }
}
