package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.access.Decision.Reason;
import io.millrace.access.RequestContext.BucketAcl;
import io.millrace.access.policy.Policy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may do what, by which statement, and why not. */
class DeciderTest {
    private static final String TRUST = Desk.trust("acs:ram::100000000000:root", "");
    private static final Caller NOBODY = new Caller.Anonymous();

    @TempDir Path directory;
    private Parts parts;

    @BeforeEach
    void open() {
        parts = new Parts(directory);
    }

    @AfterEach
    void close() {
        parts.close();
    }

    private static String deny(String action, String resource) {
        return Desk.allow(action, resource).replace("Allow", "Deny");
    }

    private Decision decide(Caller caller, String action, String resource) {
        return decide(caller, action, resource, Parts.context());
    }

    private Decision decide(Caller caller, String action, String resource, RequestContext context) {
        return parts.decider.decide(caller, action, resource, context);
    }

    private static void assertAllowed(String by, Decision decision) {
        assertEquals(
                by,
                assertInstanceOf(Decision.Allowed.class, decision, decision.toString())
                        .statement()
                        .toString());
        assertTrue(decision.allowed());
    }

    private static void assertDenied(
            Reason reason, String message, @Nullable String by, Decision decision) {
        Decision.Denied denied =
                assertInstanceOf(Decision.Denied.class, decision, decision.toString());
        assertEquals(reason, denied.reason());
        assertEquals(message, denied.message());
        assertEquals(by, denied.statement() == null ? null : denied.statement().toString());
        assertTrue(!decision.allowed());
    }

    @Test
    void theRootMayDoEverything() {
        Caller root = new Caller.Root("1", "root", "arn");
        assertAllowed("root[0]", decide(root, "admin:Users", "*"));
        assertEquals(List.of(), parts.decider.policiesOf(root, null));
        assertEquals("root", Decider.principal(root));
    }

    @Test
    void aUserMayWhatAPolicyAllowsAndNoneDenies() {
        Caller alice =
                parts.user("alice", Desk.allow("oss:*", "*") + "," + deny("oss:PutObject", "*"));
        assertAllowed("policy-alice[0]", decide(alice, "oss:GetObject", "b/k"));
        assertDenied(
                Reason.EXPLICIT_DENY,
                "A policy denies it.",
                "policy-alice[1]",
                decide(alice, "oss:PutObject", "b/k"));
        assertDenied(
                Reason.NOT_ALLOWED,
                "No policy allows it.",
                null,
                decide(alice, "admin:Users", "*"));
        assertEquals(1, parts.decider.policiesOf(alice, null).size());
        assertEquals("user/alice", Decider.principal(alice));
    }

    @Test
    void whoIsGoneDisabledOrMadeAnewMayNothing() {
        Caller.User alice = parts.user("alice", Desk.allow("*", "*"));
        String message = "The user is gone or disabled.";
        Caller other = new Caller.User("u0", "alice", alice.arn());
        assertDenied(Reason.REVOKED, message, null, decide(other, "oss:GetObject", "b/k"));
        parts.users.setEnabled("alice", false).orThrow();
        assertDenied(Reason.REVOKED, message, null, decide(alice, "oss:GetObject", "b/k"));
        parts.users.delete("alice").orThrow();
        assertDenied(Reason.REVOKED, message, null, decide(alice, "oss:GetObject", "b/k"));
        assertEquals(List.of(), parts.decider.policiesOf(alice, null));
    }

    @Test
    void aPolicyThatIsGoneOrNoLongerUnderstoodDeniesAll() {
        Caller alice = parts.user("alice", Desk.allow("*", "*"));
        parts.elsewhereGone(Directory.policyKey("policy-alice"));
        assertDenied(
                Reason.EXPLICIT_DENY,
                "A policy denies it.",
                "missing:policy-alice[Missing]",
                decide(alice, "oss:GetObject", "b/k"));
        parts.elsewhere(
                Directory.policyKey("policy-alice"),
                new Records.NamedPolicy("policy-alice", "{}", 1));
        parts.clock.advance(Duration.ofSeconds(1));
        assertEquals(
                Reason.EXPLICIT_DENY,
                ((Decision.Denied) decide(alice, "oss:GetObject", "b/k")).reason());
    }

