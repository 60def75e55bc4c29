package io.millrace.signing;

import io.millrace.signing.VerifyOutcome.Mismatch;
import io.millrace.signing.VerifyOutcome.Verified;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * OSS signature version 1: base64 of HMAC-SHA1 over verb, Content-MD5, Content-Type, date (or the
 * end of a URL's life), the x-oss-* headers and the resource with its signed sub-resources.
 *
 * <p>Source: the OSS documentation, "Include signatures in the Authorization header" and "Add
 * signatures to URLs"; the list of sub-resources is that of the Java SDK's SignParameters.
 */
record OssV1Claim(
        Form form,
        String accessKeyId,
        @Nullable String securityToken,
        SignedRequest request,
        Query query,
        String dateLine,
        String signature)
        implements Claim {

    /** The query parameters that the Java SDK signs; the test compares this with the SDK's own. */
    static final Set<String> SUB_RESOURCES =
            Set.of(
                    "acl",
                    "uploads",
                    "location",
                    "cors",
                    "logging",
                    "website",
                    "referer",
                    "lifecycle",
                    "delete",
                    "append",
                    "tagging",
                    "objectMeta",
                    "uploadId",
                    "partNumber",
                    "security-token",
                    "position",
                    "response-cache-control",
                    "response-content-disposition",
                    "response-content-encoding",
                    "response-content-language",
                    "response-content-type",
                    "response-expires",
                    "img",
                    "style",
                    "styleName",
                    "replication",
                    "replicationProgress",
                    "replicationLocation",
                    "cname",
                    "bucketInfo",
                    "comp",
                    "qos",
                    "live",
                    "status",
                    "vod",
                    "startTime",
                    "endTime",
                    "x-oss-process",
                    "processConfiguration",
                    "symlink",
                    "stat",
                    "udf",
                    "udfName",
                    "udfImage",
                    "udfImageDesc",
                    "udfApplication",
                    "udfApplicationLog",
                    "restore",
                    "versions",
                    "versioning",
                    "versionId",
                    "encryption",
                    "policy",
                    "requestPayment",
                    "x-oss-traffic-limit",
                    "qosInfo",
                    "asyncFetch",
                    "sequential",
                    "x-oss-request-payer",
                    "vpcip",
                    "vip",
                    "inventory",
                    "inventoryId",
                    "continuation-token",
                    "worm",
                    "wormId",
                    "wormExtend",
                    "callback",
                    "callback-var",
                    "x-oss-dir",
                    "x-oss-rename",
                    "x-oss-delete",
                    "transferAcceleration",
                    "x-oss-ac-source-ip",
                    "x-oss-ac-subnet-mask",
                    "x-oss-ac-vpc-id",
                    "x-oss-ac-forward-allow",
                    "metaQuery",
                    "resourceGroup",
                    "regionList",
                    "x-oss-async-process",
                    "x-oss-write-get-object-response",
                    "bucketArchiveDirectRead",
                    "httpsConfig",
                    "publicAccessBlock",
                    "policyStatus",
                    "redundancyTransition",
                    "x-oss-target-redundancy-type",
                    "x-oss-redundancy-transition-taskid",
                    "accessPoint",
                    "accessPointPolicy",
                    "seal");

    static Credential header(SignedRequest request, Query query, String authorization) {
        int colon = authorization.lastIndexOf(':');
        if (colon <= 4 || colon == authorization.length() - 1) {
            return Credentials.malformed(
                    Dialect.OSS, "Write the header as: OSS AccessKeyId:Signature.");
        }
        String date = request.header("x-oss-date");
        if (date == null) {
            date = request.header("Date");
        }
        if (date == null) {
            return new Malformed(
                    Problem.BAD_DATE,
                    "The request needs a Date or x-oss-date header.",
                    Dialect.OSS);
        }
        return new OssV1Claim(
                Form.OSS_V1_HEADER,
                authorization.substring(4, colon).strip(),
                request.header("x-oss-security-token"),
                request,
                query,
                date.strip(),
                authorization.substring(colon + 1).strip());
    }

    static Credential url(SignedRequest request, Query query) {
        String expires = query.get("Expires");
        if (Times.number(expires) < 0) {
            return Credentials.malformed(
                    Dialect.OSS, "Expires must be a whole number of seconds since 1970.");
        }
        return new OssV1Claim(
                Form.OSS_V1_URL,
                java.util.Objects.requireNonNullElse(query.get("OSSAccessKeyId"), ""),
                query.get("security-token"),
                request,
                query,
                java.util.Objects.requireNonNullElse(expires, ""),
                java.util.Objects.requireNonNullElse(query.get("Signature"), ""));
    }

    @Override
    public VerifyOutcome verify(String secret, Instant now) {
        VerifyOutcome late = lateness(now);
        if (late != null) {
            return late;
        }
        VerifyOutcome foreign = SigV4Claim.foreignHeaders(request, "x-amz-");
        if (foreign != null) {
            return foreign;
        }
        HmacKey key = SigningKeys.sha1(secret);
        String first = "";
        for (String candidate : candidates()) {
            String expected = Base64.getEncoder().encodeToString(key.sign(candidate));
            if (Hashes.same(expected, signature)) {
                return new Verified(new Payload.Unsigned());
            }
            first = first.isEmpty() ? candidate : first;
        }
        return new Mismatch(first, "", signature);
    }

    private @Nullable VerifyOutcome lateness(Instant now) {
        if (form == Form.OSS_V1_URL) {
            Instant end = Instant.ofEpochSecond(Times.number(dateLine));
            return now.isAfter(end) ? new VerifyOutcome.Expired(end, now) : null;
        }
        Instant date = Times.parseAny(dateLine);
        return date == null
                ? new VerifyOutcome.Refused(
                        Problem.BAD_DATE, "The date is not an RFC 1123 date: " + dateLine)
                : Times.skew(date, now);
    }

    /**
     * The strings that clients are known to sign. They differ where the documentation leaves room:
     * with x-oss-date the date line holds it, or Date, or nothing; an empty sub-resource has its
     * equals sign or not. All of them cover the same parts of the request.
     */
    private List<String> candidates() {
        List<String> resources = new ArrayList<>(2);
        String resource = resource(true);
        resources.add(resource);
        String bare = resource(false);
        if (!bare.equals(resource)) {
            resources.add(bare);
        }
        List<String> dates = new ArrayList<>(3);
        dates.add(dateLine + "\n");
        if (form == Form.OSS_V1_HEADER && request.header("x-oss-date") != null) {
            String date = request.header("Date");
            dates.add(date == null ? "\n" : date.strip() + "\n");
            dates.add("");
        }
        String head =
                request.method()
                        + "\n"
                        + value("Content-MD5")
                        + "\n"
                        + value("Content-Type")
                        + "\n";
        String ossHeaders = ossHeaders();
        List<String> all = new ArrayList<>(resources.size() * dates.size());
        for (String date : dates) {
            for (String each : resources) {
                all.add(head + date + ossHeaders + each);
            }
        }
        return all;
    }

    /** The string that the documentation gives: the first of the candidates. */
    String stringToSign() {
        return candidates().getFirst();
    }

    private String value(String header) {
        String value = request.header(header);
        return value == null ? "" : Headers.text(value).strip();
    }

    private String ossHeaders() {
        StringBuilder out = new StringBuilder();
        for (Map.Entry<String, String> header :
                Headers.sorted(request, name -> name.startsWith("x-oss-")).entrySet()) {
            out.append(header.getKey()).append(':').append(header.getValue()).append('\n');
        }
        return out.toString();
    }

    private String resource(boolean emptyKeepsEquals) {
        String path = java.util.Objects.requireNonNullElse(Uri.ossResource(request), "");
        if (query.isEmpty()) {
            return path;
        }
        TreeMap<String, @Nullable String> signed = new TreeMap<>();
        for (Query.Parameter parameter : query.parameters()) {
            if (SUB_RESOURCES.contains(parameter.name())) {
                signed.put(parameter.name(), parameter.value());
            }
        }
        StringBuilder out = new StringBuilder(path);
        char separator = '?';
        for (Map.Entry<String, @Nullable String> parameter : signed.entrySet()) {
            out.append(separator).append(parameter.getKey());
            String value = parameter.getValue();
            if (value != null && (emptyKeepsEquals || !value.isEmpty())) {
                out.append('=').append(value);
            }
            separator = '&';
        }
        return out.toString();
    }

    @Override
    public String toString() {
        return form + "[" + accessKeyId + "]";
    }
}
