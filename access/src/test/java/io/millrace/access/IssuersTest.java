package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.access.Devices.EnrolOutcome;
import io.millrace.access.Devices.Refusal;
import io.millrace.access.Devices.TokenOutcome;
import io.millrace.access.policy.Policy;
import io.millrace.keyspace.Batch;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who stands behind a device or other credentials, and what comes of it when that changes. */
class IssuersTest {
    private static final String WORK = "acs:oss:*:*:rec/work/*";
    private static final String NOT_SECRET =
            Desk.allow("oss:*", "acs:oss:*:*:rec/work/secret/*").replace("Allow", "Deny");
    private static final String OPEN = "rec/work/a";
    private static final String SECRET = "rec/work/secret/a";

    @TempDir Path directory;
    private Desk desk;
    private Caller root;
    private Caller alice;
    private int nonces;

    @BeforeEach
    void open() {
        desk = new Desk(directory);
        root = desk.access.root();
        alice = desk.user("alice", Desk.allow("oss:*", WORK) + "," + NOT_SECRET);
    }

    @AfterEach
    void close() {
        desk.close();
    }

    private String registered(Caller by) {
        return desk.access.devices().register("cam", "rec", "work/", by).orThrow().code();
    }

    private String enrolled(String code) {
        return assertInstanceOf(
                        EnrolOutcome.Enrolled.class, desk.access.devices().enrol(code, "10.0.0.9"))
                .secret();
    }

    private TokenOutcome asked(String secret) {
        String nonce = "nonce-no-" + nonces++;
        String time = Long.toString(desk.clock.instant().getEpochSecond());
        String text = "cam\n" + time + "\n" + nonce;
        byte[] mac = MasterKey.hmac(secret.getBytes(StandardCharsets.UTF_8), text);
        return desk.access
                .devices()
                .token("cam", time, nonce, HexFormat.of().formatHex(mac), "10.0.0.9");
    }

    private Caller token(String secret) {
        return desk.resolved(
                assertInstanceOf(TokenOutcome.Issued.class, asked(secret)).credentials());
    }

    private boolean mayPut(Caller caller, String resource) {
        return desk.may(caller, "oss:PutObject", resource);
    }

    private Devices.DeviceInfo cam() {
        return desk.access.devices().get("cam").orElseThrow();
    }

    @Test
    void aDeviceWritesForWhoeverMadeTheCodeThatItUsed() {
        Caller device = token(enrolled(registered(alice)));
        assertEquals("user/alice", cam().issuer());
        assertTrue(mayPut(device, OPEN));
        assertFalse(mayPut(device, SECRET));
        String code = desk.access.devices().newCode("cam", root).orThrow().code();
        assertEquals("user/alice", cam().issuer(), "until the code is used");
        assertFalse(mayPut(device, SECRET));
        Caller again = token(enrolled(code));
        assertEquals("root", cam().issuer());
        assertTrue(mayPut(again, SECRET));
        assertFalse(mayPut(device, OPEN), "the tokens of the old secret have ended");
    }

    @Test
    void whoEnablesADeviceTakesItOver() {
        String secret = enrolled(registered(root));
        desk.access.devices().disable("cam").orThrow();
        assertEquals("user/alice", desk.access.devices().enable("cam", alice).orThrow().issuer());
        Caller device = token(secret);
        assertTrue(mayPut(device, OPEN));
        assertFalse(mayPut(device, SECRET));
        desk.access.devices().enable("cam", root).orThrow();
        assertTrue(mayPut(token(secret), SECRET));
    }

    @Test
    void aNewCodeBringsADisabledDeviceBackButNotTheSecretThatItHad() {
        String stolen = enrolled(registered(alice));
        desk.access.devices().disable("cam").orThrow();
        String code = desk.access.devices().newCode("cam", root).orThrow().code();
        assertTrue(cam().enabled());
        assertFalse(cam().enrolled());
        assertEquals(
                Refusal.NOT_RECOGNISED,
                assertInstanceOf(TokenOutcome.Refused.class, asked(stolen)).reason());
        assertTrue(mayPut(token(enrolled(code)), SECRET));
    }