    @Test
    void theConditionsSeeWhoAsksFromWhereAndWhen() {
        String condition =
                "{\"Effect\":\"Allow\",\"Action\":\"oss:GetObject\",\"Resource\":\"*\","
                        + "\"Condition\":{\"IpAddress\":{\"acs:SourceIp\":\"10.0.0.7\"},"
                        + "\"Bool\":{\"acs:SecureTransport\":\"true\"},"
                        + "\"DateLessThan\":{\"acs:CurrentTime\":\"2026-06-01T12:00:01Z\"}}}";
        Caller alice = parts.user("alice", condition);
        assertTrue(decide(alice, "oss:GetObject", "b/k").allowed());
        assertTrue(
                !decide(alice, "oss:GetObject", "b/k", RequestContext.of("R", "10.0.0.8", true))
                        .allowed());
        assertTrue(
                !decide(alice, "oss:GetObject", "b/k", RequestContext.of("R", "10.0.0.7", false))
                        .allowed());
        parts.clock.advance(Duration.ofSeconds(1));
        assertTrue(!decide(alice, "oss:GetObject", "b/k").allowed());
    }

    private Caller.RoleSession session(@Nullable Policy narrow) {
        Roles.RoleInfo role = parts.roles.get("r").orElseThrow();
        return new Caller.RoleSession(
                role.id() + ":s",
                "r/s",
                "arn",
                "r",
                "s",
                narrow,
                role.epoch(),
                Parts.NOON.plusSeconds(60));
    }

    private static Policy narrow(String statements) {
        return Policy.session(Desk.policy(statements), Desk.ACCOUNT);
    }

    @Test
    void aRolesSessionMayWhatTheRoleAndItsOwnPolicyAllow() {
        parts.policy("p", Desk.allow("oss:*", "acs:oss:*:*:rec/*"));
        parts.roles.create("r", TRUST, Duration.ofHours(1), List.of("p")).orThrow();
        Caller wide = session(null);
        assertAllowed("p[0]", decide(wide, "oss:GetObject", "rec/k"));
        assertEquals(Reason.NOT_ALLOWED, reason(wide, "oss:GetObject", "other/k"));
        assertEquals(1, parts.decider.policiesOf(wide, null).size());
        assertEquals("role/r", Decider.principal(wide));
        Caller narrow =
                session(
                        narrow(
                                Desk.allow("oss:GetObject", "*")
                                        + ","
                                        + deny("oss:PutObject", "*")));
        assertAllowed("p[0]", decide(narrow, "oss:GetObject", "rec/k"));
        assertEquals(Reason.NOT_ALLOWED, reason(narrow, "oss:GetObject", "other/k"));
        assertDenied(
                Reason.EXPLICIT_DENY,
                "The session policy denies it.",
                "session-policy[1]",
                decide(narrow, "oss:PutObject", "rec/k"));
        assertDenied(
                Reason.SESSION_POLICY,
                "The session policy does not allow it.",
                null,
                decide(narrow, "oss:DeleteObject", "rec/k"));
        assertEquals(2, parts.decider.policiesOf(narrow, null).size());
    }

    private Reason reason(Caller caller, String action, String resource) {
        return assertInstanceOf(Decision.Denied.class, decide(caller, action, resource)).reason();
    }

    @Test
    void aSessionEndsWithItsTimeItsEpochAndItsRole() {
        parts.roles.create("r", TRUST, Duration.ofHours(1), List.of("UploadAccess")).orThrow();
        Caller.RoleSession session = session(null);
        String revoked = "The role is gone or its sessions were revoked.";
        Caller foreign =
                new Caller.RoleSession("r0:s", "r/s", "arn", "r", "s", null, 1, session.expires());
        assertDenied(Reason.REVOKED, revoked, null, decide(foreign, "oss:PutObject", "b/k"));
        assertTrue(decide(session, "oss:PutObject", "b/k").allowed());
        parts.clock.advance(Duration.ofSeconds(60).minusMillis(1));
        assertTrue(decide(session, "oss:PutObject", "b/k").allowed());
        parts.clock.advance(Duration.ofMillis(1));
        assertDenied(
                Reason.REVOKED,
                "The session has ended.",
                null,
                decide(session, "oss:PutObject", "b/k"));
        parts.roles.revokeSessions("r").orThrow();
        assertDenied(Reason.REVOKED, revoked, null, decide(session, "oss:PutObject", "b/k"));
        parts.roles.delete("r").orThrow();
        assertDenied(Reason.REVOKED, revoked, null, decide(session, "oss:PutObject", "b/k"));
        assertEquals(List.of(), parts.decider.policiesOf(session, null));
    }

