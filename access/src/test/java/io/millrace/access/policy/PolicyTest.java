package io.millrace.access.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Policies of both vendors, and the ways in which people try to get around them. */
class PolicyTest {
    private static final String ACCOUNT = "100000000000";

    private static Policy ram(String statements) {
        return Policy.identity(
                "p", "{\"Version\":\"1\",\"Statement\":[" + statements + "]}", ACCOUNT);
    }

    private static Policy aws(String statements) {
        return Policy.identity(
                "p", "{\"Version\":\"2012-10-17\",\"Statement\":[" + statements + "]}", ACCOUNT);
    }

    private static String allow(String action, String resource) {
        return "{\"Effect\":\"Allow\",\"Action\":\""
                + action
                + "\",\"Resource\":\""
                + resource
                + "\"}";
    }

    private static String deny(String action, String resource) {
        return allow(action, resource).replace("Allow", "Deny");
    }

    private static PolicyRequest request(String action, String resource) {
        return request(action, resource, "alice", "10.0.0.7", Map.of());
    }

    private static PolicyRequest request(
            String action,
            String resource,
            String user,
            String address,
            Map<String, String> values) {
        return new PolicyRequest(
                Actions.including(action),
                resource,
                "user/" + user,
                user,
                "u1",
                address,
                true,
                Instant.parse("2026-06-01T12:00:00Z"),
                values);
    }

    private static boolean allows(Policy policy, String action, String resource) {
        return allows(policy, request(action, resource));
    }

    private static boolean allows(Policy policy, PolicyRequest request) {
        return Policy.decide(List.of(policy), request) instanceof Verdict.Allow;
    }

    @Test
    void nothingIsAllowedUnlessAStatementSaysSo() {
        Policy policy = ram(allow("oss:GetObject", "acs:oss:*:*:photos/a/*"));
        assertTrue(allows(policy, "oss:GetObject", "photos/a/1.jpg"));
        assertTrue(allows(policy, "oss:HeadObject", "photos/a/1.jpg"));
        assertTrue(!allows(policy, "oss:PutObject", "photos/a/1.jpg"));
        assertTrue(!allows(policy, "oss:GetObject", "photos/b/1.jpg"));
        assertTrue(!allows(policy, "oss:GetObject", "photos/a"));
    }

    @Test
    void anExplicitDenyWinsWhereverItStands() {
        Policy policy =
                ram(allow("oss:*", "*") + "," + deny("oss:DeleteObject", "acs:oss:*:*:archive/*"));
        assertTrue(allows(policy, "oss:PutObject", "archive/x"));
        assertInstanceOf(
                Verdict.Deny.class,
                Policy.decide(List.of(policy), request("oss:DeleteObject", "archive/x")));
        Verdict across =
                Policy.decide(
                        List.of(
                                ram(allow("*", "*")),
                                ram(deny("oss:DeleteObject", "acs:oss:*:*:archive/*"))),
                        request("oss:DeleteObject", "archive/x"));
        assertEquals(
                new StatementRef("p", 0, null),
                assertInstanceOf(Verdict.Deny.class, across).statement());
    }

    @Test
    void aDenyIsNotDodgedByTheCaseOfItsAction() {
        Policy policy = ram(allow("*", "*") + "," + deny("OSS:DELETEobject", "*"));
        assertTrue(!allows(policy, "oss:DeleteObject", "b/k"));
        Policy head = ram(allow("*", "*") + "," + deny("oss:GetObject", "*"));
        assertTrue(!allows(head, "oss:HeadObject", "b/k"));
        Policy append = ram(allow("*", "*") + "," + deny("oss:PutObject", "*"));
        assertTrue(!allows(append, "oss:AppendObject", "b/k"));
    }

