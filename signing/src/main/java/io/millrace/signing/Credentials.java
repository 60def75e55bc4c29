package io.millrace.signing;

import io.millrace.signing.Credential.Anonymous;
import io.millrace.signing.Credential.Dialect;
import io.millrace.signing.Credential.Malformed;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a request claims. Stateless.
 *
 * <p>A request carries at most one signature: an Authorization header, or one of the URL forms. Two
 * of them, two dates, or a security token in the URL and in a header are refused, so that nobody
 * can have one part checked and another part used.
 */
public final class Credentials {
    /** The key's name in URLs and, in lower case, forms of signature version 2. */
    private static final String VERSION_2_KEY = "AWSAccessKeyId";

    private Credentials() {}

    /** The credential of a request on the object door: OSS V1, V2, V4 or SigV4, header or URL. */
    public static Credential parse(SignedRequest request) {
        Query query = request.query();
        String authorization = request.header("Authorization");
        int forms = forms(request);
        if (forms == 0) {
            return new Anonymous();
        }
        Dialect dialect = dialect(authorization, query);
        if (forms > 1) {
            return severalForms(dialect);
        }
        Malformed ambiguous = ambiguous(request, query, dialect);
        if (ambiguous != null) {
            return ambiguous;
        }
        if (authorization != null) {
            return header(request, query, authorization);
        }
        if (query.has("X-Amz-Signature") || query.has("X-Amz-Algorithm")) {
            return SigV4Claim.url(request, query, null);
        }
        if (query.has(VERSION_2_KEY)) {
            return version2();
        }
        if (query.has("OSSAccessKeyId")) {
            return OssV1Claim.url(request, query);
        }
        String version = query.get("x-oss-signature-version");
        return "OSS2".equals(version)
                ? OssV2Claim.url(request, query)
                : OssV4Claim.url(request, query);
    }

    /** How many signatures a request carries. */
    private static int forms(SignedRequest request) {
        Query query = request.query();
        return request.count("Authorization")
                + (query.has("Signature") && query.has("OSSAccessKeyId") ? 1 : 0)
                + (query.has(VERSION_2_KEY) ? 1 : 0)
                + (query.has("x-oss-signature") ? 1 : 0)
                + (query.has("X-Amz-Signature") || query.has("X-Amz-Algorithm") ? 1 : 0);
    }

    private static Malformed severalForms(Dialect dialect) {
        return new Malformed(
                Problem.AMBIGUOUS, "Only one authentication mechanism is allowed.", dialect);
    }

    private static Credential header(SignedRequest request, Query query, String authorization) {
        if (authorization.startsWith("AWS4-HMAC-SHA256 ")) {
            return SigV4Claim.header(request, query, authorization, null);
        }
        if (authorization.startsWith("OSS4-HMAC-SHA256 ")) {
            return OssV4Claim.header(request, query, authorization);
        }
        if (authorization.startsWith("OSS2 ")) {
            return OssV2Claim.header(request, query, authorization);
        }
        if (authorization.startsWith("OSS ")) {
            return OssV1Claim.header(request, query, authorization);
        }
        if (authorization.startsWith("AWS ")) {
            return version2();
        }
        return new Malformed(
                Problem.UNSUPPORTED,
                "The authorization mechanism is not supported. Use OSS, OSS2, OSS4-HMAC-SHA256 or"
                        + " AWS4-HMAC-SHA256.",
                authorization.startsWith("OSS") ? Dialect.OSS : Dialect.S3);
    }

    /** The signature of old, HMAC-SHA1 over little: S3 gave it up, too. */
    static Malformed version2() {
        return new Malformed(
                Problem.UNSUPPORTED,
                "AWS signature version 2 is not supported. Please use AWS4-HMAC-SHA256 (signature"
                        + " version 4). To switch it on: aws configure set"
                        + " default.s3.signature_version s3v4; in boto3"
                        + " Config(signature_version='s3v4'); in s3cmd signature_v2 = False.",
                Dialect.S3);
    }

    private static Dialect dialect(@Nullable String authorization, Query query) {
        boolean oss =
                authorization != null
                        ? authorization.startsWith("OSS")
                        : !query.has("X-Amz-Signature")
                                && !query.has("X-Amz-Algorithm")
                                && !query.has(VERSION_2_KEY);
        return oss ? Dialect.OSS : Dialect.S3;
    }

