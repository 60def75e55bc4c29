package io.millrace.signing;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** OSS signatures for a client: V1 URLs, V4 headers and V4 URLs. Thread-safe. */
@SuppressWarnings({"DoNotCallSuggester", "UnusedVariable"})
public final class OssSigner {
    private final AccessKey key;
    private final String region;

    public OssSigner(AccessKey key, String region) {
        this.key = key;
        this.region = region;
    }

    /**
     * The query of a V1 signed URL: the request's own query, then Expires, OSSAccessKeyId,
     * Signature.
     */
    public String presignV1(SignedRequest request, Instant expires) {
        throw new UnsupportedOperationException("being written");
    }

    /** The headers to add for V4: x-oss-date, x-oss-content-sha256, the token, Authorization. */
    public List<Map.Entry<String, String>> signV4(SignedRequest request, Instant now) {
        throw new UnsupportedOperationException("being written");
    }

    /** The query of a V4 signed URL. */
    public String presignV4(SignedRequest request, Duration expires, Instant now) {
        throw new UnsupportedOperationException("being written");
    }
}
