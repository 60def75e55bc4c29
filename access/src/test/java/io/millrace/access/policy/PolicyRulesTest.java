package io.millrace.access.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The bounds of a policy document, every operator at its boundary, and whom a statement is about.
 */
class PolicyRulesTest {
    private static final String ACCOUNT = "100000000000";
    private static final Instant NOON = Instant.parse("2026-06-01T12:00:00Z");

    private static String document(String statements) {
        return "{'Version':'1','Statement':%s}".formatted(statements).replace('\'', '"');
    }

    private static Policy policy(String statements) {
        return Policy.identity("p", document(statements), ACCOUNT);
    }

    private static String refused(Runnable write) {
        String why = assertThrows(PolicyException.class, write::run).getMessage();
        assertTrue(why.length() > 10, why);
        return why;
    }

    private static String refused(String statements) {
        return refused(() -> policy(statements));
    }

    private static final String ALL = "{'Effect':'Allow','Action':'*','Resource':'*'}";

    private static PolicyRequest by(String principal, Map<String, String> values) {
        return new PolicyRequest(
                List.of("oss:getobject"),
                "b/k",
                principal,
                "al*ce",
                "u1",
                "10.0.0.7",
                false,
                NOON,
                values);
    }

    private static boolean met(String condition, Map<String, String> values) {
        Policy policy =
                policy(
                        "{'Effect':'Allow','Action':'*','Resource':'*','Condition':{"
                                + condition
                                + "}}");
        return Policy.decide(List.of(policy), by("user/a", values)) instanceof Verdict.Allow;
    }

    @Test
    void aDocumentHasABoundedLength() {
        String whole = document("[" + ALL + "]");
        Policy.identity("p", whole + " ".repeat(6_144 - whole.length()), ACCOUNT);
        refused(() -> Policy.identity("p", whole + " ".repeat(6_145 - whole.length()), ACCOUNT));
        Policy.session(whole + " ".repeat(2_048 - whole.length()), ACCOUNT);
        refused(() -> Policy.session(whole + " ".repeat(2_049 - whole.length()), ACCOUNT));
    }

    @Test
    void aDocumentHasAtMostAHundredStatementsAndAThousandParts() {
        String small = "{'Effect':'Deny','Action':'*','Resource':'*'},";
        String hundred = "[" + small.repeat(99) + ALL + "]";
        assertEquals(100, policy(hundred).statements().size());
        assertTrue(refused("[" + small.repeat(100) + ALL + "]").contains("100"));
        String resource = "],'Resource':'*'}";
        String head = "{'Effect':'Deny','Action':[";
        policy(head + "'*',".repeat(998) + "'*'" + resource);
        assertTrue(refused(head + "'*',".repeat(999) + "'*'" + resource).contains("1000"));
        String condition =
                "{'Effect':'Deny','Action':'*','Resource':'*','Condition':{'NumericEquals':"
                        + "{'oss:max-keys':[";
        policy(condition + "1,".repeat(997) + "1]}}}");
        refused(condition + "1,".repeat(998) + "1]}}}");
    }

    @Test
    void oneStatementNeedsNoList() {
        assertEquals(1, policy(ALL).statements().size());
        assertEquals(List.of(), Policy.matching(List.of(), by("user/a", Map.of())));
    }

    @Test
    void whatAStatementMayNotHoldIsNamed() {
        assertTrue(refused("[7]").contains("a statement"));
        assertTrue(
                refused("{'Effect':'Allow','Action':'*','Resource':'*','Extra':1}")
                        .contains("Extra"));
        refused("{'Action':'*','Resource':'*'}");
        refused("{'Effect':'Maybe','Action':'*','Resource':'*'}");
        String open = "{'Effect':'Allow','Action':'*','Resource':'*','Condition':";
        for (String bad :
                List.of(
                        "7",
                        "{'StringEquals':7}",
                        "{'StringEquals':{'oss:Prefix':[]}}",
                        "{'StringEquals':{'oss:Prefix':null}}",
                        "{'StringEquals':{'oss:Prefix':{}}}",
                        "{'StringEquals':{'oss:Prefix':[['a']]}}",
                        "{'NumericEquals':{'oss:Max-Keys':'many'}}",
                        "{'DateEquals':{'acs:CurrentTime':'noon'}}",
                        "{'Bool':{'acs:SecureTransport':'yes'}}",
                        "{'Null':{'oss:Prefix':'yes'}}",
                        "{'NumericEquals':{'oss:Prefix':1}}",
                        "{'StringLike':{'oss:Prefix':'${'}}",
                        "{'StringLike':{'oss:Prefix':'${oss:prefix}'}}",
                        "{'IpAddress':{'acs:SourceIp':'10.0.0.0/-1'}}",
                        "{'IpAddress':{'acs:SourceIp':'10.0.0.0/x'}}")) {
            refused(open + bad + "}");
        }
    }

