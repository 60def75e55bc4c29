package io.millrace.signing;

import static io.millrace.signing.ByHand.NOON;
import static io.millrace.signing.ByHand.SECRET;
import static io.millrace.signing.ByHand.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.signing.Credential.Dialect;
import io.millrace.signing.PostForm.Conditions;
import io.millrace.signing.PostForm.PostClaim;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the policy of a browser's upload allows: nothing but what its conditions say. */
class PostPolicyTest {
    private static String policy(String conditions) {
        String json =
                "{\"expiration\":\"2026-06-01T12:10:00Z\",\"conditions\":[" + conditions + "]}";
        return Base64.getEncoder().encodeToString(utf8(json.replace('\'', '"')));
    }

    private static Map<String, String> oss(String conditions) {
        Map<String, String> fields = new HashMap<>();
        fields.put("policy", policy(conditions));
        fields.put("ossaccesskeyid", "AK");
        fields.put("signature", ByHand.base64("HmacSHA1", SECRET, policy(conditions)));
        return fields;
    }

    private static Map<String, String> v4(String prefix, String scope, String conditions) {
        boolean aws = prefix.equals("x-amz-");
        Map<String, String> fields = new HashMap<>();
        fields.put("policy", policy(conditions));
        fields.put(
                aws ? "x-amz-algorithm" : "x-oss-signature-version",
                aws ? "AWS4-HMAC-SHA256" : "OSS4-HMAC-SHA256");
        fields.put(prefix + "credential", "AK/" + scope);
        fields.put(prefix + "date", ByHand.BASIC);
        byte[] key = ByHand.chain(aws ? "AWS4" : "aliyun_v4", scope.split("/"));
        fields.put(prefix + "signature", ByHand.hex(key, policy(conditions)));
        return fields;
    }

    private static Map<String, String> aws(String conditions) {
        return v4("x-amz-", "20260601/local/s3/aws4_request", conditions);
    }

    private static PostClaim claim(Map<String, String> fields) {
        return assertInstanceOf(PostClaim.class, PostForm.parse(fields));
    }

    private static boolean met(String condition, Map<String, String> fields) {
        Conditions outcome = claim(oss(condition)).check("photos", fields, 5);
        if (outcome instanceof Conditions.Met) {
            return true;
        }
        String message = assertInstanceOf(Conditions.Failed.class, outcome).message();
        assertTrue(message.startsWith("Invalid"), message);
        return false;
    }

    @Test
    void eachOperatorAsksWhatItSays() {
        Map<String, String> fields = Map.of("key", "in/a.txt", "a", "");
        for (String met :
                List.of(
                        "",
                        "{'key':'in/a.txt'}",
                        "{'KEY':'in/a.txt','Bucket':'photos'}",
                        "['eq','$key','in/a.txt']",
                        "['EQ','$Key','in/a.txt']",
                        "['eq','$bucket','photos']",
                        "['starts-with','$key','in/']",
                        "['starts-with','$key','']",
                        "['starts-with','$missing','']",
                        "['in','$key',['x','in/a.txt']]",
                        "['not-in','$key',['x','y']]",
                        "['not-in','$missing',['x']]")) {
            assertTrue(met(met, fields), met);
        }
        for (String failed :
                List.of(
                        "{'key':'in/b.txt'}",
                        "{'missing':''}",
                        "{'bucket':'other'}",
                        "'key'",
                        "7",
                        "[]",
                        "['eq','$key']",
                        "['eq','$key','in/a.txt','more']",
                        "['eq','key','in/a.txt']",
                        "['eq','$key','in/']",
                        "['eq','$missing','']",
                        "['starts-with','$key','out/']",
                        "['starts-with','$missing','a']",
                        "['in','$key',['x']]",
                        "['in','$key','in/a.txt']",
                        "['in','$missing',['x']]",
                        "['not-in','$key',['in/a.txt']]",
                        "['not-in','$key','x']",
                        "['like','$key','in/a.txt']",
                        "{'key':'in/a.txt'},{'a':'b'}")) {
            assertFalse(met(failed, fields), failed);
        }
    }

