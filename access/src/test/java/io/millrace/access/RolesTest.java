package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.access.Policies.PolicyInfo;
import io.millrace.access.Roles.RoleInfo;
import io.millrace.keyspace.Batch;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Roles and named policies, and what ties them. */
class RolesTest {
    private static final String TRUST = Desk.trust("acs:ram::100000000000:root", "");
    private static final Duration HOUR = Duration.ofHours(1);

    @TempDir Path directory;
    private Parts parts;
    private StoredRoles roles;
    private StoredPolicies policies;

    @BeforeEach
    void open() {
        parts = new Parts(directory);
        roles = parts.roles;
        policies = parts.policies;
    }

    @AfterEach
    void close() {
        parts.close();
    }

    private RoleInfo made(String name, List<String> with) {
        return roles.create(name, TRUST, HOUR, with).orThrow();
    }

    @Test
    void aRoleIsAsMade() {
        RoleInfo role = made("uploader", List.of("UploadAccess"));
        assertTrue(role.id().matches("r[A-Za-z0-9]{15}"), role.id());
        assertEquals(
                new RoleInfo(
                        role.id(),
                        "uploader",
                        "acs:ram::100000000000:role/uploader",
                        TRUST,
                        HOUR,
                        List.of("UploadAccess"),
                        1,
                        Parts.NOON),
                role);
        assertEquals(Optional.of(role), roles.get("uploader"));
        assertEquals(Optional.empty(), roles.get("nothing"));
        assertEquals(
                new Change.Taken<>("The role uploader exists already."),
                roles.create("uploader", TRUST, HOUR, List.of()));
        assertEquals(role, roles.delete("uploader").orThrow());
        assertEquals(Optional.empty(), roles.get("uploader"));
    }

    @Test
    void aRolesNameTrustAndLongestSessionAreChecked() {
        assertEquals(new Change.Invalid<>(Names.RULE), roles.create("a/b", TRUST, HOUR, List.of()));
        Change<RoleInfo> bounds =
                new Change.Invalid<>("A role's longest session is 15 minutes to 12 hours.");
        assertEquals(bounds, roles.create("x", TRUST, Duration.ofSeconds(899), List.of()));
        assertEquals(bounds, roles.create("x", TRUST, Duration.ofSeconds(43_201), List.of()));
        roles.create("least", TRUST, Duration.ofMinutes(15), List.of()).orThrow();
        roles.create("most", TRUST, Duration.ofHours(12), List.of()).orThrow();
        for (Change<RoleInfo> wrong :
                List.of(
                        roles.create("x", "{}", HOUR, List.of()),
                        roles.setTrustPolicy("most", "{}"))) {
            String message = assertInstanceOf(Change.Invalid.class, wrong).message();
            assertTrue(message.matches("The trust policy is refused: .* .*"), message);
        }
        assertEquals(
                new Change.NotFound<>("There is no policy nothing."),
                roles.create("x", TRUST, HOUR, List.of("nothing")));
    }

    @Test
    void everyChangeKeepsWhatItIsNotAbout() {
        RoleInfo made = made("r", List.of("UploadAccess"));
        String trust = Desk.trust("acs:ram::100000000000:user/backend", "");
        RoleInfo trusting = roles.setTrustPolicy("r", trust).orThrow();
        assertEquals(
                new RoleInfo(
                        made.id(), "r", made.arn(), trust, HOUR, made.policies(), 1, Parts.NOON),
                trusting);
        RoleInfo other = roles.setPolicies("r", List.of("ReadOnlyAccess")).orThrow();
        assertEquals(
                new RoleInfo(
                        made.id(),
                        "r",
                        made.arn(),
                        trust,
                        HOUR,
                        List.of("ReadOnlyAccess"),
                        1,
                        Parts.NOON),
                other);
        RoleInfo revoked = roles.revokeSessions("r").orThrow();
        assertEquals(2, revoked.epoch());
        assertEquals(List.of("ReadOnlyAccess"), revoked.policies());
        assertEquals(trust, revoked.trustPolicy());
        assertEquals(Optional.of(revoked), roles.get("r"));
        assertEquals(
                new Change.NotFound<>("There is no policy nothing."),
                roles.setPolicies("r", List.of("nothing")));
        Change<RoleInfo> gone = new Change.NotFound<>("There is no role x.");
        assertEquals(gone, roles.setTrustPolicy("x", TRUST));
        assertEquals(gone, roles.setPolicies("x", List.of()));
        assertEquals(gone, roles.revokeSessions("x"));
        assertEquals(gone, roles.delete("x"));
    }