    @Test
    void bothVendorsFormsMeanTheSame() {
        Policy aws = aws(allow("s3:PutObject", "arn:aws:s3:::photos/in/*"));
        assertTrue(allows(aws, "oss:PutObject", "photos/in/x"));
        assertTrue(allows(aws, "oss:AppendObject", "photos/in/x"));
        assertTrue(!allows(aws, "oss:GetObject", "photos/in/x"));
        Policy reading = aws(allow("s3:Get*", "arn:aws:s3:::photos/*"));
        assertTrue(allows(reading, "oss:GetObject", "photos/x"));
        assertTrue(!allows(reading, "oss:PutObject", "photos/x"));
        Policy listing = aws(allow("s3:ListBucket", "arn:aws:s3:::photos"));
        assertTrue(allows(listing, "oss:ListObjects", "photos"));
        assertTrue(!allows(listing, "oss:ListObjects", "photos2"));
        assertTrue(!allows(listing, "oss:GetObject", "photos/x"));
        assertTrue(allows(aws(allow("s3:*", "*")), "oss:PutBucketCors", "b"));
        assertTrue(!allows(aws(allow("s3:*", "*")), "sts:AssumeRole", "_role/x"));
    }

    @Test
    void aPatternMatchesWholeNamesNeverPrefixes() {
        Policy policy = ram(allow("oss:PutObject", "acs:oss:*:*:rec/cam1/*"));
        assertTrue(allows(policy, "oss:PutObject", "rec/cam1/a.ts"));
        assertTrue(!allows(policy, "oss:PutObject", "rec/cam10/a.ts"));
        assertTrue(!allows(policy, "oss:PutObject", "rec/cam1"));
        // keys are compared as stored: dots and encodings are characters like any other
        assertTrue(!allows(policy, "oss:PutObject", "rec/cam2/../cam1/a.ts"));
        assertTrue(allows(policy, "oss:PutObject", "rec/cam1/../cam2/a.ts"));
        assertTrue(!allows(policy, "oss:PutObject", "rec/cam1%2Fa.ts"));
        assertTrue(!allows(policy, "oss:PutObject", "rec//cam1/a.ts"));
        assertTrue(!allows(policy, "oss:PutObject", "rec\\cam1/a.ts"));
        assertTrue(!allows(policy, "oss:PutObject", "REC/cam1/a.ts"));
        Policy one = ram(allow("oss:GetObject", "acs:oss:*:*:b/?.txt"));
        assertTrue(allows(one, "oss:GetObject", "b/1.txt"));
        assertTrue(!allows(one, "oss:GetObject", "b/12.txt"));
    }

    @Test
    void aNameWithAStarGainsNothingThroughAVariable() {
        Policy policy = aws(allow("s3:PutObject", "arn:aws:s3:::home/${aws:username}/*"));
        assertTrue(
                allows(policy, request("oss:PutObject", "home/bob/x", "bob", "1.1.1.1", Map.of())));
        assertTrue(
                !allows(
                        policy,
                        request("oss:PutObject", "home/eve/x", "bob", "1.1.1.1", Map.of())));
        assertTrue(
                !allows(policy, request("oss:PutObject", "home/eve/x", "*", "1.1.1.1", Map.of())));
        assertTrue(allows(policy, request("oss:PutObject", "home/*/x", "*", "1.1.1.1", Map.of())));
        assertTrue(
                !allows(
                        policy,
                        request(
                                "oss:PutObject",
                                "home/eve/x",
                                "${aws:username}",
                                "1.1.1.1",
                                Map.of())));
        PolicyRequest nobody =
                new PolicyRequest(
                        Actions.including("oss:PutObject"),
                        "home//x",
                        "role/r",
                        null,
                        null,
                        "1.1.1.1",
                        true,
                        Instant.EPOCH,
                        Map.of());
        assertTrue(!allows(policy, nobody));
    }