    @Test
    void everyTypeOfAListOfContentTypesMustBegin() {
        String condition = "['starts-with','$content-type','image/']";
        assertTrue(met(condition, Map.of("content-type", "image/png")));
        assertTrue(met(condition, Map.of("content-type", "image/png, image/gif")));
        assertFalse(met(condition, Map.of("content-type", "image/png,text/html")));
        assertFalse(met(condition, Map.of("content-type", "image/png,")));
        assertFalse(met(condition, Map.of()));
        assertTrue(met("['starts-with','$key','image/']", Map.of("key", "image/a,b")));
    }

    @Test
    void theSizeLiesInItsRangeBothEndsIncluded() {
        PostClaim claim = claim(oss("['content-length-range',2,4]"));
        assertEquals(4, claim.maxSize());
        for (long size : new long[] {-1, 2, 4}) {
            assertEquals(new Conditions.Met(), claim.check("photos", Map.of(), size));
        }
        for (long size : new long[] {0, 1, 5}) {
            assertEquals(
                    new Conditions.WrongSize(size, 2, 4), claim.check("photos", Map.of(), size));
        }
        assertTrue(met("['Content-Length-Range',5,5]", Map.of()));
        assertTrue(met("['content-length-range','0','9']", Map.of()));
        for (String bad : List.of("-1,9", "3,2", "0,'x'", "'x',9")) {
            assertFalse(met("['content-length-range'," + bad + "]", Map.of()), bad);
        }
        assertEquals(Long.MAX_VALUE, claim(oss("")).maxSize());
        assertEquals(
                Long.MAX_VALUE,
                claim(oss("['content-length-range',1],['eq','$a',7],{'content-length-range':1}"))
                        .maxSize());
        assertEquals(0, claim(oss("['content-length-range',1,'x']")).maxSize());
    }

    @Test
    void awsWantsEveryFieldCoveredAndOssWhatChangesAccess() {
        String all =
                "{'key':'a'},['starts-with','$x-amz-algorithm',''],"
                        + "['starts-with','$x-amz-credential',''],['starts-with','$x-amz-date','']";
        Map<String, String> fields = aws(all);
        fields.put("key", "a");
        fields.put("file", "x");
        fields.put("bucket", "photos");
        fields.put("x-ignore-this", "x");
        assertEquals(new Conditions.Met(), claim(fields).check("photos", fields, 1));
        fields.put("x-ignored", "x");
        Conditions.Failed failed =
                assertInstanceOf(Conditions.Failed.class, claim(fields).check("photos", fields, 1));
        assertEquals(
                "Invalid according to Policy: Extra input fields: x-ignored", failed.message());
        assertTrue(met("", Map.of("key", "a", "x-oss-meta-a", "b")));
        assertFalse(met("", Map.of("x-oss-object-acl", "public-read")));
        assertFalse(met("", Map.of("x-oss-callback", "x")));
        assertTrue(met("['eq','$x-oss-callback','x']", Map.of("x-oss-callback", "x")));
    }

    @Test
    void eachShapeSaysWhoSignsAndHoldsUntilItsEnd() {
        Map<String, String> v1 = oss("");
        v1.put("x-oss-security-token", "t");
        Map<String, String> v4 = v4("x-oss-", "20260601/local/oss/aliyun_v4_request", "");
        v4.put("x-oss-security-token", "t");
        Map<String, String> aws = aws("");
        aws.put("x-amz-security-token", "t");
        Map<Claim.Form, Map<String, String>> forms =
                Map.of(
                        Claim.Form.POST_OSS_V1, v1,
                        Claim.Form.POST_OSS_V4, v4,
                        Claim.Form.POST_SIGV4, aws);
        forms.forEach(
                (form, fields) -> {
                    PostClaim claim = claim(fields);
                    assertEquals(form, claim.form());
                    assertEquals("AK", claim.accessKeyId());
                    assertEquals("t", claim.securityToken());
                    assertEquals(form + "[AK]", claim.toString());
                    java.time.Instant end = NOON.plusSeconds(600);
                    ByHand.verified(claim, end);
                    assertEquals(
                            new VerifyOutcome.Expired(end, end.plusMillis(1)),
                            claim.verify(SECRET, end.plusMillis(1)));
                    VerifyOutcome.Mismatch told =
                            assertInstanceOf(
                                    VerifyOutcome.Mismatch.class, claim.verify("other", NOON));
                    assertEquals(policy(""), told.stringToSign());
                    assertEquals("", told.canonicalRequest());
                });
        assertEquals("s3", claim(aws).service());
        assertEquals("local", claim(aws).region());
        assertEquals("", claim(v1).service());
        assertEquals("", claim(v1).region());
    }

