package io.millrace.signing;

import java.time.Duration;
import java.time.Instant;

/** What came of verifying a {@link Claim}. */
public sealed interface VerifyOutcome {

    /** The signature is right; read the body through {@link Payload#open}. */
    record Verified(Payload payload) implements VerifyOutcome {}

    /**
     * The signature is wrong. Both strings go into the dialect's SignatureDoesNotMatch answer; they
     * hold nothing that the client did not send.
     *
     * @param canonicalRequest empty for forms that have none
     */
    record Mismatch(String stringToSign, String canonicalRequest, String signatureProvided)
            implements VerifyOutcome {}

    /** A signed URL or a POST policy was used after its end. */
    record Expired(Instant end, Instant now) implements VerifyOutcome {}

    /** The request's time is too far from the server's. */
    record Skewed(Instant requested, Instant now, Duration allowed) implements VerifyOutcome {}

    /** Refused for its form; {@code message} is public text. */
    record Refused(Problem problem, String message) implements VerifyOutcome {}
}