    @Test
    void aServiceMayWhatItsOwnPolicySays() {
        Caller edge = new Caller.Service("service-edge", "edge", "arn");
        assertAllowed("service:edge[Edge]", decide(edge, "live:Play", "_live/s"));
        assertEquals(Reason.NOT_ALLOWED, reason(edge, "admin:Backup", "*"));
        Caller backup = new Caller.Service("service-backup", "backup", "arn");
        assertAllowed("service:backup[Backup]", decide(backup, "admin:Backup", "*"));
        assertEquals(Reason.NOT_ALLOWED, reason(backup, "oss:GetObject", "b/k"));
        Caller other = new Caller.Service("service-other", "other", "arn");
        assertEquals(Reason.NOT_ALLOWED, reason(other, "oss:GetObject", "b/k"));
        assertEquals(1, parts.decider.policiesOf(edge, null).size());
        assertEquals(List.of(), parts.decider.policiesOf(other, null));
        assertEquals("service/edge", Decider.principal(edge));
    }

    private static RequestContext with(String statement) {
        return Parts.context()
                .withBucketPolicy(Policy.bucket("rec", Desk.policy(statement), Desk.ACCOUNT));
    }

    private static String forAll(String effect, String action) {
        return "{\"Effect\":\""
                + effect
                + "\",\"Principal\":\"*\",\"Action\":\""
                + action
                + "\",\"Resource\":\"acs:oss:*:*:rec/*\"}";
    }

    @Test
    void theBucketsPolicyAllowsAndDeniesBesideTheCallersOwn() {
        Caller alice = parts.user("alice", Desk.allow("oss:PutObject", "*"));
        RequestContext allowing = with(forAll("Allow", "oss:GetObject"));
        Decision byBucket = decide(alice, "oss:GetObject", "rec/k", allowing);
        assertTrue(byBucket.allowed());
        assertTrue(!byBucket.toString().contains("policy-alice"), byBucket.toString());
        assertTrue(decide(NOBODY, "oss:GetObject", "rec/k", allowing).allowed());
        assertAllowed("policy-alice[0]", decide(alice, "oss:PutObject", "rec/k", allowing));
        RequestContext denying = with(forAll("Deny", "oss:PutObject"));
        Decision.Denied denied =
                assertInstanceOf(
                        Decision.Denied.class, decide(alice, "oss:PutObject", "rec/k", denying));
        assertEquals(Reason.EXPLICIT_DENY, denied.reason());
        assertEquals("A policy denies it.", denied.message());
        assertEquals(2, parts.decider.policiesOf(alice, denying.bucketPolicy()).size());
        assertEquals(1, parts.decider.policiesOf(NOBODY, denying.bucketPolicy()).size());
    }

    @Test
    void whatABucketsAclGivesToEverybody() {
        List<String> reading = List.of("oss:GetObject", "oss:HeadObject", "oss:GetSymlink");
        List<String> writing = List.of("oss:PutObject", "oss:AppendObject", "oss:DeleteObject");
        RequestContext read = Parts.context().withAcl(BucketAcl.PUBLIC_READ);
        RequestContext write = Parts.context().withAcl(BucketAcl.PUBLIC_READ_WRITE);
        for (String action : reading) {
            assertAllowed("bucket-acl[0]", decide(NOBODY, action, "b/k", read));
            assertAllowed("bucket-acl[0]", decide(NOBODY, action, "b/k", write));
            assertTrue(!decide(NOBODY, action, "b/k").allowed(), action);
        }
        for (String action : writing) {
            assertTrue(!decide(NOBODY, action, "b/k", read).allowed(), action);
            assertAllowed("bucket-acl[0]", decide(NOBODY, action, "b/k", write));
        }
        for (String action : List.of("oss:ListObjects", "oss:PutBucketAcl", "oss:GetObjectAcl")) {
            assertTrue(!decide(NOBODY, action, "b/k", write).allowed(), action);
        }
        for (String resource : List.of("b", "/k", "", "_live/s", "_camera/c")) {
            assertTrue(!decide(NOBODY, "oss:GetObject", resource, write).allowed(), resource);
        }
        assertDenied(
                Reason.ANONYMOUS,
                "Anonymous access is forbidden for this operation.",
                null,
                decide(NOBODY, "oss:GetObject", "b/k"));
        assertEquals("anonymous", Decider.principal(NOBODY));
        Caller alice = parts.user("alice", deny("oss:GetObject", "*"));
        assertTrue(!decide(alice, "oss:GetObject", "b/k", write).allowed());
    }

