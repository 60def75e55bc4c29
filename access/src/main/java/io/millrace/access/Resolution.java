package io.millrace.access;

/** What is known about an access key id and the security token that came with it. */
public sealed interface Resolution {
    /** The secret to verify the signature with, and who it is once that holds. */
    record Resolved(String secret, Caller caller) implements Resolution {
        @Override
        public String toString() {
            return "Resolved[" + caller + "]";
        }
    }

    /** OSS and S3: InvalidAccessKeyId. */
    record UnknownKey() implements Resolution {}

    /** OSS: InvalidAccessKeyId (disabled); S3: InvalidAccessKeyId. */
    record DisabledKey() implements Resolution {}

    /**
     * Does not open, or its role, device or issuer has moved on. OSS: InvalidSecurityToken; S3:
     * InvalidToken.
     */
    record TokenInvalid(String message) implements Resolution {}

    /** OSS: SecurityTokenExpired; S3: ExpiredToken. */
    record TokenExpired() implements Resolution {}

    /**
     * The token belongs to another key. OSS: AccessKeyIdAndSecurityTokenNotMatch; S3: InvalidToken.
     */
    record TokenMismatch() implements Resolution {}
}