    @Test
    void everyOperatorOfTheReferenceWorks() {
        condition("\"IpAddress\":{\"acs:SourceIp\":[\"10.0.0.0/8\",\"2001:db8::/32\"]}", true);
        condition("\"IpAddress\":{\"acs:SourceIp\":\"192.168.0.0/16\"}", false);
        condition("\"NotIpAddress\":{\"aws:SourceIp\":\"10.0.0.0/24\"}", false);
        condition("\"Bool\":{\"acs:SecureTransport\":\"true\"}", true);
        condition("\"Bool\":{\"acs:SecureTransport\":false}", false);
        condition("\"DateLessThan\":{\"acs:CurrentTime\":\"2026-06-02T00:00:00Z\"}", true);
        condition(
                "\"DateGreaterThanEquals\":{\"aws:CurrentTime\":\"2026-06-02T00:00:00Z\"}", false);
        condition("\"NumericLessThanEquals\":{\"oss:Max-Keys\":\"100\"}", true);
        condition("\"NumericGreaterThan\":{\"s3:max-keys\":100}", false);
        condition("\"StringEquals\":{\"oss:Prefix\":[\"a/\",\"b/\"]}", true);
        condition("\"StringEquals\":{\"oss:Prefix\":\"*\"}", false);
        condition("\"StringNotEquals\":{\"oss:Prefix\":\"b/\"}", false);
        condition("\"StringLike\":{\"s3:prefix\":\"b*\"}", true);
        condition("\"StringNotLike\":{\"s3:prefix\":\"b*\"}", false);
        condition("\"StringEqualsIgnoreCase\":{\"s3:prefix\":\"B/\"}", true);
        condition("\"Null\":{\"oss:Delimiter\":\"true\"}", true);
        condition("\"Null\":{\"oss:Prefix\":\"true\"}", false);
        condition("\"StringEquals\":{\"oss:Delimiter\":\"/\"}", false);
        condition("\"StringNotEquals\":{\"oss:Delimiter\":\"/\"}", true);
        condition(
                "\"StringEquals\":{\"oss:Prefix\":\"b/\"},\"Bool\":{\"acs:SecureTransport\":\"false\"}",
                false);
    }

