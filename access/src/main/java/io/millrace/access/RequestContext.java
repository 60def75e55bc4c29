package io.millrace.access;

import io.millrace.access.policy.Policy;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What conditions may look at, and what else bears on a decision.
 *
 * @param requestId for the audit trail
 * @param sourceAddress the peer's IP address as text
 * @param secure true for TLS
 * @param bucketAcl what the bucket's ACL says to everybody
 * @param bucketPolicy the bucket's own policy; null when it has none
 * @param values further condition keys with lower-case internal names: {@code prefix}, {@code
 *     delimiter}, {@code max-keys}, {@code useragent}, {@code referer}
 */
public record RequestContext(
        String requestId,
        String sourceAddress,
        boolean secure,
        BucketAcl bucketAcl,
        @Nullable Policy bucketPolicy,
        Map<String, String> values) {

    /** What a bucket's ACL grants to everybody. */
    public enum BucketAcl {
        PRIVATE,
        PUBLIC_READ,
        PUBLIC_READ_WRITE
    }

    public RequestContext {
        values = Map.copyOf(values);
    }

    /** A request for a private bucket without further values. */
    public static RequestContext of(String requestId, String sourceAddress, boolean secure) {
        return new RequestContext(
                requestId, sourceAddress, secure, BucketAcl.PRIVATE, null, Map.of());
    }

    public RequestContext withAcl(BucketAcl acl) {
        return new RequestContext(requestId, sourceAddress, secure, acl, bucketPolicy, values);
    }

    public RequestContext withBucketPolicy(@Nullable Policy policy) {
        return new RequestContext(requestId, sourceAddress, secure, bucketAcl, policy, values);
    }

    public RequestContext withValues(Map<String, String> more) {
        return new RequestContext(requestId, sourceAddress, secure, bucketAcl, bucketPolicy, more);
    }
}
