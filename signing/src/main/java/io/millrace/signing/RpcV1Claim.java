package io.millrace.signing;

import io.millrace.signing.VerifyOutcome.Mismatch;
import io.millrace.signing.VerifyOutcome.Refused;
import io.millrace.signing.VerifyOutcome.Verified;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The RPC signature, version 1.0: base64 of HMAC-SHA1 (or HMAC-SHA256) with the key {@code secret&}
 * over the method, {@code %2F} and the sorted parameters of query and form.
 *
 * <p>Source: the Alibaba Cloud OpenAPI documentation, "RPC style request syntax and signature".
 */
record RpcV1Claim(
        String accessKeyId,
        @Nullable String securityToken,
        String method,
        Query all,
        String signatureMethod,
        String timestamp,
        String nonce,
        String signature)
        implements Claim {

    static Credential parse(SignedRequest request, Query query, byte[] body) {
        String type = Objects.requireNonNullElse(request.header("Content-Type"), "");
        boolean form = Headers.startsWith(type, "application/x-www-form-urlencoded");
        String text = form ? new String(body, StandardCharsets.ISO_8859_1) : "";
        String joined =
                text.isEmpty()
                        ? request.rawQuery()
                        : request.rawQuery().isEmpty() ? text : request.rawQuery() + "&" + text;
        Query all;
        try {
            all = text.isEmpty() ? query : Query.parse(joined);
        } catch (QueryException e) {
            Problem problem =
                    e.code() == QueryException.Code.REPEATED
                            ? Problem.AMBIGUOUS
                            : Problem.MALFORMED;
            return new Malformed(problem, String.valueOf(e.getMessage()), Dialect.STS);
        }
        String signature = all.get("Signature");
        String id = all.get("AccessKeyId");
        if (signature == null || id == null) {
            return new Anonymous();
        }
        String version = Objects.requireNonNullElse(all.get("SignatureVersion"), "1.0");
        String signatureMethod =
                Objects.requireNonNullElse(all.get("SignatureMethod"), "HMAC-SHA1");
        boolean known =
                version.equals("1.0")
                        && (signatureMethod.equals("HMAC-SHA1")
                                || signatureMethod.equals("HMAC-SHA256"));
        if (!known) {
            return new Malformed(
                    Problem.UNSUPPORTED,
                    "SignatureVersion must be 1.0 and SignatureMethod HMAC-SHA1 or HMAC-SHA256.",
                    Dialect.STS);
        }
        return new RpcV1Claim(
                id,
                all.get("SecurityToken"),
                request.method(),
                all,
                signatureMethod,
                Objects.requireNonNullElse(all.get("Timestamp"), ""),
                Objects.requireNonNullElse(all.get("SignatureNonce"), ""),
                signature);
    }

    @Override
    public Form form() {
        return Form.RPC_V1;
    }

    @Override
    public VerifyOutcome verify(String secret, Instant now) {
        Instant time = Times.parseAny(timestamp);
        if (time == null) {
            return new Refused(
                    Problem.BAD_DATE, "Timestamp must read yyyy-MM-ddTHH:mm:ssZ in UTC.");
        }
        VerifyOutcome skewed = Times.skew(time, now);
        if (skewed != null) {
            return skewed;
        }
        String canonical = all.canonical("Signature", true);
        String text = method + "&%2F&" + Uri.encode(canonical, false);
        HmacKey key =
                signatureMethod.equals("HMAC-SHA256")
                        ? HmacKey.sha256(secret + "&")
                        : HmacKey.sha1(secret + "&");
        String expected = Base64.getEncoder().encodeToString(key.sign(text));
        return Hashes.same(expected, signature)
                ? new Verified(new Payload.Unsigned())
                : new Mismatch(text, canonical, signature);
    }

    @Override
    public String toString() {
        return "RPC_V1[" + accessKeyId + "]";
    }
}
