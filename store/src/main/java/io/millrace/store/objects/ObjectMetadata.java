package io.millrace.store.objects;

import io.millrace.store.space.StoreKeys;
import java.util.List;
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

    /** Throws INVALID_ARGUMENT when it takes more than {@link #MAX_BYTES}. */
    public void requireWithinLimits() {
        long bytes = contentType == null ? 0 : StoreKeys.utf8(contentType).length;
        for (Map<String, String> map : List.of(headers, userMetadata)) {
            for (Map.Entry<String, String> entry : map.entrySet()) {
                bytes += StoreKeys.utf8(entry.getKey()).length;
                bytes += StoreKeys.utf8(entry.getValue()).length;
            }
        }
        if (bytes > MAX_BYTES) {
            throw StoreKeys.invalid("an object's metadata takes at most " + MAX_BYTES + " bytes");
        }
    }
}
