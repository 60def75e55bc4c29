package io.millrace.gateway.auth;

import io.millrace.access.Access;
import io.millrace.access.Caller;
import io.millrace.access.Resolution;
import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.kit.Clocks;
import io.millrace.signing.Claim;
import io.millrace.signing.Credential;
import io.millrace.signing.Credentials;
import io.millrace.signing.Payload;
import io.millrace.signing.Problem;
import io.millrace.signing.SignedRequest;
import io.millrace.signing.VerifyOutcome;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Proves who sent a request: signing verifies, access knows the secrets. Thread-safe. */
public final class Authenticator {
    /** What Millrace's own parts sign for: edges, those that run alone too, and the console. */
    private static final String OWN_REGION = "local";

    private static final Proof NOBODY = new Proof(new Caller.Anonymous(), new Payload.Unsigned());

    private final Access access;
    private final Clocks clocks;
    private final @Nullable String region;

    /**
     * @param region the one region that SigV4 signatures may be for; null: any
     */
    public Authenticator(Access access, Clocks clocks, @Nullable String region) {
        this.access = access;
        this.clocks = clocks;
        this.region = region;
    }

    /**
     * Who it is, and how the body is framed.
     *
     * @param payload what the body must match
     */
    public record Proof(Caller caller, Payload payload) {}

    /** The sender of a request on the object door; {@link Caller.Anonymous} when it is unsigned. */
    public Proof prove(SignedRequest request, Dialect dialect) {
        Proof proof = prove(Credentials.parse(request), dialect);
        if (!(proof.payload() instanceof Payload.Chunked)
                && request.header("x-amz-decoded-content-length") != null) {
            // Else the chunks' frames would be stored as the object's bytes.
            throw new GatewayException(
                    ErrorCode.INVALID_REQUEST,
                    "x-amz-decoded-content-length says that the body is aws-chunked, but no"
                            + " signed x-amz-content-sha256 says how.");
        }
        return proof;
    }

    /** The same for a credential that was read elsewhere, such as from a form. */
    public Proof prove(Credential credential, Dialect dialect) {
        return switch (credential) {
            case Credential.Anonymous() -> NOBODY;
            case Credential.Malformed(Problem problem, String message, var ignored) ->
                    throw refused(problem, message);
            case Claim claim -> verify(claim, dialect);
        };
    }

    private Proof verify(Claim claim, Dialect dialect) {
        checkScope(claim);
        Resolution resolution = access.resolve(claim.accessKeyId(), claim.securityToken());
        Resolution.Resolved known =
                switch (resolution) {
                    case Resolution.Resolved resolved -> resolved;
                    case Resolution.UnknownKey() -> throw unknown(claim, dialect);
                    case Resolution.DisabledKey() -> throw disabled(claim, dialect);
                    case Resolution.TokenInvalid(String message) ->
                            throw new GatewayException(ErrorCode.INVALID_TOKEN, message);
                    case Resolution.TokenExpired() ->
                            throw new GatewayException(ErrorCode.EXPIRED_TOKEN);
                    case Resolution.TokenMismatch() ->
                            throw new GatewayException(ErrorCode.TOKEN_MISMATCH);
                };
        return switch (claim.verify(known.secret(), clocks)) {
            case VerifyOutcome.Verified(Payload payload) -> new Proof(known.caller(), payload);
            case VerifyOutcome.Mismatch mismatch -> throw mismatch(claim, mismatch, dialect);
            case VerifyOutcome.Expired(Instant end, Instant now) ->
                    throw new GatewayException(ErrorCode.REQUEST_EXPIRED)
                            .with("Expires", end.toString())
                            .with("ServerTime", now.toString());
            case VerifyOutcome.Skewed skewed ->
                    throw new GatewayException(ErrorCode.TIME_SKEWED)
                            .with("RequestTime", skewed.requested().toString())
                            .with("ServerTime", skewed.now().toString())
                            .with(
                                    "MaxAllowedSkewMilliseconds",
                                    Long.toString(skewed.allowed().toMillis()));
            case VerifyOutcome.Refused(Problem problem, String message) ->
                    throw refused(problem, message);
        };
    }

    /** A signature for another service, such as sts, is no key to objects. */
    private void checkScope(Claim claim) {
        boolean sigV4 = claim.form().dialect() == Credential.Dialect.S3;
        String service = sigV4 ? "s3" : "oss";
        if (!claim.service().isEmpty() && !claim.service().equals(service)) {
            throw new GatewayException(
                    ErrorCode.BAD_AUTHORIZATION, "Sign for the service " + service + ".");
        }
        if (sigV4
                && region != null
                && !claim.region().equals(region)
                && !claim.region().equals(OWN_REGION)) {
            // SDKs take the right region from the element, or on HEAD from the header.
            throw new GatewayException(
                            claim.form().url()
                                    ? ErrorCode.BAD_QUERY_AUTH
                                    : ErrorCode.BAD_AUTHORIZATION,
                            "The authorization header is malformed; the region '"
                                    + claim.region()
                                    + "' is wrong; expecting '"
                                    + region
                                    + "'")
                    .with("Region", region)
                    .withHeader("x-amz-bucket-region", region);
        }
    }

    private static GatewayException unknown(Claim claim, Dialect dialect) {
        return new GatewayException(ErrorCode.INVALID_ACCESS_KEY)
                .with(keyElement(dialect), claim.accessKeyId());
    }

    private static GatewayException disabled(Claim claim, Dialect dialect) {
        return new GatewayException(ErrorCode.INVALID_ACCESS_KEY, "The access key is disabled.")
                .with(keyElement(dialect), claim.accessKeyId());
    }

    private static GatewayException mismatch(
            Claim claim, VerifyOutcome.Mismatch mismatch, Dialect dialect) {
        String text = mismatch.stringToSign();
        GatewayException failure =
                new GatewayException(ErrorCode.SIGNATURE_MISMATCH)
                        .with(keyElement(dialect), claim.accessKeyId())
                        .with("SignatureProvided", mismatch.signatureProvided())
                        .with("StringToSign", text)
                        .with(
                                "StringToSignBytes",
                                HexFormat.ofDelimiter(" ")
                                        .withUpperCase()
                                        .formatHex(text.getBytes(StandardCharsets.UTF_8)));
        if (!mismatch.canonicalRequest().isEmpty()) {
            failure.with("CanonicalRequest", mismatch.canonicalRequest());
        }
        return failure;
    }

    private static String keyElement(Dialect dialect) {
        return dialect == Dialect.OSS ? "OSSAccessKeyId" : "AWSAccessKeyId";
    }

    private static GatewayException refused(Problem problem, String message) {
        ErrorCode code =
                switch (problem) {
                    case MALFORMED, BAD_SCOPE, AMBIGUOUS -> ErrorCode.BAD_AUTHORIZATION;
                    case TWO_TOKENS -> ErrorCode.INVALID_ARGUMENT;
                    case BAD_DATE, UNSIGNED_HEADERS -> ErrorCode.ACCESS_DENIED;
                    case BAD_CONTENT_SHA256 -> ErrorCode.INVALID_ARGUMENT;
                    case EXPIRES_TOO_LONG -> ErrorCode.BAD_QUERY_AUTH;
                    case UNSUPPORTED -> ErrorCode.INVALID_REQUEST;
                };
        return new GatewayException(code, message);
    }
}