    private static void refused(Problem problem, Dialect dialect, Map<String, String> fields) {
        Credential.Malformed refused =
                assertInstanceOf(Credential.Malformed.class, PostForm.parse(fields));
        assertEquals(problem, refused.problem());
        assertEquals(dialect, refused.dialect());
    }

    private static Map<String, String> changed(
            Map<String, String> fields, String name, String value) {
        Map<String, String> changed = new HashMap<>(fields);
        if (value.isEmpty()) {
            changed.remove(name);
        } else {
            changed.put(name, value);
        }
        return changed;
    }

    @Test
    void aFormThatLacksAPartIsRefusedInItsDialect() {
        Map<String, String> v4 = v4("x-oss-", "20260601/local/oss/aliyun_v4_request", "");
        refused(Problem.MALFORMED, Dialect.S3, changed(aws(""), "policy", ""));
        refused(Problem.MALFORMED, Dialect.OSS, changed(v4, "policy", ""));
        refused(Problem.MALFORMED, Dialect.OSS, changed(oss(""), "policy", ""));
        refused(Problem.MALFORMED, Dialect.OSS, changed(oss(""), "ossaccesskeyid", ""));
        refused(Problem.AMBIGUOUS, Dialect.OSS, changed(oss(""), "signature", ""));
        refused(Problem.AMBIGUOUS, Dialect.OSS, changed(oss(""), "x-oss-signature", "x"));
        refused(Problem.AMBIGUOUS, Dialect.S3, changed(v4, "x-amz-signature", "x"));
        refused(Problem.UNSUPPORTED, Dialect.S3, changed(aws(""), "x-amz-algorithm", "x"));
        refused(Problem.UNSUPPORTED, Dialect.OSS, changed(v4, "x-oss-signature-version", ""));
        refused(Problem.BAD_SCOPE, Dialect.S3, changed(aws(""), "x-amz-credential", ""));
        refused(Problem.BAD_SCOPE, Dialect.S3, changed(aws(""), "x-amz-date", ""));
        refused(Problem.BAD_SCOPE, Dialect.OSS, changed(v4, "x-oss-date", "20260602T000000Z"));
        refused(
                Problem.BAD_SCOPE,
                Dialect.OSS,
                changed(v4, "x-oss-credential", "AK/20260601/local/oss/aws4_request"));
        claim(changed(oss(""), "ossaccesskeyid", "other"));
    }

    @Test
    void aPolicyIsASmallJsonObjectWithAnEndAndConditions() {
        String end = "\"expiration\":\"2026-06-01T12:10:00Z\"";
        for (String bad :
                List.of(
                        "[]",
                        "{" + end + "}",
                        "{\"conditions\":[]}",
                        "{" + end + ",\"conditions\":{}}",
                        "{\"expiration\":\"tomorrow\",\"conditions\":[]}",
                        "{" + end + ",\"conditions\":[]} more",
                        "{" + end + ",\"conditions\":[[[[[[[[]]]]]]]]}")) {
            String encoded = Base64.getEncoder().encodeToString(utf8(bad));
            refused(Problem.MALFORMED, Dialect.OSS, changed(oss(""), "policy", encoded));
        }
        String front = "{" + end + ",\"conditions\":[[\"eq\",\"$key\",\"";
        String whole = front + "x".repeat(15_000 - front.length() - 4) + "\"]]}";
        String longest = Base64.getEncoder().encodeToString(utf8(whole));
        assertEquals(20_000, longest.length());
        claim(changed(oss(""), "policy", longest));
        refused(Problem.MALFORMED, Dialect.OSS, changed(oss(""), "policy", longest + "\n"));
    }
}
