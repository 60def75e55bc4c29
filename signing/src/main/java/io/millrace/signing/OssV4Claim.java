package io.millrace.signing;

import io.millrace.signing.VerifyOutcome.Mismatch;
import io.millrace.signing.VerifyOutcome.Refused;
import io.millrace.signing.VerifyOutcome.Verified;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * OSS signature version 4. The canonical URI is always {@code /bucket/key}; Content-Type,
 * Content-MD5 and x-oss-* are signed by themselves, other headers when AdditionalHeaders names
 * them.
 *
 * <p>Source: the OSS documentation, "Include a V4 signature in the Authorization header".
 */
record OssV4Claim(
        Form form,
        Scope scope,
        @Nullable String securityToken,
        SignedRequest request,
        Query query,
        String date,
        Instant time,
        long expiresSeconds,
        List<String> additional,
        String signature)
        implements Claim {

    private static final String ALGORITHM = "OSS4-HMAC-SHA256";
    private static final String TERMINATOR = "aliyun_v4_request";

    static Credential header(SignedRequest request, Query query, String authorization) {
        String fields = authorization.substring(ALGORITHM.length() + 1);
        String date = request.header("x-oss-date");
        return build(
                Form.OSS_V4_HEADER,
                request,
                query,
                Headers.field(fields, "Credential", '='),
                Headers.field(fields, "Signature", '='),
                Headers.field(fields, "AdditionalHeaders", '='),
                date == null ? request.header("Date") : date,
                request.header("x-oss-security-token"),
                0);
    }

    static Credential url(SignedRequest request, Query query) {
        if (!ALGORITHM.equals(query.get("x-oss-signature-version"))) {
            return new Malformed(
                    Problem.UNSUPPORTED,
                    "x-oss-signature-version must be OSS2 or OSS4-HMAC-SHA256.",
                    Dialect.OSS);
        }
        long expires = Times.number(query.get("x-oss-expires"));
        if (expires < 1) {
            return Credentials.malformed(
                    Dialect.OSS, "x-oss-expires must be a number of seconds from 1 to 604800.");
        }
        if (expires > Times.MAX_EXPIRES_SECONDS) {
            return new Malformed(
                    Problem.EXPIRES_TOO_LONG,
                    "x-oss-expires must be less than a week (604800 seconds).",
                    Dialect.OSS);
        }
        return build(
                Form.OSS_V4_URL,
                request,
                query,
                Objects.requireNonNullElse(query.get("x-oss-credential"), ""),
                Objects.requireNonNullElse(query.get("x-oss-signature"), ""),
                Objects.requireNonNullElse(query.get("x-oss-additional-headers"), ""),
                query.get("x-oss-date"),
                query.get("x-oss-security-token"),
                expires);
    }

    private static Credential build(
            Form form,
            SignedRequest request,
            Query query,
            String credential,
            String signature,
            String additional,
            @Nullable String date,
            @Nullable String token,
            long expires) {
        Scope scope = Scope.parse(credential, TERMINATOR);
        if (scope == null || signature.isEmpty()) {
            return Credentials.malformed(
                    Dialect.OSS,
                    "The credential must read id/yyyymmdd/region/oss/aliyun_v4_request, with a"
                            + " signature.");
        }
        Instant time = date == null ? null : Times.parseAny(date.strip());
        if (date == null || time == null) {
            return new Malformed(
                    Problem.BAD_DATE, "x-oss-date must read yyyymmddThhmmssZ.", Dialect.OSS);
        }
        String basic = Times.basic(time);
        if (!basic.startsWith(scope.date())) {
            return new Malformed(
                    Problem.BAD_SCOPE,
                    "The date of the credential is not the date of the request.",
                    Dialect.OSS);
        }
        return new OssV4Claim(
                form,
                scope,
                token,
                request,
                query,
                basic,
                time,
                expires,
                Headers.names(additional),
                signature);
    }

    @Override
    public String accessKeyId() {
        return scope.accessKeyId();
    }

    @Override
    public String service() {
        return scope.service();
    }

    @Override
    public String region() {
        return scope.region();
    }

    @Override
    public VerifyOutcome verify(String secret, Instant now) {
        VerifyOutcome early = SigV4Claim.window(form.url(), time, expiresSeconds, now);
        if (early != null) {
            return early;
        }
        VerifyOutcome foreign = SigV4Claim.foreignHeaders(request, "x-amz-");
        if (foreign != null) {
            return foreign;
        }
        String hash = request.header("x-oss-content-sha256");
        String payload = hash == null ? SigV4Signer.UNSIGNED_PAYLOAD : hash.strip();
        boolean hashed = Hashes.isSha256Hex(payload);
        if (!hashed && !payload.equals(SigV4Signer.UNSIGNED_PAYLOAD)) {
            return new Refused(
                    Problem.BAD_CONTENT_SHA256, "x-oss-content-sha256 must be UNSIGNED-PAYLOAD.");
        }
        String canonical = canonical(request, query, additional, payload);
        String text =
                ALGORITHM + "\n" + date + "\n" + scope.text() + "\n" + Hashes.sha256Hex(canonical);
        HmacKey key = SigningKeys.oss(secret, scope.date(), scope.region(), scope.service());
        if (!Hashes.same(Hashes.HEX.formatHex(key.sign(text)), signature)) {
            return new Mismatch(text, canonical, signature);
        }
        return new Verified(hashed ? new Payload.Sha256(payload) : new Payload.Unsigned());
    }

    static String canonical(
            SignedRequest request, Query query, List<String> additional, String payload) {
        Set<String> more = new HashSet<>();
        additional.forEach(name -> more.add(Headers.lower(name)));
        StringBuilder out = new StringBuilder(512).append(request.method()).append('\n');
        String resource = Objects.requireNonNullElse(Uri.ossResource(request), "");
        out.append(Uri.encode(resource, true)).append('\n');
        out.append(query.canonical("x-oss-signature", false)).append('\n');
        for (Map.Entry<String, String> header :
                Headers.sorted(request, name -> signed(name) || more.contains(name)).entrySet()) {
            out.append(header.getKey()).append(':').append(header.getValue()).append('\n');
        }
        out.append('\n').append(String.join(";", additional)).append('\n').append(payload);
        return out.toString();
    }

    static boolean signed(String name) {
        return name.startsWith("x-oss-")
                || name.equals("content-type")
                || name.equals("content-md5");
    }

    @Override
    public String toString() {
        return form + "[" + scope.accessKeyId() + "]";
    }
}
