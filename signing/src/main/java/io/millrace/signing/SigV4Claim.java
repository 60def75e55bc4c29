package io.millrace.signing;

import io.millrace.signing.VerifyOutcome.Mismatch;
import io.millrace.signing.VerifyOutcome.Refused;
import io.millrace.signing.VerifyOutcome.Verified;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * AWS Signature Version 4 in the header or the URL. The path is encoded once, as S3 does.
 *
 * <p>Source: the S3 API reference, "Authenticating Requests (AWS Signature Version 4)".
 */
record SigV4Claim(
        Form form,
        Scope scope,
        @Nullable String securityToken,
        SignedRequest request,
        Query query,
        String date,
        Instant time,
        long expiresSeconds,
        String signedHeaders,
        String signature,
        String payloadHash)
        implements Claim {

    static final String ALGORITHM = "AWS4-HMAC-SHA256";
    static final String TERMINATOR = "aws4_request";
    private static final String STREAMING = "STREAMING-";

    /**
     * @param body for services that leave x-amz-content-sha256 out (STS): the hash is taken from it
     */
    static Credential header(
            SignedRequest request, Query query, String authorization, byte @Nullable [] body) {
        String fields = authorization.substring(ALGORITHM.length() + 1);
        String hash = request.header("x-amz-content-sha256");
        if (body != null) {
            String real = Hashes.sha256Hex(body);
            if (hash != null && !hash.strip().equals(real)) {
                return new Malformed(
                        Problem.BAD_CONTENT_SHA256,
                        "x-amz-content-sha256 is not the SHA-256 of the body.",
                        Dialect.S3);
            }
            hash = real;
        }
        if (hash == null) {
            return new Malformed(
                    Problem.BAD_CONTENT_SHA256,
                    "Missing required header for this request: x-amz-content-sha256",
                    Dialect.S3);
        }
        String date = request.header("x-amz-date");
        return build(
                Form.SIGV4_HEADER,
                request,
                query,
                Headers.field(fields, "Credential", '='),
                Headers.field(fields, "SignedHeaders", '='),
                Headers.field(fields, "Signature", '='),
                date == null ? request.header("Date") : date,
                request.header("x-amz-security-token"),
                0,
                hash.strip());
    }

    /**
     * @param body for services whose URLs sign the body (STS): the hash is taken from it
     */
    static Credential url(SignedRequest request, Query query, byte @Nullable [] body) {
        if (!ALGORITHM.equals(query.get("X-Amz-Algorithm"))) {
            return new Malformed(
                    Problem.UNSUPPORTED, "X-Amz-Algorithm must be AWS4-HMAC-SHA256.", Dialect.S3);
        }
        long expires = Times.number(query.get("X-Amz-Expires"));
        if (expires < 1) {
            return Credentials.malformed(
                    Dialect.S3, "X-Amz-Expires must be a number of seconds from 1 to 604800.");
        }
        if (expires > Times.MAX_EXPIRES_SECONDS) {
            return new Malformed(
                    Problem.EXPIRES_TOO_LONG,
                    "X-Amz-Expires must be less than a week (in seconds); that is, the given"
                            + " X-Amz-Expires must be less than 604800 seconds",
                    Dialect.S3);
        }
        String signed = Objects.requireNonNullElse(query.get("X-Amz-SignedHeaders"), "");
        return build(
                Form.SIGV4_URL,
                request,
                query,
                Objects.requireNonNullElse(query.get("X-Amz-Credential"), ""),
                signed,
                Objects.requireNonNullElse(query.get("X-Amz-Signature"), ""),
                query.get("X-Amz-Date"),
                query.get("X-Amz-Security-Token"),
                expires,
                body == null ? urlPayload(request, query, signed) : Hashes.sha256Hex(body));
    }

    /** What a signed URL says of the body: nothing, unless it names a hash and signs that name. */
    private static String urlPayload(SignedRequest request, Query query, String signed) {
        String named = query.get("X-Amz-Content-Sha256");
        if (named == null && Headers.names(signed).contains("x-amz-content-sha256")) {
            named = request.header("x-amz-content-sha256");
        }
        return named == null ? SigV4Signer.UNSIGNED_PAYLOAD : named.strip();
    }

    private static Credential build(
            Form form,
            SignedRequest request,
            Query query,
            String credential,
            String signedHeaders,
            String signature,
            @Nullable String date,
            @Nullable String token,
            long expires,
            String payloadHash) {
        Scope scope = Scope.parse(credential, TERMINATOR);
        if (scope == null || signature.isEmpty() || signedHeaders.isEmpty()) {
            return Credentials.malformed(
                    Dialect.S3,
                    "The authorization needs Credential=id/yyyymmdd/region/service/aws4_request,"
                            + " SignedHeaders and Signature.");
        }
        Instant time = date == null ? null : Times.parseAny(date.strip());
        if (date == null || time == null) {
            return new Malformed(
                    Problem.BAD_DATE,
                    "AWS authentication requires a valid Date or x-amz-date header",
                    Dialect.S3);
        }
        String basic = Times.basic(time);
        if (!basic.startsWith(scope.date())) {
            return new Malformed(
                    Problem.BAD_SCOPE,
                    "The date in the credential scope is not the date of the request.",
                    Dialect.S3);
        }
        return new SigV4Claim(
                form,
                scope,
                token,
                request,
                query,
                basic,
                time,
                expires,
                signedHeaders,
                signature,
                payloadHash);
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

    /** It covers the second, the body and each header that a client adds to be unlike itself. */
    @Override
    public String nonce() {
        return form == Form.SIGV4_HEADER ? signature : "";
    }

    @Override
    public VerifyOutcome verify(String secret, Instant now) {
        VerifyOutcome early = window(form.url(), time, expiresSeconds, now);
        if (early == null) {
            early = unsignedHeaders();
        }
        if (early != null) {
            return early;
        }
        String canonical = canonical(request, query, Headers.names(signedHeaders), payloadHash);
        String text =
                ALGORITHM + "\n" + date + "\n" + scope.text() + "\n" + Hashes.sha256Hex(canonical);
        HmacKey key = SigningKeys.aws(secret, scope.date(), scope.region(), scope.service());
        if (!Hashes.same(Hashes.HEX.formatHex(key.sign(text)), signature)) {
            return new Mismatch(text, canonical, signature);
        }
        return payload(key);
    }

    private VerifyOutcome payload(HmacKey key) {
        if (payloadHash.equals(SigV4Signer.UNSIGNED_PAYLOAD)) {
            return new Verified(new Payload.Unsigned());
        }
        if (Hashes.isSha256Hex(payloadHash)) {
            return new Verified(new Payload.Sha256(payloadHash));
        }
        if (!payloadHash.startsWith(STREAMING)) {
            return new Refused(
                    Problem.BAD_CONTENT_SHA256,
                    "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING value, or 64"
                            + " lower-case hexadecimal digits.");
        }
        long length = Times.number(request.header("x-amz-decoded-content-length"));
        if (length < 0) {
            return new Refused(
                    Problem.MALFORMED, "A streaming body needs x-amz-decoded-content-length.");
        }
        ChunkSeed seed = new ChunkSeed(key, date, scope.text(), signature);
        List<String> trailers = trailerNames();
        return switch (payloadHash) {
            case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" ->
                    new Verified(new Payload.Chunked(length, List.of(), seed));
            case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" ->
                    new Verified(new Payload.Chunked(length, trailers, seed));
            case "STREAMING-UNSIGNED-PAYLOAD-TRAILER" ->
                    new Verified(new Payload.Chunked(length, trailers, null));
            default ->
                    new Refused(
                            Problem.UNSUPPORTED,
                            "This streaming form is not supported: " + payloadHash);
        };
    }

    private List<String> trailerNames() {
        String announced = request.header("x-amz-trailer");
        if (announced == null) {
            return List.of();
        }
        List<String> names = new ArrayList<>();
        for (String name : announced.split(",")) {
            names.add(Headers.lower(name.strip()));
        }
        return names;
    }

    /** Host and every x-amz-* header must be signed; x-oss-* headers mean nothing here. */
    private @Nullable VerifyOutcome unsignedHeaders() {
        List<String> signed = Headers.names(signedHeaders);
        if (!signed.contains("host")) {
            return new Refused(Problem.UNSIGNED_HEADERS, "The Host header must be signed.");
        }
        for (Map.Entry<String, String> header : request.headers()) {
            String name = header.getKey();
            if (Headers.startsWith(name, "x-amz-")
                    && !signed.contains(Headers.lower(name))
                    && !(form.url() && name.equalsIgnoreCase("x-amz-content-sha256"))) {
                return new Refused(
                        Problem.UNSIGNED_HEADERS,
                        "There were headers present in the request which were not signed: "
                                + Headers.lower(name));
            }
        }
        return foreignHeaders(request, "x-oss-");
    }

    /** Refuses the other dialect's headers: this signature does not cover them. */
    static @Nullable VerifyOutcome foreignHeaders(SignedRequest request, String prefix) {
        for (Map.Entry<String, String> header : request.headers()) {
            if (Headers.startsWith(header.getKey(), prefix)) {
                return new Refused(
                        Problem.UNSIGNED_HEADERS,
                        "There were headers present in the request which were not signed: "
                                + Headers.lower(header.getKey()));
            }
        }
        return null;
    }

    /** The times of a V4 signature: 15 minutes either way, or a URL's own life. */
    static @Nullable VerifyOutcome window(
            boolean url, Instant time, long expiresSeconds, Instant now) {
        if (!url) {
            return Times.skew(time, now);
        }
        if (time.isAfter(now.plus(Times.SKEW))) {
            return new VerifyOutcome.Skewed(time, now, Times.SKEW);
        }
        Instant end = time.plusSeconds(expiresSeconds);
        return now.isAfter(end) ? new VerifyOutcome.Expired(end, now) : null;
    }

    static String canonical(
            SignedRequest request, Query query, List<String> signed, String payloadHash) {
        StringBuilder out = new StringBuilder(512).append(request.method()).append('\n');
        String path = Uri.canonicalPath(request.rawPath());
        out.append(path == null ? request.rawPath() : path).append('\n');
        out.append(query.canonical("X-Amz-Signature", true)).append('\n');
        for (String name : signed) {
            out.append(name).append(':');
            boolean first = true;
            for (Map.Entry<String, String> header : request.headers()) {
                if (header.getKey().equalsIgnoreCase(name)) {
                    if (!first) {
                        out.append(',');
                    }
                    out.append(Headers.trimAll(header.getValue()));
                    first = false;
                }
            }
            out.append('\n');
        }
        out.append('\n');
        for (int i = 0; i < signed.size(); i++) {
            out.append(i == 0 ? "" : ";").append(signed.get(i));
        }
        return out.append('\n').append(payloadHash).toString();
    }

    @Override
    public String toString() {
        return form + "[" + scope.accessKeyId() + "]";
    }
}
