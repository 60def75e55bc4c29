package io.millrace.signing;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** OSS signatures for a client: V1 URLs, V4 headers and V4 URLs. Thread-safe. */
public final class OssSigner {
    private static final String ALGORITHM = "OSS4-HMAC-SHA256";

    private final AccessKey key;
    private final String region;

    public OssSigner(AccessKey key, String region) {
        this.key = key;
        this.region = region;
    }

    /**
     * The query of a V1 signed URL: the request's own query, then Expires, OSSAccessKeyId,
     * Signature. Content-Type, Content-MD5 and x-oss-* headers of {@code request} are signed.
     */
    public String presignV1(SignedRequest request, Instant expires) {
        StringBuilder query = new StringBuilder(request.rawQuery());
        if (key.securityToken() != null) {
            SigV4Signer.append(query, "security-token", key.securityToken());
        }
        SigV4Signer.append(query, "Expires", Long.toString(expires.getEpochSecond()));
        SigV4Signer.append(query, "OSSAccessKeyId", key.id());
        SignedRequest whole =
                new SignedRequest(
                        request.method(),
                        request.rawPath(),
                        query.toString(),
                        request.headers(),
                        request.hostBucket());
        OssV1Claim claim = (OssV1Claim) OssV1Claim.url(whole, whole.query());
        byte[] signature = SigningKeys.sha1(key.secret()).sign(claim.stringToSign());
        SigV4Signer.append(query, "Signature", Base64.getEncoder().encodeToString(signature));
        return query.toString();
    }

    /** The headers to add for V4: x-oss-date, x-oss-content-sha256, the token, Authorization. */
    public List<Map.Entry<String, String>> signV4(SignedRequest request, Instant now) {
        String date = Times.basic(now);
        List<Map.Entry<String, String>> added = new ArrayList<>(4);
        added.add(Map.entry("x-oss-date", date));
        added.add(Map.entry("x-oss-content-sha256", SigV4Signer.UNSIGNED_PAYLOAD));
        if (key.securityToken() != null) {
            added.add(Map.entry("x-oss-security-token", key.securityToken()));
        }
        String signature = signature(request.with(added), request.query(), date);
        added.add(
                Map.entry(
                        "Authorization",
                        ALGORITHM
                                + " Credential="
                                + key.id()
                                + "/"
                                + scope(date)
                                + ",Signature="
                                + signature));
        return added;
    }

    /**
     * The query of a V4 signed URL. Content-Type, Content-MD5 and x-oss-* headers of {@code
     * request} are signed.
     *
     * @param expires 1 second to 7 days
     */
    public String presignV4(SignedRequest request, Duration expires, Instant now) {
        String date = Times.basic(now);
        StringBuilder query = new StringBuilder(request.rawQuery());
        SigV4Signer.append(query, "x-oss-signature-version", ALGORITHM);
        SigV4Signer.append(query, "x-oss-credential", key.id() + "/" + scope(date));
        SigV4Signer.append(query, "x-oss-date", date);
        SigV4Signer.append(query, "x-oss-expires", Long.toString(expires.toSeconds()));
        if (key.securityToken() != null) {
            SigV4Signer.append(query, "x-oss-security-token", key.securityToken());
        }
        Query all = Query.parse(query.toString());
        SigV4Signer.append(query, "x-oss-signature", signature(request, all, date));
        return query.toString();
    }

    private String signature(SignedRequest request, Query query, String date) {
        String canonical =
                OssV4Claim.canonical(request, query, List.of(), SigV4Signer.UNSIGNED_PAYLOAD);
        String text =
                ALGORITHM + "\n" + date + "\n" + scope(date) + "\n" + Hashes.sha256Hex(canonical);
        HmacKey signing = SigningKeys.oss(key.secret(), date.substring(0, 8), region, "oss");
        return Hashes.HEX.formatHex(signing.sign(text));
    }

    private String scope(String date) {
        return date.substring(0, 8) + "/" + region + "/oss/aliyun_v4_request";
    }
}
