package io.millrace.signing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSClientBuilder;
import com.aliyun.oss.common.utils.BinaryUtil;
import com.aliyun.oss.model.MatchMode;
import com.aliyun.oss.model.PolicyConditions;
import io.millrace.signing.PostForm.Conditions;
import io.millrace.signing.PostForm.PostClaim;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Browser uploads in the three shapes; the OSS SDK makes the first one's policy and signature. */
class PostFormTest {
    private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");

    private static PostClaim claim(Map<String, String> fields) {
        return assertInstanceOf(PostClaim.class, PostForm.parse(fields));
    }

    @Test
    void aFormSignedWithVersion2IsToldHowToBecomeVersion4() {
        Map<String, String> fields =
                Map.of("policy", "e30=", "awsaccesskeyid", "AK", "signature", "c2lnbmF0dXJl");
        Credential.Malformed refused =
                assertInstanceOf(Credential.Malformed.class, PostForm.parse(fields));
        assertEquals(Problem.UNSUPPORTED, refused.problem());
        assertEquals(Credential.Dialect.S3, refused.dialect());
        assertTrue(refused.message().contains("AWS4-HMAC-SHA256"), refused.message());
    }

    @Test
    void thePolicyThatTheOssSdkSignsHoldsAndItsConditionsCount() {
        OSS oss = new OSSClientBuilder().build("http://127.0.0.1:1", "AK", "SECRET");
        PolicyConditions conditions = new PolicyConditions();
        conditions.addConditionItem(PolicyConditions.COND_CONTENT_LENGTH_RANGE, 1, 1000);
        conditions.addConditionItem(MatchMode.StartWith, PolicyConditions.COND_KEY, "user/eric/");
        conditions.addConditionItem("bucket", "photos");
        String policy = oss.generatePostPolicy(Date.from(NOW.plusSeconds(60)), conditions);
        String encoded = BinaryUtil.toBase64String(policy.getBytes(StandardCharsets.UTF_8));
        Map<String, String> fields = new HashMap<>();
        fields.put("policy", encoded);
        fields.put("ossaccesskeyid", "AK");
        fields.put("signature", oss.calculatePostSignature(policy));
        fields.put("key", "user/eric/a.jpg");
        oss.shutdown();
        PostClaim claim = claim(fields);
        assertEquals("AK", claim.accessKeyId());
        assertEquals(1000, claim.maxSize());
        assertInstanceOf(VerifyOutcome.Verified.class, claim.verify("SECRET", NOW));
        assertInstanceOf(VerifyOutcome.Mismatch.class, claim.verify("WRONG", NOW));
        assertInstanceOf(VerifyOutcome.Expired.class, claim.verify("SECRET", NOW.plusSeconds(61)));
        assertInstanceOf(Conditions.Met.class, claim.check("photos", fields, 500));
        assertInstanceOf(Conditions.Failed.class, claim.check("other", fields, 500));
        assertInstanceOf(Conditions.WrongSize.class, claim.check("photos", fields, 1001));
        fields.put("key", "user/mallory/a.jpg");
        assertInstanceOf(Conditions.Failed.class, claim.check("photos", fields, 500));
    }

    private static Map<String, String> v4(String prefix, String conditions) {
        boolean aws = prefix.equals("x-amz-");
        String scope =
                aws ? "20260601/local/s3/aws4_request" : "20260601/local/oss/aliyun_v4_request";
        String policy =
                Base64.getEncoder()
                        .encodeToString(
                                ("{\"expiration\":\"2026-06-01T12:10:00.000Z\",\"conditions\":["
                                                + conditions
                                                + "]}")
                                        .getBytes(StandardCharsets.UTF_8));
        HmacKey key =
                aws
                        ? SigningKeys.aws("SECRET", "20260601", "local", "s3")
                        : SigningKeys.oss("SECRET", "20260601", "local", "oss");
        Map<String, String> fields = new HashMap<>();
        fields.put("policy", policy);
        fields.put(
                aws ? "x-amz-algorithm" : "x-oss-signature-version",
                aws ? "AWS4-HMAC-SHA256" : "OSS4-HMAC-SHA256");
        fields.put(prefix + "credential", "AK/" + scope);
        fields.put(prefix + "date", "20260601T120000Z");
        fields.put(prefix + "signature", Hashes.HEX.formatHex(key.sign(policy)));
        fields.put("key", "in/a.txt");
        return fields;
    }

    @Test
    void bothV4ShapesHold() {
        Map<String, String> oss =
                v4("x-oss-", "{\"bucket\":\"b\"},[\"in\",\"$key\",[\"in/a.txt\",\"in/b.txt\"]]");
        assertInstanceOf(VerifyOutcome.Verified.class, claim(oss).verify("SECRET", NOW));
        assertInstanceOf(Conditions.Met.class, claim(oss).check("b", oss, 1));
        oss.put("key", "in/c.txt");
        assertInstanceOf(Conditions.Failed.class, claim(oss).check("b", oss, 1));
        String all =
                "{\"bucket\":\"b\"},[\"starts-with\",\"$key\",\"in/\"],{\"x-amz-algorithm\":"
                        + "\"AWS4-HMAC-SHA256\"},[\"starts-with\",\"$x-amz-credential\",\"AK/\"],"
                        + "{\"x-amz-date\":\"20260601T120000Z\"}";
        Map<String, String> aws = v4("x-amz-", all);
        assertInstanceOf(VerifyOutcome.Verified.class, claim(aws).verify("SECRET", NOW));
        assertInstanceOf(Conditions.Met.class, claim(aws).check("b", aws, 1));
        aws.put("acl", "public-read");
        assertInstanceOf(Conditions.Failed.class, claim(aws).check("b", aws, 1));
    }

    @Test
    void aFormWithoutPolicyIsAnonymousAndOneThatDoesNotParseIsRefused() {
        assertInstanceOf(Credential.Anonymous.class, PostForm.parse(Map.of("key", "a")));
        for (String bad : new String[] {"", "%%%", "bm90IGpzb24=", "e30="}) {
            Map<String, String> fields = v4("x-oss-", "");
            fields.put("policy", bad);
            assertInstanceOf(Credential.Malformed.class, PostForm.parse(fields), bad);
        }
        Map<String, String> two = v4("x-oss-", "");
        two.put("signature", "x");
        assertInstanceOf(Credential.Malformed.class, PostForm.parse(two));
        String twice =
                Base64.getEncoder()
                        .encodeToString(
                                "{\"expiration\":\"2026-06-01T12:10:00Z\",\"conditions\":[],\"conditions\":[]}"
                                        .getBytes(StandardCharsets.UTF_8));
        Map<String, String> fields = v4("x-oss-", "");
        fields.put("policy", twice);
        assertInstanceOf(Credential.Malformed.class, PostForm.parse(fields));
    }
}