    @Test
    void rolesAreListedInOrder() {
        made("b", List.of());
        made("a", List.of());
        assertEquals(List.of("a", "b"), roles.list("", 9).stream().map(RoleInfo::name).toList());
        assertEquals(List.of("b"), roles.list("a", 9).stream().map(RoleInfo::name).toList());
    }

    @Test
    void aPolicyIsAsWrittenLast() {
        String one = Desk.policy(Desk.allow("oss:GetObject", "*"));
        String two = Desk.policy(Desk.allow("oss:PutObject", "*"));
        policies.put("p", one).orThrow();
        parts.clock.advance(Duration.ofSeconds(1));
        PolicyInfo info = new PolicyInfo("p", two, false, Parts.NOON.plusSeconds(1));
        assertEquals(info, policies.put("p", two).orThrow());
        assertEquals(Optional.of(info), policies.get("p"));
        assertEquals(Optional.empty(), policies.get("nothing"));
        assertEquals(new Change.Invalid<>(Names.RULE), policies.put("a/b", one));
        assertEquals(
                new Change.Invalid<>("The policy UploadAccess is built in; choose another name."),
                policies.put("UploadAccess", one));
        String wrong = assertInstanceOf(Change.Invalid.class, policies.put("q", "{}")).message();
        assertTrue(wrong.length() > 10, wrong);
        assertEquals(info, policies.delete("p").orThrow());
        assertEquals(
                new Change.NotFound<>("There is no policy p of your own."), policies.delete("p"));
    }

    @Test
    void theBuiltInPoliciesComeFirst() {
        policies.put("a", Desk.policy(Desk.allow("oss:*", "*"))).orThrow();
        policies.put("b", Desk.policy(Desk.allow("oss:*", "*"))).orThrow();
        List<String> builtIn =
                List.of("AdministratorAccess", "ReadOnlyAccess", "PlaybackAccess", "UploadAccess");
        List<PolicyInfo> all = policies.list("", 1);
        assertEquals(builtIn, all.stream().limit(4).map(PolicyInfo::name).toList());
        assertEquals("a", all.get(4).name());
        assertEquals(5, all.size());
        assertEquals(List.of("b"), policies.list("a", 9).stream().map(PolicyInfo::name).toList());
        PolicyInfo first = all.getFirst();
        assertTrue(first.builtIn());
        assertEquals(Instant.EPOCH, first.changed());
        assertEquals(Optional.of(first), policies.get("AdministratorAccess"));
        assertTrue(first.document().contains("\"Action\":\"*\""));
    }

    @Test
    void aPolicyStaysWhileAnybodyHasItOfHoweverMany() {
        policies.put("p", Desk.policy(Desk.allow("oss:*", "*"))).orThrow();
        Batch.Builder batch = Batch.builder();
        for (int i = 0; i < 1_000; i++) {
            String name = "a" + (1_000 + i);
            batch.put(
                    Directory.userKey(name),
                    Records.encode(new Records.User("u", name, true, null, List.of(), 1, 0)));
            batch.put(
                    Directory.roleKey(name),
                    Records.encode(new Records.Role("r", name, TRUST, 900, List.of(), 1, 0)));
        }
        parts.rows.commit(batch.build());
        made("z", List.of("p"));
        parts.users.create("z", null, List.of("p")).orThrow();
        assertEquals(
                new Change.InUse<>("The user z has the policy attached."), policies.delete("p"));
        parts.users.delete("z").orThrow();
        assertEquals(
                new Change.InUse<>("The role z has the policy attached."), policies.delete("p"));
        roles.delete("z").orThrow();
        policies.delete("p").orThrow();
    }

    @Test
    void aDecisionIsExplainedByEveryStatementThatMatched() {
        Caller alice = parts.user("alice", Desk.allow("oss:GetObject", "*"));
        Policies.Explanation why = policies.explain(alice, "oss:GetObject", "b/k", Parts.context());
        assertTrue(why.decision().allowed());
        assertEquals("[policy-alice[0]]", why.matched().toString());
        Policies.Explanation not = policies.explain(alice, "oss:PutObject", "b/k", Parts.context());
        assertEquals(List.of(), not.matched());
        assertTrue(!not.decision().allowed());
    }
}
