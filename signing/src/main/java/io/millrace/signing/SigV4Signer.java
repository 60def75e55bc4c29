package io.millrace.signing;

import io.millrace.kit.Ids;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * AWS Signature Version 4 for a client: our edge, command line, console and benchmarks.
 * Thread-safe.
 *
 * <p>Source: the S3 API reference, "Authenticating Requests (AWS Signature Version 4)".
 */
public final class SigV4Signer {
    /** The payload hash that says "not signed". */
    public static final String UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD";

    private final AccessKey key;
    private final String region;
    private final String service;

    public SigV4Signer(AccessKey key, String region, String service) {
        this.key = key;
        this.region = region;
        this.service = service;
    }

    /**
     * The headers to add: x-amz-date, x-amz-content-sha256, x-amz-security-token when there is one,
     * and Authorization. Every header of {@code request} is signed; it must hold Host.
     *
     * @param payloadHash SHA-256 of the body in lower-case hexadecimal, or {@link
     *     #UNSIGNED_PAYLOAD}
     */
    public List<Map.Entry<String, String>> sign(
            SignedRequest request, String payloadHash, Instant now) {
        String date = Times.basic(now);
        List<Map.Entry<String, String>> added = new ArrayList<>(4);
        added.add(Map.entry("x-amz-date", date));
        added.add(Map.entry("x-amz-content-sha256", payloadHash));
        if (key.securityToken() != null) {
            added.add(Map.entry("x-amz-security-token", key.securityToken()));
        }
        SignedRequest whole = request.with(added);
        List<String> names = names(whole);
        Query query = request.query();
        String signature = signature(date, SigV4Claim.canonical(whole, query, names, payloadHash));
        added.add(
                Map.entry(
                        "Authorization",
                        SigV4Claim.ALGORITHM
                                + " Credential="
                                + credential(date)
                                + ", SignedHeaders="
                                + String.join(";", names)
                                + ", Signature="
                                + signature));
        return added;
    }

    /**
     * The query of a presigned URL: the request's own query and the signature's parameters. Every
     * header of {@code request} is signed and must be sent; it must hold Host.
     *
     * @param expires 1 second to 7 days
     */
    public String presign(SignedRequest request, Duration expires, Instant now) {
        String date = Times.basic(now);
        List<String> names = names(request);
        StringBuilder query = new StringBuilder(request.rawQuery());
        append(query, "X-Amz-Algorithm", SigV4Claim.ALGORITHM);
        append(query, "X-Amz-Credential", credential(date));
        append(query, "X-Amz-Date", date);
        append(query, "X-Amz-Expires", Long.toString(expires.toSeconds()));
        append(query, "X-Amz-SignedHeaders", String.join(";", names));
        if (key.securityToken() != null) {
            append(query, "X-Amz-Security-Token", key.securityToken());
        }
        Query all = Query.parse(query.toString());
        String canonical = SigV4Claim.canonical(request, all, names, UNSIGNED_PAYLOAD);
        append(query, "X-Amz-Signature", signature(date, canonical));
        return query.toString();
    }

    /** The SHA-256 of a body as {@link #sign} wants it. */
    public static String payloadHash(byte[] body) {
        return Hashes.sha256Hex(body);
    }

    private String credential(String date) {
        return key.id() + "/" + scope(date);
    }

    private String scope(String date) {
        return date.substring(0, 8) + "/" + region + "/" + service + "/" + SigV4Claim.TERMINATOR;
    }

    private String signature(String date, String canonical) {
        String text =
                SigV4Claim.ALGORITHM
                        + "\n"
                        + date
                        + "\n"
                        + scope(date)
                        + "\n"
                        + Hashes.sha256Hex(canonical);
        HmacKey signing = SigningKeys.aws(key.secret(), date.substring(0, 8), region, service);
        return Hashes.HEX.formatHex(signing.sign(text));
    }

    private static List<String> names(SignedRequest request) {
        TreeSet<String> names = new TreeSet<>();
        for (Map.Entry<String, String> header : request.headers()) {
            names.add(Headers.lower(header.getKey()));
        }
        if (!names.contains("host")) {
            throw new IllegalArgumentException("the Host header must be among the signed ones");
        }
        return List.copyOf(names);
    }

    /**
     * The headers to add, one of a random value among them, so that no two signatures are alike:
     * for doors that take each one once.
     */
    public List<Map.Entry<String, String>> signOnce(
            SignedRequest request, String payloadHash, Instant now) {
        Map.Entry<String, String> nonce = Map.entry("x-amz-nonce", Ids.secret(16));
        List<Map.Entry<String, String>> headers = new ArrayList<>();
        headers.add(nonce);
        headers.addAll(sign(request.with(List.of(nonce)), payloadHash, now));
        return headers;
    }

    static void append(StringBuilder query, String name, String value) {
        if (!query.isEmpty()) {
            query.append('&');
        }
        query.append(name).append('=').append(Uri.encode(value, false));
    }
}
