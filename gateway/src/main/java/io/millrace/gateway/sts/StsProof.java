package io.millrace.gateway.sts;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.millrace.access.Access;
import io.millrace.access.Caller;
import io.millrace.access.Resolution;
import io.millrace.gateway.sts.StsRequest.Flavour;
import io.millrace.kit.Clocks;
import io.millrace.kit.http.Exchange;
import io.millrace.signing.Claim;
import io.millrace.signing.Credential;
import io.millrace.signing.Credentials;
import io.millrace.signing.Problem;
import io.millrace.signing.SignedRequest;
import io.millrace.signing.VerifyOutcome;
import java.time.Duration;

/** Proves who sent an STS request; each nonce counts once. Thread-safe. */
final class StsProof {
    private final Access access;
    private final Clocks clocks;

    /** Twice the window in which a signature holds. */
    private final Cache<String, Boolean> nonces;

    StsProof(Access access, Clocks clocks) {
        this.access = access;
        this.clocks = clocks;
        this.nonces =
                Caffeine.newBuilder()
                        .maximumSize(200_000)
                        .expireAfterWrite(Duration.ofMinutes(31))
                        .ticker(clocks.monotonic()::nanos)
                        .build();
    }

    Caller prove(Exchange exchange, StsRequest request) {
        SignedRequest signed =
                new SignedRequest(
                        exchange.method(),
                        exchange.rawPath(),
                        exchange.rawQuery(),
                        exchange.headers());
        boolean aws = request.flavour() == Flavour.AWS;
        return switch (Credentials.parseRpc(signed, request.body())) {
            case Credential.Anonymous() ->
                    throw refused(
                            request,
                            aws ? 403 : 400,
                            aws ? "MissingAuthenticationToken" : "MissingAccessKeyId",
                            "The request is not signed.");
            case Credential.Malformed(Problem problem, String message, var ignored) ->
                    throw refused(request, 400, "IncompleteSignature", message);
            case Claim claim -> verified(request, claim);
        };
    }

    private Caller verified(StsRequest request, Claim claim) {
        boolean aws = request.flavour() == Flavour.AWS;
        boolean own =
                switch (claim.form()) {
                    case RPC_V1, ACS3 -> !aws;
                    case SIGV4_HEADER, SIGV4_URL -> aws && claim.service().equals("sts");
                    default -> false;
                };
        if (!own) {
            throw refused(
                    request,
                    400,
                    "IncompleteSignature",
                    aws
                            ? "Sign with AWS4-HMAC-SHA256 for the service sts."
                            : "Sign with RPC signature version 1.0 or ACS3-HMAC-SHA256.");
        }
        Resolution.Resolved known = known(request, claim);
        switch (claim.verify(known.secret(), clocks)) {
            case VerifyOutcome.Verified verified -> once(request, claim);
            case VerifyOutcome.Mismatch mismatch ->
                    throw refused(
                            request,
                            aws ? 403 : 400,
                            "SignatureDoesNotMatch",
                            aws
                                    ? "The request signature we calculated does not match the"
                                            + " signature you provided."
                                    : "Specified signature is not matched with our calculation."
                                            + " server string to sign is:"
                                            + mismatch.stringToSign());
            case VerifyOutcome.Expired expired -> throw late(request);
            case VerifyOutcome.Skewed skewed -> throw late(request);
            case VerifyOutcome.Refused(Problem problem, String message) ->
                    throw refused(request, 400, "IncompleteSignature", message);
        }
        return known.caller();
    }

    private static StsException late(StsRequest request) {
        return refused(
                request,
                400,
                request.flavour() == Flavour.AWS ? "RequestExpired" : "InvalidTimeStamp.Expired",
                "Specified time stamp or date value is expired.");
    }

    private void once(StsRequest request, Claim claim) {
        if (claim.form() != Claim.Form.RPC_V1 && claim.form() != Claim.Form.ACS3) {
            return;
        }
        if (claim.nonce().isEmpty() || claim.nonce().length() > 128) {
            throw refused(request, 400, "MissingSignatureNonce", "SignatureNonce is mandatory.");
        }
        String id = claim.accessKeyId() + "\n" + claim.nonce();
        if (nonces.asMap().putIfAbsent(id, Boolean.TRUE) != null) {
            throw refused(
                    request,
                    400,
                    "SignatureNonceUsed",
                    "Specified signature nonce was used already.");
        }
    }

    private Resolution.Resolved known(StsRequest request, Claim claim) {
        boolean aws = request.flavour() == Flavour.AWS;
        return switch (access.resolve(claim.accessKeyId(), claim.securityToken())) {
            case Resolution.Resolved resolved -> resolved;
            case Resolution.UnknownKey() ->
                    throw refused(
                            request,
                            aws ? 403 : 404,
                            aws ? "InvalidClientTokenId" : "InvalidAccessKeyId.NotFound",
                            "Specified access key is not found.");
            case Resolution.DisabledKey() ->
                    throw refused(
                            request,
                            aws ? 403 : 400,
                            aws ? "InvalidClientTokenId" : "InvalidAccessKeyId.Inactive",
                            "Specified access key is disabled.");
            case Resolution.TokenExpired() ->
                    throw refused(
                            request,
                            aws ? 403 : 400,
                            aws ? "ExpiredToken" : "InvalidSecurityToken.Expired",
                            "The security token included in the request is expired.");
            case Resolution.TokenInvalid(String message) ->
                    throw refused(
                            request,
                            aws ? 403 : 400,
                            aws ? "InvalidClientTokenId" : "InvalidSecurityToken.Malformed",
                            message);
            case Resolution.TokenMismatch() ->
                    throw refused(
                            request,
                            aws ? 403 : 400,
                            aws
                                    ? "InvalidClientTokenId"
                                    : "InvalidSecurityToken.MismatchWithAccessKey",
                            "The security token does not match the access key.");
        };
    }

    private static StsException refused(
            StsRequest request, int status, String code, String message) {
        return new StsException(request.flavour(), status, code, message);
    }
}