    @Test
    void whatNobodyStandsBehindAnyMoreGetsNothingUntilItIsTakenOver() {
        String secret = enrolled(registered(alice));
        Caller device = token(secret);
        String code = desk.access.devices().newCode("cam", alice).orThrow().code();
        desk.access.users().setEnabled("alice", false).orThrow();
        assertFalse(cam().vouched());
        Decision.Denied denied =
                assertInstanceOf(
                        Decision.Denied.class,
                        desk.access.decide(device, "oss:PutObject", OPEN, desk.context()));
        assertEquals(Decision.Reason.REVOKED, denied.reason());
        assertEquals(
                "Whoever issued these credentials may not do it: The user is gone or disabled.",
                denied.message());
        assertEquals(
                Refusal.ISSUER,
                assertInstanceOf(TokenOutcome.Refused.class, asked(secret)).reason());
        assertEquals(
                Refusal.ISSUER,
                assertInstanceOf(
                                EnrolOutcome.Refused.class,
                                desk.access.devices().enrol(code, "10.0.0.9"))
                        .reason());
        desk.access.users().delete("alice").orThrow();
        desk.access.users().create("alice", null, List.of("policy-alice")).orThrow();
        assertFalse(cam().vouched(), "another one of the same name");
        desk.access.devices().enable("cam", root).orThrow();
        assertTrue(cam().vouched());
        assertTrue(mayPut(token(secret), OPEN));
    }

    @Test
    void aDeviceOfAnEarlierVersionIsBoundedByItsPrefixUntilSomebodyStandsBehindIt() {
        Records.Device row =
                new Records.Device(
                        "dcam",
                        "cam",
                        "rec",
                        "work/",
                        true,
                        desk.master.encrypt("kept", "device:dcam"),
                        1,
                        0,
                        0,
                        null);
        Records.Code code = new Records.Code("cam", "dcam", desk.clock.millis() + 60_000, null);
        desk.keySpace.commit(
                Batch.builder()
                        .put(Directory.deviceKey("cam"), Records.encode(row))
                        .put(
                                Rows.key("enrol", StoredSessions.hash("enrolment code AAAA")),
                                Records.encode(code))
                        .build());
        assertEquals(null, cam().issuer());
        assertTrue(cam().vouched());
        Caller device = token("kept");
        assertTrue(mayPut(device, SECRET));
        assertFalse(mayPut(device, "rec/other"));
        String fresh = enrolled("AAAA");
        assertEquals(null, cam().issuer(), "nor does its code name anybody");
        assertTrue(mayPut(token(fresh), SECRET));
        desk.access.devices().enable("cam", alice).orThrow();
        assertFalse(mayPut(token(fresh), SECRET));
    }

    @Test
    void aDeviceOfARolesSessionHasItsRightsUntilTheRolesSessionsAreRevoked() {
        desk.access
                .roles()
                .create(
                        "worker",
                        Desk.trust("acs:ram::100000000000:root", ""),
                        Duration.ofHours(1),
                        List.of("policy-alice"))
                .orThrow();
        AssumeRoleRequest request =
                new AssumeRoleRequest(
                        "acs:ram::100000000000:role/worker",
                        "session",
                        Desk.policy(Desk.allow("oss:PutObject", "*")),
                        null,
                        null,
                        desk.context());
        TemporaryCredentials assumed =
                assertInstanceOf(AssumeOutcome.Assumed.class, desk.access.assumeRole(root, request))
                        .credentials();
        String secret = enrolled(registered(desk.resolved(assumed)));
        assertEquals("role/worker", cam().issuer());
        desk.clock.advance(Duration.ofHours(2));
        Caller device = token(secret);
        assertTrue(mayPut(device, OPEN), "it outlives the session");
        assertFalse(mayPut(device, SECRET), "by the role's policies");
        assertFalse(desk.may(device, "oss:HeadObject", OPEN), "by the session's policy");
        desk.access.roles().revokeSessions("worker").orThrow();
        assertFalse(mayPut(device, OPEN));
        assertFalse(cam().vouched());
    }