    @Test
    void numbersCompareAtTheBoundary() {
        Map<String, Boolean> less = Map.of("9", true, "10", false, "10.0", false, "11", false);
        Map<String, Boolean> equal = Map.of("9", false, "10", true, "10.0", true, "11", false);
        String[] actual = {"9", "10", "10.0", "11"};
        for (String n : actual) {
            boolean l = less.get(n);
            boolean e = equal.get(n);
            assertNumber("NumericLessThan", n, l);
            assertNumber("NumericLessThanEquals", n, l || e);
            assertNumber("NumericGreaterThan", n, !l && !e);
            assertNumber("NumericGreaterThanEquals", n, !l);
            assertNumber("NumericEquals", n, e);
            assertNumber("NumericNotEquals", n, !e);
        }
        assertNumber("NumericEquals", "ten", false);
        assertNumber("NumericLessThan", "0".repeat(40), true);
        assertNumber("NumericLessThan", "0".repeat(41), false);
    }

    private static void assertNumber(String operator, String actual, boolean expected) {
        assertEquals(
                expected,
                met("'" + operator + "':{'oss:Max-Keys':10}", Map.of("max-keys", actual)),
                actual + " " + operator + " 10");
    }

    @Test
    void datesCompareAtTheBoundary() {
        for (int second = -1; second <= 1; second++) {
            String at = NOON.plusSeconds(second).toString();
            assertDate("DateLessThan", at, 0 < second);
            assertDate("DateLessThanEquals", at, 0 <= second);
            assertDate("DateGreaterThan", at, 0 > second);
            assertDate("DateGreaterThanEquals", at, 0 >= second);
            assertDate("DateEquals", at, 0 == second);
            assertDate("DateNotEquals", at, 0 != second);
        }
        String epoch = "'NumericEquals':{'aws:EpochTime':" + NOON.getEpochSecond() + "}";
        assertTrue(met(epoch, Map.of()));
    }

    private static void assertDate(String operator, String wanted, boolean expected) {
        assertEquals(
                expected,
                met("'" + operator + "':{'acs:CurrentTime':'" + wanted + "'}", Map.of()),
                operator + " " + wanted);
    }

    @Test
    void textsCompareByCaseWildcardAndNegation() {
        Map<String, String> values = Map.of("prefix", "In/a", "useragent", "ua", "referer", "r");
        for (String met :
                List.of(
                        "'StringEquals':{'oss:Prefix':['x','In/a']}",
                        "'StringNotEquals':{'oss:Prefix':['x','in/a']}",
                        "'StringEqualsIgnoreCase':{'oss:Prefix':'iN/A'}",
                        "'StringNotEqualsIgnoreCase':{'oss:Prefix':'iN/B'}",
                        "'StringLike':{'oss:Prefix':'In/?'}",
                        "'StringNotLike':{'oss:Prefix':'in/*'}",
                        "'StringEquals':{'acs:UserAgent':'ua','aws:Referer':'r'}",
                        "'StringEquals':{'acs:UserName':'al*ce'}",
                        "'StringEquals':{'aws:UserId':'u1'}",
                        "'StringEquals':{'acs:UserName':'${aws:username}'}",
                        "'StringEquals':{'acs:UserName':'al${*}ce'}",
                        "'Bool':{'acs:SecureTransport':'false'}",
                        "'Null':{'sts:ExternalId':'true','sts:RoleSessionName':'true'}",
                        "'Null':{'oss:Prefix':'false'}",
                        "'StringNotLike':{'sts:ExternalId':'*'}")) {
            assertTrue(met(met, values), met);
        }
        for (String not :
                List.of(
                        "'StringEquals':{'oss:Prefix':['in/a','In/']}",
                        "'StringNotEquals':{'oss:Prefix':['x','In/a']}",
                        "'StringEqualsIgnoreCase':{'oss:Prefix':'In/?'}",
                        "'StringNotEqualsIgnoreCase':{'oss:Prefix':'iN/A'}",
                        "'StringLike':{'oss:Prefix':'in/*'}",
                        "'StringNotLike':{'oss:Prefix':'In/?'}",
                        "'StringEquals':{'oss:Prefix':'*${aws:username}'}",
                        "'StringEquals':{'acs:UserName':'${aws:username}?'}",
                        "'StringLike':{'acs:UserName':'${aws:userid}'}",
                        "'Bool':{'acs:SecureTransport':'true'}",
                        "'StringLike':{'sts:ExternalId':'*'}",
                        "'Null':{'oss:Prefix':'true'}")) {
            assertFalse(met(not, values), not);
        }
    }

