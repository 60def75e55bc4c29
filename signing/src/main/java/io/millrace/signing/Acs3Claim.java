package io.millrace.signing;

import io.millrace.signing.VerifyOutcome.Mismatch;
import io.millrace.signing.VerifyOutcome.Refused;
import io.millrace.signing.VerifyOutcome.Verified;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The OpenAPI signature, version 3: {@code ACS3-HMAC-SHA256} over a canonical request whose payload
 * hash and x-acs-* headers are signed; the key is the secret itself.
 *
 * <p>Source: the Alibaba Cloud OpenAPI documentation, "Request syntax and signature method V3".
 */
record Acs3Claim(
        String accessKeyId,
        @Nullable String securityToken,
        SignedRequest request,
        Query query,
        List<String> signed,
        String date,
        String nonce,
        String payloadHash,
        String signature)
        implements Claim {

    private static final String ALGORITHM = "ACS3-HMAC-SHA256";

    static Credential parse(SignedRequest request, Query query, String authorization, byte[] body) {
        String fields = authorization.substring(ALGORITHM.length() + 1);
        String id = Headers.field(fields, "Credential", '=');
        String signed = Headers.field(fields, "SignedHeaders", '=');
        String signature = Headers.field(fields, "Signature", '=');
        if (id.isEmpty() || signed.isEmpty() || signature.isEmpty()) {
            return Credentials.malformed(
                    Dialect.STS, "The header needs Credential, SignedHeaders and Signature.");
        }
        String hash = Hashes.sha256Hex(body);
        String given = request.header("x-acs-content-sha256");
        if (given != null && !given.strip().equals(hash)) {
            return new Malformed(
                    Problem.BAD_CONTENT_SHA256,
                    "x-acs-content-sha256 is not the SHA-256 of the body.",
                    Dialect.STS);
        }
        return new Acs3Claim(
                id,
                request.header("x-acs-security-token"),
                request,
                query,
                Headers.names(signed),
                Objects.requireNonNullElse(request.header("x-acs-date"), ""),
                Objects.requireNonNullElse(request.header("x-acs-signature-nonce"), ""),
                hash,
                signature);
    }

    @Override
    public Form form() {
        return Form.ACS3;
    }

    @Override
    public VerifyOutcome verify(String secret, Instant now) {
        Instant time = Times.parseAny(date);
        if (time == null) {
            return new Refused(
                    Problem.BAD_DATE, "x-acs-date must read yyyy-MM-ddTHH:mm:ssZ in UTC.");
        }
        VerifyOutcome skewed = Times.skew(time, now);
        if (skewed != null) {
            return skewed;
        }
        for (Map.Entry<String, String> header : request.headers()) {
            String name = Headers.lower(header.getKey());
            // The Java SDK leaves Host out, so it may be unsigned here.
            if (name.startsWith("x-acs-") && !signed.contains(name)) {
                return new Refused(
                        Problem.UNSIGNED_HEADERS,
                        "There were headers present in the request which were not signed: " + name);
            }
        }
        String canonical = SigV4Claim.canonical(request, query, signed, payloadHash);
        String text = ALGORITHM + "\n" + Hashes.sha256Hex(canonical);
        String expected = Hashes.HEX.formatHex(HmacKey.sha256(secret).sign(text));
        return Hashes.same(expected, signature)
                ? new Verified(new Payload.Unsigned())
                : new Mismatch(text, canonical, signature);
    }

    @Override
    public String toString() {
        return "ACS3[" + accessKeyId + "]";
    }
}
