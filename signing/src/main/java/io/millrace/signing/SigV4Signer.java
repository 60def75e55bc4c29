package io.millrace.signing;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * AWS Signature Version 4 for a client: our edge, command line, console and benchmarks.
 * Thread-safe.
 *
 * <p>Source: the S3 API reference, "Authenticating Requests (AWS Signature Version 4)".
 */
@SuppressWarnings({"DoNotCallSuggester", "UnusedVariable"})
public final class SigV4Signer {
    /** The payload hash that says "not signed". */
    public static final String UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD";

    private final AccessKey key;
    private final String region;
    private final String service;

    public SigV4Signer(AccessKey key, String region, String service) {
        this.key = key;
        this.region = region;
        this.service = service;
    }

    /**
     * The headers to add: x-amz-date, x-amz-content-sha256, x-amz-security-token when there is one,
     * and Authorization. Every header of {@code request} is signed; it must hold Host.
     *
     * @param payloadHash SHA-256 of the body in lower-case hexadecimal, or {@link
     *     #UNSIGNED_PAYLOAD}
     */
    public List<Map.Entry<String, String>> sign(
            SignedRequest request, String payloadHash, Instant now) {
        throw new UnsupportedOperationException("being written");
    }

    /** The query of a presigned URL: the request's own query and the signature's parameters. */
    public String presign(SignedRequest request, Duration expires, Instant now) {
        throw new UnsupportedOperationException("being written");
    }

    /** The SHA-256 of a body as {@link #sign} wants it. */
    public static String payloadHash(byte[] body) {
        return Hashes.sha256Hex(body);
    }
}