    @Test
    void whatActsForOthersHandsNothingOn() {
        Caller device = token(enrolled(registered(root)));
        Caller issued =
                desk.resolved(
                        desk.access
                                .issue(alice, Scope.upload("rec", "work/"), Duration.ofMinutes(1))
                                .orElseThrow());
        Caller edge =
                assertInstanceOf(
                                Resolution.Resolved.class,
                                desk.access.resolve(desk.access.serviceKey("edge").id(), null))
                        .caller();
        for (Caller caller : List.of(device, issued, edge, new Caller.Anonymous())) {
            assertEquals(
                    Optional.empty(),
                    desk.access.issue(caller, Scope.read("rec"), Duration.ofMinutes(1)));
            Devices devices = desk.access.devices();
            assertInstanceOf(Change.Invalid.class, devices.register("x", "rec", "x/", caller));
            assertInstanceOf(Change.Invalid.class, devices.newCode("cam", caller));
            assertInstanceOf(Change.Invalid.class, devices.enable("cam", caller));
        }
    }

    @Test
    void whatIsIssuedEndsWithinAnHourAndWithTheSessionThatIssuedIt() {
        Scope scope = Scope.upload("rec", "work/");
        assertThrows(
                IllegalArgumentException.class,
                () -> desk.access.issue(alice, scope, Duration.ofMinutes(61)));
        Caller session =
                new Callers(Desk.ACCOUNT)
                        .session("r", "r1", "s", null, 1, desk.clock.instant().plusSeconds(90));
        assertEquals(
                desk.clock.instant().plusSeconds(90),
                desk.access.issue(session, scope, Duration.ofHours(1)).orElseThrow().expiration());
        TemporaryCredentials given =
                desk.access.issue(alice, scope, Duration.ofHours(1)).orElseThrow();
        Caller caller = desk.resolved(given);
        assertTrue(mayPut(caller, OPEN));
        desk.clock.advance(Duration.ofHours(1));
        assertFalse(mayPut(caller, OPEN));
        assertInstanceOf(
                Resolution.TokenExpired.class,
                desk.access.resolve(given.accessKeyId(), given.securityToken()));
    }

    @Test
    void aRefusalSaysWhoseRightIsMissing() {
        Caller issued =
                desk.resolved(
                        desk.access
                                .issue(alice, Scope.upload("rec", "work/"), Duration.ofMinutes(1))
                                .orElseThrow());
        assertEquals("acs:ram::100000000000:upload/alice", issued.arn());
        assertEquals(
                new Decision.Denied(
                        Decision.Reason.EXPLICIT_DENY,
                        "Whoever issued these credentials may not do it: A policy denies it.",
                        new io.millrace.access.policy.StatementRef("policy-alice", 1, null)),
                desk.access.decide(issued, "oss:PutObject", SECRET, desk.context()));
        Decision.Denied outside =
                assertInstanceOf(
                        Decision.Denied.class,
                        desk.access.decide(issued, "oss:PutObject", "rec/x", desk.context()));
        assertEquals(Decision.Reason.ISSUED_SCOPE, outside.reason());
        assertEquals("These credentials are for writing below one prefix only.", outside.message());
        Policies.Explanation why =
                desk.access.policies().explain(issued, "oss:PutObject", OPEN, desk.context());
        assertTrue(why.decision().allowed());
        assertEquals(1, why.matched().size());
    }

    @Test
    void aTokenOfNoKnownKindOrIssuerIsNone() {
        for (String[] odd :
                new String[][] {
                    {"X", "user/alice"},
                    {"U", "alice"},
                    {"U", "device/cam"},
                    {"G", ""},
                    {"G", "/alice"},
                }) {
            Token token =
                    new Token(
                            odd[0].charAt(0),
                            "STS.id",
                            "secret",
                            odd[1],
                            alice.id(),
                            0,
                            desk.clock.instant().plusSeconds(60),
                            "",
                            "rec",
                            "work/",
                            "");
            assertEquals(
                    new Resolution.TokenInvalid("The security token is not valid."),
                    desk.access.resolve("STS.id", token.seal(desk.master)),
                    String.join(" ", odd));
        }
    }

    @Test
    void aSessionPolicyThatIsNotUnderstoodAnyMoreLetsNothingThrough() {
        Records.Issuer issuer =
                new Records.Issuer(Records.IssuerKind.ROLE, "worker", "r1", 1, "session", "{}");
        Caller.RoleSession session =
                assertInstanceOf(
                        Caller.RoleSession.class,
                        new Callers(Desk.ACCOUNT).issuer(issuer, Parts.NOON));
        Policy narrow = java.util.Objects.requireNonNull(session.sessionPolicy());
        assertEquals("Policy[missing:session-policy]", narrow.toString());
    }
}