    private static @Nullable Malformed ambiguous(
            SignedRequest request, Query query, Dialect dialect) {
        int dates = 0;
        int ossDates = 0;
        int amzDates = 0;
        int headerTokens = 0;
        int hashes = 0;
        for (java.util.Map.Entry<String, String> header : request.headers()) {
            String name = header.getKey();
            if (name.length() == 4) {
                dates += name.equalsIgnoreCase("date") ? 1 : 0;
            } else if (name.length() == 10) {
                ossDates += name.equalsIgnoreCase("x-oss-date") ? 1 : 0;
                amzDates += name.equalsIgnoreCase("x-amz-date") ? 1 : 0;
            } else if (name.length() == 20) {
                headerTokens += name.regionMatches(true, 6, "security-token", 0, 14) ? 1 : 0;
                hashes += name.regionMatches(true, 6, "content-sha256", 0, 14) ? 1 : 0;
            }
        }
        if (dates > 1 || ossDates > 1 || amzDates > 1 || hashes > 1) {
            return new Malformed(
                    Problem.AMBIGUOUS, "A date or payload hash stands there twice.", dialect);
        }
        int queryTokens = 0;
        for (Query.Parameter parameter : query.parameters()) {
            switch (parameter.name()) {
                case "security-token", "x-oss-security-token", "X-Amz-Security-Token" ->
                        queryTokens++;
                default -> {}
            }
        }
        if (headerTokens + queryTokens > 1) {
            return new Malformed(
                    Problem.TWO_TOKENS,
                    "The security token must stand in the URL or in a header, once.",
                    dialect);
        }
        return null;
    }

    /**
     * The credential of an RPC request (STS): {@code ACS3-HMAC-SHA256}, RPC signature version 1.0
     * in the query or the form, or SigV4 whose payload hash comes from the body.
     *
     * @param body the whole body, empty when there is none
     */
    public static Credential parseRpc(SignedRequest request, byte[] body) {
        Query query = request.query();
        String authorization = request.header("Authorization");
        if (authorization != null && request.count("Authorization") > 1) {
            return new Malformed(
                    Problem.AMBIGUOUS, "Only one Authorization header is allowed.", Dialect.STS);
        }
        if (authorization == null) {
            return query.has("X-Amz-Signature")
                    ? SigV4Claim.url(request, query, body)
                    : RpcV1Claim.parse(request, query, body);
        }
        Malformed ambiguous = ambiguous(request, query, Dialect.STS);
        if (ambiguous != null) {
            return ambiguous;
        }
        if (authorization.startsWith("AWS4-HMAC-SHA256 ")) {
            return SigV4Claim.header(request, query, authorization, body);
        }
        if (authorization.startsWith("ACS3-HMAC-SHA256 ")) {
            return Acs3Claim.parse(request, query, authorization, body);
        }
        return new Malformed(
                Problem.UNSUPPORTED,
                "Use ACS3-HMAC-SHA256, AWS4-HMAC-SHA256 or RPC signature version 1.0.",
                Dialect.STS);
    }

    /**
     * The credential of a request that administers: SigV4 in the Authorization header and no other
     * form, over the body itself.
     *
     * @param body the whole body, empty when there is none
     */
    public static Credential parseSigV4(SignedRequest request, byte[] body) {
        int forms = forms(request);
        if (forms == 0) {
            return new Anonymous();
        }
        if (forms > 1) {
            return severalForms(Dialect.S3);
        }
        String authorization = request.header("Authorization");
        if (authorization == null || !authorization.startsWith("AWS4-HMAC-SHA256 ")) {
            return new Malformed(
                    Problem.UNSUPPORTED,
                    "Only AWS4-HMAC-SHA256 in the Authorization header is taken here.",
                    Dialect.S3);
        }
        Malformed ambiguous = ambiguous(request, request.query(), Dialect.S3);
        return ambiguous != null
                ? ambiguous
                : SigV4Claim.header(request, request.query(), authorization, body);
    }

    static Malformed malformed(Dialect dialect, String message) {
        return new Malformed(Problem.MALFORMED, message, dialect);
    }
}