    @Test
    void networksContainTheirAddressesToTheBit() {
        assertTrue(PolicyCompiler.cidr("10.0.0.7").contains(InetAddress.ofLiteral("10.0.0.7")));
        assertFalse(PolicyCompiler.cidr("10.0.0.7").contains(InetAddress.ofLiteral("10.0.0.6")));
        assertTrue(PolicyCompiler.cidr("10.0.0.6/31").contains(InetAddress.ofLiteral("10.0.0.7")));
        assertFalse(PolicyCompiler.cidr("10.0.0.6/32").contains(InetAddress.ofLiteral("10.0.0.7")));
        assertFalse(PolicyCompiler.cidr("10.0.0.8/29").contains(InetAddress.ofLiteral("10.0.0.7")));
        assertTrue(PolicyCompiler.cidr("0.0.0.0/0").contains(InetAddress.ofLiteral("255.1.1.1")));
        assertFalse(PolicyCompiler.cidr("0.0.0.0/0").contains(InetAddress.ofLiteral("::1")));
        assertTrue(
                PolicyCompiler.cidr("2001:db8::/128")
                        .contains(InetAddress.ofLiteral("2001:db8::")));
        assertFalse(
                PolicyCompiler.cidr("2001:db8::/33")
                        .contains(InetAddress.ofLiteral("2001:db8:8000::")));
        assertTrue(
                PolicyCompiler.cidr("::ffff:10.0.0.0/8")
                        .contains(InetAddress.ofLiteral("10.9.9.9")));
        refused(() -> PolicyCompiler.cidr("2001:db8::/129"));
        refused(() -> PolicyCompiler.cidr(""));
        refused(() -> PolicyCompiler.cidr("/8"));
    }

    private static boolean matches(String pattern, String value) {
        return Pattern.parse(pattern).matches(value, null, false);
    }

    @Test
    void wildcardsMatchWholeTexts() {
        for (String[] pair :
                new String[][] {
                    {"", ""},
                    {"*", ""},
                    {"*", "a/b"},
                    {"a*", "a"},
                    {"*a", "ba"},
                    {"a*b*c", "a1b2c"},
                    {"?", "a"},
                    {"a?c", "abc"},
                    {"**", ""},
                    {"a**", "ab"},
                    {"*ab", "aab"},
                    {"$", "$"},
                    {"a$", "a$"},
                    {"$x", "$x"},
                    {"${*}", "*"},
                    {"${?}${$}", "?$"}
                }) {
            assertTrue(matches(pair[0], pair[1]), String.join(" ", pair));
        }
        for (String[] pair :
                new String[][] {
                    {"", "a"},
                    {"a", ""},
                    {"a", "ab"},
                    {"ab", "a"},
                    {"?", ""},
                    {"?", "ab"},
                    {"a*b", "a"},
                    {"a*b", "abc"},
                    {"*?", ""},
                    {"${*}", "a"},
                    {"A", "a"},
                    {"${aws:username}", ""},
                    {"a*", "A"}
                }) {
            assertFalse(matches(pair[0], pair[1]), String.join(" ", pair));
        }
        assertTrue(Pattern.literal("a*").matches("A*", null, true));
        assertFalse(Pattern.literal("a*").matches("ab", null, true));
        assertEquals("a*", Pattern.parse("a*").toString());
    }

    private static String bucket(String principal, String resource) {
        return document(
                "[{'Sid':'first','Effect':'Allow','Action':'oss:GetObject','Principal':"
                        + principal
                        + ",'Resource':'"
                        + resource
                        + "'}]");
    }

    private static boolean open(String principal, String caller) {
        Policy policy = Policy.bucket("b", bucket(principal, "acs:oss:*:*:b/*"), ACCOUNT);
        return Policy.decide(List.of(policy), by(caller, Map.of())) instanceof Verdict.Allow;
    }