    @Test
    void aDeviceMayWriteBelowItsOwnPrefixWhileItStands() {
        parts.devices.register("cam1", "rec", "cam1/", parts.directory.callers().root()).orThrow();
        Caller.DeviceSession cam = device("rec", "cam1/", 1);
        for (String action :
                List.of(
                        "oss:PutObject",
                        "oss:AppendObject",
                        "oss:SealAppendObject",
                        "oss:HeadObject")) {
            assertAllowed("root[0]", decide(cam, action, "rec/cam1/a"));
        }
        String scope = "A device's token is for writing below its own prefix only.";
        for (String action : List.of("oss:GetObject", "oss:DeleteObject", "camera:Play")) {
            assertDenied(
                    Reason.DEVICE_SCOPE,
                    scope,
                    "device-scope[0]",
                    decide(cam, action, "rec/cam1/a"));
        }
        for (String outside : List.of("rec/cam1/", "rec/cam1", "rec/cam10/a", "x/cam1/a")) {
            assertDenied(
                    Reason.DEVICE_SCOPE,
                    scope,
                    "device-scope[0]",
                    decide(cam, "oss:PutObject", outside));
        }
        String gone = "The device is gone or disabled.";
        for (Caller other :
                List.of(
                        device("x", "cam1/", 1),
                        device("rec", "x/", 1),
                        device("rec", "cam1/", 2))) {
            assertDenied(Reason.REVOKED, gone, null, decide(other, "oss:PutObject", "rec/cam1/a"));
        }
        assertEquals("device/cam1", Decider.principal(cam));
        assertEquals(List.of(), parts.decider.policiesOf(cam, null));
        parts.clock.advance(Duration.ofSeconds(60).minusMillis(1));
        assertTrue(decide(cam, "oss:PutObject", "rec/cam1/a").allowed());
        parts.clock.advance(Duration.ofMillis(1));
        assertDenied(
                Reason.REVOKED,
                "The token has ended.",
                null,
                decide(cam, "oss:PutObject", "rec/cam1/a"));
    }

    @Test
    void aDecisionForSomebodyReadsNoRowTwice() {
        Caller.User alice = parts.user("alice", Desk.allow("oss:*", "*"));
        parts.devices.register("cam1", "rec", "cam1/", alice).orThrow();
        List<Caller> callers =
                List.of(
                        device("rec", "cam1/", 1),
                        parts.directory
                                .callers()
                                .issued(
                                        alice,
                                        Scope.upload("rec", "cam1/"),
                                        Parts.NOON.plusSeconds(60)));
        for (Caller caller : callers) {
            assertAllowed("policy-alice[0]", decide(caller, "oss:PutObject", "rec/cam1/a"));
        }
        long reads = parts.commits.reads.get();
        assertTrue(reads > 0);
        for (Caller caller : callers) {
            assertAllowed("policy-alice[0]", decide(caller, "oss:PutObject", "rec/cam1/b"));
        }
        assertEquals(reads, parts.commits.reads.get());
        parts.users.setPolicies("alice", List.of()).orThrow();
        for (Caller caller : callers) {
            assertEquals(Reason.NOT_ALLOWED, reason(caller, "oss:PutObject", "rec/cam1/b"));
        }
    }

    @Test
    void aDeviceThatIsDisabledOrGoneMayNothing() {
        parts.devices.register("cam1", "rec", "cam1/", parts.directory.callers().root()).orThrow();
        Records.Device row = parts.rows.get(Directory.deviceKey("cam1"), Records.Device.class);
        parts.elsewhere(Directory.deviceKey("cam1"), row.with(false, null, 1, 0));
        assertEquals(
                Reason.REVOKED, reason(device("rec", "cam1/", 1), "oss:PutObject", "rec/cam1/a"));
        parts.devices.delete("cam1").orThrow();
        assertEquals(
                Reason.REVOKED, reason(device("rec", "cam1/", 1), "oss:PutObject", "rec/cam1/a"));
    }

    private static Caller.DeviceSession device(String bucket, String prefix, long epoch) {
        return new Caller.DeviceSession(
                "cam1", "cam1", "arn", bucket, prefix, epoch, Parts.NOON.plusSeconds(60));
    }

    @Test
    void aRequestTellsAPolicyWhoAsks() {
        Caller.User alice = parts.user("alice", Desk.allow("*", "*"));
        RequestContext context = Parts.context().withValues(Map.of("prefix", "p"));
        var request = parts.decider.request(alice, "oss:GetObject", "b/k", context);
        assertEquals("alice", request.userName());
        assertEquals(alice.id(), request.userId());
        assertEquals("b/k", request.resource());
        assertEquals(Map.of("prefix", "p"), request.values());
        var nobody = parts.decider.request(NOBODY, "oss:GetObject", "b/k", context);
        assertEquals(null, nobody.userName());
        assertEquals(null, nobody.userId());
    }
}
