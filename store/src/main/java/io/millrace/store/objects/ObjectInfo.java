package io.millrace.store.objects;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An object at one moment.
 *
 * @param etag without quotes: the MD5 in lower-case hex, {@code md5-parts} for a multipart object,
 *     and for an appendable one a text with dashes that is no MD5
 * @param crc64 CRC-64/ECMA-182 of all bytes, unsigned
 * @param sealedTime when an appendable object was sealed; null while it may grow
 * @param versionId unique to the commit that made this state: each put, append and seal has its own
 * @param incarnation the version id of the commit that made the object; appends keep it
 */
public record ObjectInfo(
        String bucket,
        String key,
        long sizeBytes,
        String etag,
        long crc64,
        Instant lastModified,
        ObjectMetadata metadata,
        ObjectType type,
        @Nullable Instant sealedTime,
        long versionId,
        long incarnation) {
    public @Nullable String contentType() {
        return metadata.contentType();
    }

    public Map<String, String> headers() {
        return metadata.headers();
    }

    public Map<String, String> userMetadata() {
        return metadata.userMetadata();
    }

    /** The checksum as both dialects print it: an unsigned decimal number. */
    public String crc64Text() {
        return Long.toUnsignedString(crc64);
    }
}