    @Test
    void aBucketsStatementIsAboutThePrincipalsThatItNames() {
        for (String caller : List.of("root", "user/bob", "role/r", "anonymous", "device/d")) {
            assertTrue(open("'*'", caller), caller);
            assertTrue(open("{'AWS':['*']}", caller), caller);
            boolean account = !caller.equals("anonymous") && !caller.startsWith("device/");
            assertEquals(account, open("'" + ACCOUNT + "'", caller), caller);
            assertEquals(account, open("'acs:ram::100000000000:root'", caller), caller);
            boolean bob = caller.equals("user/bob");
            assertEquals(bob, open("{'RAM':'acs:ram::100000000000:user/bob'}", caller), caller);
            boolean role = caller.equals("role/r");
            assertEquals(role, open("['arn:aws:iam::100000000000:role/r']", caller), caller);
        }
        for (String bad :
                List.of(
                        "'bob'",
                        "'acs:ram::100000000000:user/'",
                        "'acs:ram::100000000000:role/'",
                        "'acs:ram::100000000000:role/?'",
                        "'acs:ram::100000000000:group/g'",
                        "[]",
                        "7")) {
            refused(() -> Policy.bucket("b", bucket(bad, "acs:oss:*:*:b/*"), ACCOUNT));
        }
        refused(() -> Policy.bucket("b", document("[" + ALL + "]"), ACCOUNT));
        Policy.bucket("b", bucket("'*'", "arn:aws:s3:::b"), ACCOUNT);
        assertTrue(
                refused(() -> Policy.bucket("b", bucket("'*'", "arn:aws:s3:::bb"), ACCOUNT))
                        .contains("arn:aws:s3:::bb"));
    }

    @Test
    void aDecisionNamesTheFirstStatementThatAllowsIt() {
        Policy bucket = Policy.bucket("b", bucket("'*'", "acs:oss:*:*:b/*"), ACCOUNT);
        PolicyRequest request = by("user/a", Map.of());
        Verdict verdict = Policy.decide(List.of(bucket, policy(ALL)), request);
        StatementRef first = new StatementRef("bucket-policy:b", 0, "first");
        assertEquals(new Verdict.Allow(first), verdict);
        assertEquals(
                List.of(first, new StatementRef("p", 0, null)),
                Policy.matching(List.of(bucket, policy(ALL)), request));
        assertInstanceOf(Verdict.Nothing.class, Policy.decide(List.of(), request));
        assertEquals("bucket-policy:b", bucket.name());
        assertEquals("Policy[p]", policy(ALL).toString());
    }

    private static void trust(String more) {
        Policy.trust(
                "r",
                document(
                        "[{'Effect':'Allow','Principal':'acs:ram::100000000000:root',"
                                + more
                                + "}]"),
                ACCOUNT);
    }

    @Test
    void aTrustPolicyIsAboutAssumingTheRoleAndNothingElse() {
        trust("'Action':'sts:AssumeRole'");
        trust("'Action':['STS:assumerole']");
        for (String bad :
                List.of(
                        "'Action':'*'",
                        "'Action':['sts:AssumeRole','oss:GetObject']",
                        "'Action':'sts:AssumeRole','Resource':'*'",
                        "'Action':'sts:AssumeRole','NotResource':'*'")) {
            refused(() -> trust(bad));
        }
        refused(
                () ->
                        Policy.trust(
                                "r",
                                document("[{'Effect':'Allow','Action':'sts:AssumeRole'}]"),
                                ACCOUNT));
    }

    @Test
    void resourcesOfBothVendorsBecomeOneName() {
        for (String[] pair :
                new String[][] {
                    {"*", "*"},
                    {"acs:oss:*:*:b/k", "b/k"},
                    {"acs:oss:cn:100000000000:b/a:b", "b/a:b"},
                    {"acs:oss:::b", "b"},
                    {"arn:aws:s3:::b/a:b", "b/a:b"},
                    {"acs:live:*:*:_live/s", "_live/s"},
                    {"acs:*:*:*:*", "*"},
                    {"acs:ram:*:*:*", "_role/*"},
                    {"arn:aws:iam::100000000000:role/r", "_role/r"}
                }) {
            assertEquals(pair[1], Resources.internal(pair[0], ACCOUNT));
        }
        for (String bad :
                List.of(
                        "",
                        "b/k",
                        "acs:oss:*:*",
                        "acs:oss:*:*:",
                        "arn:aws:s3::b",
                        "arn:aws:s3:::",
                        "arn:gcp:s3:::b",
                        "acs:ram:*:*:user/a",
                        "acs:ecs:*:*:b",
                        "acs:oss:*:200000000000:b")) {
            refused(() -> Resources.internal(bad, ACCOUNT));
        }
    }

    @Test
    void conditionKeysAreKnownInAnyCase() {
        assertEquals(ConditionKey.USER_NAME, ConditionKey.of("ACS:UserName"));
        assertNotNull(ConditionKey.of("sts:rolesessionname"));
        assertNull(ConditionKey.of("username"));
        assertNull(Condition.Operator.of("stringequals"));
        assertEquals("StringLike", Condition.Operator.STRING_LIKE.spelling());
    }
}
