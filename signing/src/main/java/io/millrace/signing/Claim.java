package io.millrace.signing;

import io.millrace.kit.Clocks;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A credential that could be read: someone claims to hold the secret of {@link #accessKeyId}. Look
 * the secret up and call {@link #verify}. Immutable and thread-safe.
 */
public non-sealed interface Claim extends Credential {

    /** The signature form. */
    enum Form {
        OSS_V1_HEADER(Dialect.OSS, false),
        OSS_V1_URL(Dialect.OSS, true),
        OSS_V2_HEADER(Dialect.OSS, false),
        OSS_V2_URL(Dialect.OSS, true),
        OSS_V4_HEADER(Dialect.OSS, false),
        OSS_V4_URL(Dialect.OSS, true),
        SIGV4_HEADER(Dialect.S3, false),
        SIGV4_URL(Dialect.S3, true),
        POST_OSS_V1(Dialect.OSS, false),
        POST_OSS_V4(Dialect.OSS, false),
        POST_SIGV4(Dialect.S3, false),
        RPC_V1(Dialect.STS, true),
        ACS3(Dialect.STS, false);

        private final Dialect dialect;
        private final boolean url;

        Form(Dialect dialect, boolean url) {
            this.dialect = dialect;
            this.url = url;
        }

        /**
         * Whose error format answers it; a SigV4 request for the service {@code sts} is the
         * caller's to know.
         */
        public Dialect dialect() {
            return dialect;
        }

        /** True when the signature stands in the URL. */
        public boolean url() {
            return url;
        }
    }

    Form form();

    String accessKeyId();

    /** The STS security token that came along; null when there is none. */
    @Nullable String securityToken();

    /**
     * The service of the credential scope ({@code s3}, {@code oss}, {@code sts}); empty for forms
     * without one.
     */
    default String service() {
        return "";
    }

    /**
     * The region of the credential scope; empty for forms without one. Which are accepted is the
     * caller's to say.
     */
    default String region() {
        return "";
    }

    /**
     * What tells this request from another, where it is to be accepted once: the nonce of an RPC
     * form, SigV4's signature in a header; empty for other forms.
     */
    default String nonce() {
        return "";
    }

    /**
     * Verifies the signature and the times, in constant time over the signature's bytes.
     *
     * @param secret the secret that belongs to {@link #accessKeyId}
     */
    VerifyOutcome verify(String secret, Instant now);

    /**
     * The same by a node's clocks: windows of time by the wall clock, which clients can ask for; an
     * end that was reached stays reached when the wall clock is set back.
     */
    default VerifyOutcome verify(String secret, Clocks clocks) {
        Instant forward = clocks.forward().instant();
        Instant wall = clocks.wall().instant();
        boolean setBack = forward.isAfter(wall.plusSeconds(1));
        return setBack && verify(secret, forward) instanceof VerifyOutcome.Expired expired
                ? expired
                : verify(secret, wall);
    }
}