    private static void condition(String condition, boolean met) {
        Policy policy =
                ram(
                        "{\"Effect\":\"Allow\",\"Action\":\"oss:ListObjects\",\"Resource\":\"*\","
                                + "\"Condition\":{"
                                + condition
                                + "}}");
        PolicyRequest request =
                request(
                        "oss:ListObjects",
                        "b",
                        "alice",
                        "10.0.0.7",
                        Map.of("prefix", "b/", "max-keys", "100"));
        assertEquals(met, allows(policy, request), condition);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "{\"Version\":\"1\"}",
                "{\"Version\":\"2\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}",
                "{\"Version\":\"2008-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}",
                "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}",
                "{\"Version\":\"1\",\"Statement\":[]}",
                "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}",
                "{\"Version\":\"1\",\"Statement\":[{\"effect\":\"Deny\",\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}",
                "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Deny\",\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}",
                "{\"Version\":\"1\",\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}",
                "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"NotAction\":\"*\",\"Resource\":\"*\"}]}",
                "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\"}]}",
                "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"oss:Fly\",\"Resource\":\"*\"}]}",
                "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"ecs:*\",\"Resource\":\"*\"}]}",
                "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[],\"Resource\":\"*\"}]}",
                "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[1],\"Resource\":\"*\"}]}",
                "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"photos/*\"}]}",
                "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"acs:oss:*:999999999999:b/*\"}]}",
                "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"acs:oss:*:*:b/${aws:nobody}\"}]}",
                "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Principal\":\"*\"}]}",
                "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{\"StringMatches\":{\"oss:Prefix\":\"a\"}}}]}",
                "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"oss:Moon\":\"a\"}}}]}",
                "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"acs:SourceIp\":\"10.0.0.1\"}}}]}",
                "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{\"IpAddress\":{\"acs:SourceIp\":\"example.com\"}}}]}",
                "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{\"IpAddress\":{\"acs:SourceIp\":\"10.0.0.0/33\"}}}]}",
                "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]} {}",
            })
    void whatIsNotUnderstoodIsRefusedWhenWritten(String document) {
        assertThrows(
                PolicyException.class, () -> Policy.identity("p", document, ACCOUNT), document);
    }

    @Test
    void hugeAndDeepPoliciesAreRefused() {
        String many =
                "{\"Version\":\"1\",\"Statement\":["
                        + allow("oss:GetObject", "acs:oss:*:*:" + "b/".repeat(3100))
                        + "]}";
        assertThrows(PolicyException.class, () -> Policy.identity("p", many, ACCOUNT));
        String deep = "{\"Version\":\"1\",\"Statement\":" + "[".repeat(500) + "]".repeat(500) + "}";
        assertThrows(PolicyException.class, () -> Policy.identity("p", deep, ACCOUNT));
        String session = "{\"Version\":\"1\",\"Statement\":[" + allow("*", "*") + "]}";
        Policy.session(session, ACCOUNT);
        assertThrows(
                PolicyException.class, () -> Policy.session(session + " ".repeat(2048), ACCOUNT));
    }

    @Test
    void aPatternOfManyStarsStillEndsSoon() {
        Policy policy = ram(allow("oss:GetObject", "acs:oss:*:*:b/" + "*a".repeat(200) + "b"));
        long start = System.nanoTime();
        assertTrue(!allows(policy, "oss:GetObject", "b/" + "a".repeat(1000)));
        assertTrue(System.nanoTime() - start < 500_000_000L);
    }

    @Test
    void notActionAndNotResourceSpareWhatTheyName() {
        Policy policy =
                ram(
                        allow("*", "*")
                                + ",{\"Effect\":\"Deny\",\"NotAction\":[\"oss:GetObject\"],\"Resource\":\"acs:oss:*:*:b/*\"}");
        assertTrue(allows(policy, "oss:GetObject", "b/k"));
        assertTrue(allows(policy, "oss:HeadObject", "b/k"));
        assertTrue(!allows(policy, "oss:PutObject", "b/k"));
        Policy others =
                ram(
                        "{\"Effect\":\"Allow\",\"Action\":\"oss:GetObject\",\"NotResource\":\"acs:oss:*:*:secret/*\"}");
        assertTrue(allows(others, "oss:GetObject", "open/k"));
        assertTrue(!allows(others, "oss:GetObject", "secret/k"));
    }

    @Test
    void aTrustPolicyNamesWhomItTrusts() {
        String to =
                "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":%s}]}";
        Policy.trust("r", to.formatted("{\"RAM\":[\"acs:ram::100000000000:user/bob\"]}"), ACCOUNT);
        Policy.trust("r", to.formatted("{\"AWS\":\"arn:aws:iam::100000000000:root\"}"), ACCOUNT);
        for (String bad :
                List.of(
                        "\"*\"",
                        "{\"RAM\":\"*\"}",
                        "{\"RAM\":\"acs:ram::100000000000:user/*\"}",
                        "{\"RAM\":\"acs:ram::999999999999:root\"}",
                        "{\"Federated\":\"x\"}")) {
            assertThrows(
                    PolicyException.class,
                    () -> Policy.trust("r", to.formatted(bad), ACCOUNT),
                    bad);
        }
    }

    @Test
    void aBucketsPolicySpeaksOfThatBucketOnly() {
        String document =
                "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"oss:GetObject\","
                        + "\"Principal\":\"*\",\"Resource\":\"acs:oss:*:*:%s\"}]}";
        Policy policy = Policy.bucket("open", document.formatted("open/*"), ACCOUNT);
        assertTrue(allows(policy, "oss:GetObject", "open/x"));
        assertThrows(
                PolicyException.class,
                () -> Policy.bucket("open", document.formatted("open2/*"), ACCOUNT));
        assertThrows(
                PolicyException.class,
                () -> Policy.bucket("open", document.formatted("*"), ACCOUNT));
    }
}
