package io.millrace.signing;

import io.millrace.signing.VerifyOutcome.Mismatch;
import io.millrace.signing.VerifyOutcome.Verified;
import java.time.Instant;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * OSS signature version 2: base64 of HMAC-SHA256; every query parameter is signed, and headers
 * beside x-oss-* when AdditionalHeaders names them.
 */
record OssV2Claim(
        Form form,
        String accessKeyId,
        @Nullable String securityToken,
        SignedRequest request,
        Query query,
        String dateLine,
        List<String> additional,
        String signature)
        implements Claim {

    static Credential header(SignedRequest request, Query query, String authorization) {
        String fields = authorization.substring("OSS2 ".length());
        String id = Headers.field(fields, "AccessKeyId", ':');
        String signature = Headers.field(fields, "Signature", ':');
        String date = request.header("x-oss-date");
        if (date == null) {
            date = request.header("Date");
        }
        if (id.isEmpty() || signature.isEmpty()) {
            return Credentials.malformed(
                    Dialect.OSS, "Write the header as: OSS2 AccessKeyId:id,Signature:signature.");
        }
        if (date == null) {
            return new Malformed(
                    Problem.BAD_DATE,
                    "The request needs a Date or x-oss-date header.",
                    Dialect.OSS);
        }
        return new OssV2Claim(
                Form.OSS_V2_HEADER,
                id,
                request.header("x-oss-security-token"),
                request,
                query,
                date.strip(),
                Headers.names(Headers.field(fields, "AdditionalHeaders", ':')),
                signature);
    }

    static Credential url(SignedRequest request, Query query) {
        String expires = query.get("x-oss-expires");
        if (Times.number(expires) < 0) {
            return Credentials.malformed(
                    Dialect.OSS, "x-oss-expires must be a whole number of seconds since 1970.");
        }
        String token = query.get("security-token");
        return new OssV2Claim(
                Form.OSS_V2_URL,
                Objects.requireNonNullElse(query.get("x-oss-access-key-id"), ""),
                token == null ? query.get("x-oss-security-token") : token,
                request,
                query,
                Objects.requireNonNullElse(expires, ""),
                Headers.names(
                        Objects.requireNonNullElse(query.get("x-oss-additional-headers"), "")),
                Objects.requireNonNullElse(query.get("x-oss-signature"), ""));
    }

    @Override
    public VerifyOutcome verify(String secret, Instant now) {
        if (form == Form.OSS_V2_URL) {
            Instant end = Instant.ofEpochSecond(Times.number(dateLine));
            if (now.isAfter(end)) {
                return new VerifyOutcome.Expired(end, now);
            }
        } else {
            Instant date = Times.parseAny(dateLine);
            if (date == null) {
                return new VerifyOutcome.Refused(
                        Problem.BAD_DATE, "The date is not an RFC 1123 date: " + dateLine);
            }
            VerifyOutcome skewed = Times.skew(date, now);
            if (skewed != null) {
                return skewed;
            }
        }
        VerifyOutcome foreign = SigV4Claim.foreignHeaders(request, "x-amz-");
        if (foreign != null) {
            return foreign;
        }
        String text = stringToSign();
        String expected = Base64.getEncoder().encodeToString(HmacKey.sha256(secret).sign(text));
        return Hashes.same(expected, signature)
                ? new Verified(new Payload.Unsigned())
                : new Mismatch(text, "", signature);
    }

    private String stringToSign() {
        Set<String> more = new HashSet<>();
        additional.forEach(name -> more.add(Headers.lower(name)));
        StringBuilder out = new StringBuilder(request.method()).append('\n');
        out.append(value("Content-MD5")).append('\n').append(value("Content-Type")).append('\n');
        out.append(dateLine).append('\n');
        for (Map.Entry<String, String> header :
                Headers.sorted(request, n -> n.startsWith("x-oss-") || more.contains(n))
                        .entrySet()) {
            out.append(header.getKey()).append(':').append(header.getValue()).append('\n');
        }
        out.append(String.join(";", additional)).append('\n');
        String path = Objects.requireNonNullElse(Uri.ossResource(request), "");
        out.append(Uri.encode(path, false));
        TreeMap<String, String> sorted = new TreeMap<>();
        for (Query.Parameter parameter : query.parameters()) {
            if (!parameter.name().equals("x-oss-signature")) {
                sorted.put(
                        Uri.encode(parameter.name(), false), Uri.encode(parameter.text(), false));
            }
        }
        char separator = '?';
        for (Map.Entry<String, String> parameter : sorted.entrySet()) {
            out.append(separator).append(parameter.getKey());
            if (!parameter.getValue().isEmpty()) {
                out.append('=').append(parameter.getValue());
            }
            separator = '&';
        }
        return out.toString();
    }

    private String value(String header) {
        String value = request.header(header);
        return value == null ? "" : Headers.text(value).strip();
    }

    @Override
    public String toString() {
        return form + "[" + accessKeyId + "]";
    }
}
