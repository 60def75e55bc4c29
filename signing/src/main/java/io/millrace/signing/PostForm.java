package io.millrace.signing;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.millrace.signing.Credential.Anonymous;
import io.millrace.signing.Credential.Dialect;
import io.millrace.signing.Credential.Malformed;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Browser uploads: the policy in a multipart form, in the OSS V1, OSS V4 and SigV4 shapes.
 *
 * <p>Sources: the OSS documentation, "PostObject"; the S3 API reference, "Browser-based uploads
 * using POST".
 */
public final class PostForm {
    private static final int MAX_POLICY = 20_000;
    private static final JsonMapper JSON =
            JsonMapper.builder(
                            new com.fasterxml.jackson.core.JsonFactoryBuilder()
                                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(8)
                                                    .build())
                                    .build())
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .disable(JsonParser.Feature.ALLOW_COMMENTS)
                    .build();

    private PostForm() {}

    /** What came of checking a policy's conditions. */
    public sealed interface Conditions {
        record Met() implements Conditions {}

        /** A condition fails or a field is covered by none: AccessDenied with this public text. */
        record Failed(String message) implements Conditions {}

        /** content-length-range: EntityTooSmall / EntityTooLarge. */
        record WrongSize(long size, long min, long max) implements Conditions {}
    }

    /** A claim whose policy can be checked against the form. */
    public interface PostClaim extends Claim {
        /**
         * Checks the policy's conditions. Call it after {@link Claim#verify}.
         *
         * @param bucket the bucket that the request goes to
         * @param fields the form's fields as they will be used, names in lower case: {@code key}
         *     with {@code ${filename}} already replaced
         * @param size the file's bytes, -1 while unknown (the range is then left unchecked)
         */
        Conditions check(String bucket, Map<String, String> fields, long size);

        /**
         * The largest file that content-length-range allows, in bytes; Long.MAX_VALUE without one.
         */
        long maxSize();
    }

    /**
     * The credential of a form.
     *
     * @param fields the form's fields before the file, names in lower case
     * @return a {@link PostClaim}, Anonymous when there is no policy, or Malformed
     */
    public static Credential parse(Map<String, String> fields) {
        String policy = fields.get("policy");
        boolean aws = fields.containsKey("x-amz-signature");
        boolean ossV4 = fields.containsKey("x-oss-signature");
        boolean ossV1 = fields.containsKey("signature");
        int forms = (aws ? 1 : 0) + (ossV4 ? 1 : 0) + (ossV1 ? 1 : 0);
        if (ossV1 && fields.containsKey("awsaccesskeyid")) {
            return Credentials.version2();
        }
        Dialect dialect = aws ? Dialect.S3 : Dialect.OSS;
        if (policy == null) {
            return forms == 0
                    ? new Anonymous()
                    : Credentials.malformed(dialect, "The form has a signature but no policy.");
        }
        if (forms != 1) {
            return new Malformed(
                    Problem.AMBIGUOUS, "The form needs exactly one signature.", dialect);
        }
        JsonNode document = document(policy);
        JsonNode conditions = document == null ? null : document.get("conditions");
        Instant expiration = document == null ? null : expiration(document);
        if (conditions == null || !conditions.isArray() || expiration == null) {
            return Credentials.malformed(
                    dialect,
                    "Invalid Policy: it must be base64 of a JSON object with expiration and"
                            + " conditions.");
        }
        PostPolicy read = new PostPolicy(policy, expiration, conditions, aws);
        return ossV1 ? v1(fields, read) : v4(fields, read, aws ? "x-amz-" : "x-oss-");
    }

    private static Credential v1(Map<String, String> fields, PostPolicy policy) {
        String id = fields.get("ossaccesskeyid");
        if (id == null) {
            return Credentials.malformed(Dialect.OSS, "The form lacks OSSAccessKeyId.");
        }
        return new PostPolicyClaim(
                Claim.Form.POST_OSS_V1,
                id,
                fields.get("x-oss-security-token"),
                policy,
                null,
                fields.getOrDefault("signature", ""));
    }

    private static Credential v4(Map<String, String> fields, PostPolicy policy, String prefix) {
        boolean aws = prefix.equals("x-amz-");
        Dialect dialect = aws ? Dialect.S3 : Dialect.OSS;
        String algorithm = fields.get(aws ? "x-amz-algorithm" : "x-oss-signature-version");
        if (!(aws ? SigV4Claim.ALGORITHM : "OSS4-HMAC-SHA256").equals(algorithm)) {
            return new Malformed(
                    Problem.UNSUPPORTED, "The form's signature version is not known.", dialect);
        }
        Scope scope =
                Scope.parse(
                        fields.getOrDefault(prefix + "credential", ""),
                        aws ? SigV4Claim.TERMINATOR : "aliyun_v4_request");
        Instant date = Times.parseAny(fields.getOrDefault(prefix + "date", ""));
        if (scope == null || date == null || !Times.basic(date).startsWith(scope.date())) {
            return new Malformed(
                    Problem.BAD_SCOPE, "The form's credential or date does not parse.", dialect);
        }
        return new PostPolicyClaim(
                aws ? Claim.Form.POST_SIGV4 : Claim.Form.POST_OSS_V4,
                scope.accessKeyId(),
                fields.get(prefix + "security-token"),
                policy,
                scope,
                fields.getOrDefault(prefix + "signature", ""));
    }

    private static @Nullable JsonNode document(String policy) {
        if (policy.length() > MAX_POLICY) {
            return null;
        }
        try {
            byte[] json = Base64.getMimeDecoder().decode(policy);
            JsonNode node = JSON.readTree(new String(json, StandardCharsets.UTF_8));
            return node.isObject() ? node : null;
        } catch (IllegalArgumentException | JsonProcessingException e) {
            return null;
        }
    }

    private static @Nullable Instant expiration(JsonNode document) {
        try {
            JsonNode text = document.get("expiration");
            return text == null ? null : Instant.parse(text.asText());
        } catch (DateTimeException e) {
            return null;
        }
    }
}
