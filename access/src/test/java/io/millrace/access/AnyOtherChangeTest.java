package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.keyspace.CommitOutcome;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a change when another one comes just before its commit. */
class AnyOtherChangeTest {
    private static final String TRUST = Desk.trust("acs:ram::100000000000:root", "");

    @TempDir Path directory;
    private Parts parts;
    private String key = "";

    @BeforeEach
    void open() {
        parts = new Parts(directory);
        parts.policy("p", Desk.allow("oss:*", "*"));
        parts.users.create("alice", null, List.of()).orThrow();
        parts.roles.create("r", TRUST, Duration.ofHours(1), List.of()).orThrow();
        key = parts.keys.create("alice").orThrow().id();
    }

    @AfterEach
    void close() {
        parts.close();
    }

    private Map<String, Supplier<Change<?>>> changes() {
        Map<String, Supplier<Change<?>>> all = new LinkedHashMap<>();
        all.put("a user", () -> parts.users.create("bob", null, List.of("p")));
        all.put("a user's state", () -> parts.users.setEnabled("alice", false));
        all.put("a user's policies", () -> parts.users.setPolicies("alice", List.of("p")));
        all.put("a key", () -> parts.keys.create("alice"));
        all.put("a key's state", () -> parts.keys.setEnabled(key, false));
        all.put("a key's end", () -> parts.keys.delete(key));
        all.put("a user's end", () -> parts.users.delete("alice"));
        all.put("a policy", () -> parts.policies.put("q", Desk.policy(Desk.allow("*", "*"))));
        all.put("a role", () -> parts.roles.create("s", TRUST, Duration.ofHours(1), List.of("p")));
        all.put("a role's policies", () -> parts.roles.setPolicies("r", List.of("p")));
        all.put("a role's end", () -> parts.roles.delete("r"));
        return all;
    }

    @Test
    void eachIsTriedAgainUntilItIsMade() {
        changes()
                .forEach(
                        (what, change) -> {
                            parts.commits.answer(19, new CommitOutcome.Conflict(0));
                            int before = parts.commits.seen.size();
                            assertInstanceOf(Change.Done.class, change.get(), what);
                            assertEquals(20, parts.commits.seen.size() - before, what);
                        });
    }

    @Test
    void eachIsGivenUpAfterTwentyTries() {
        changes()
                .forEach(
                        (what, change) -> {
                            parts.commits.answer(20, new CommitOutcome.Conflict(0));
                            AccessException busy =
                                    assertThrows(AccessException.class, change::get, what);
                            assertEquals(AccessException.Code.STORAGE, busy.code());
                            assertEquals("Too many changes at once; try again.", busy.getMessage());
                        });
    }

    @Test
    void nothingIsAttachedThatWasDeletedMeanwhile() {
        Change<?> gone = new Change.NotFound<>("There is no policy p.");
        byte[] policy = Directory.policyKey("p");
        Records.NamedPolicy row =
                new Records.NamedPolicy("p", Desk.policy(Desk.allow("oss:*", "*")), 0);
        List<Supplier<Change<?>>> attaching =
                List.of(
                        () -> parts.users.create("bob", null, List.of("p")),
                        () -> parts.users.setPolicies("alice", List.of("p")),
                        () -> parts.roles.create("s", TRUST, Duration.ofHours(1), List.of("p")),
                        () -> parts.roles.setPolicies("r", List.of("p")));
        for (Supplier<Change<?>> change : attaching) {
            parts.elsewhere(policy, row);
            parts.commits.before(() -> parts.elsewhereGone(policy));
            assertEquals(gone, change.get());
        }
    }

    @Test
    void ofTwoThatMakeTheSameTheSecondIsToldSo() {
        parts.commits.before(
                () -> parts.elsewhere(Directory.userKey("bob"), parts.userRow("alice")));
        assertEquals(
                new Change.Taken<>("The user bob exists already."),
                parts.users.create("bob", null, List.of()));
        parts.commits.before(
                () ->
                        parts.elsewhere(
                                Directory.roleKey("s"),
                                new Records.Role("r1", "s", TRUST, 900, List.of(), 1, 0)));
        assertEquals(
                new Change.Taken<>("The role s exists already."),
                parts.roles.create("s", TRUST, Duration.ofHours(1), List.of()));
    }

    @Test
    void aChangeAppliesToWhatIsThereThen() {
        Records.User row = parts.userRow("alice");
        parts.commits.before(
                () ->
                        parts.elsewhere(
                                Directory.userKey("alice"), row.with(true, null, List.of(), 9)));
        parts.users.setEnabled("alice", false).orThrow();
        assertEquals(row.with(false, null, List.of(), 10), parts.userRow("alice"));
        parts.commits.before(() -> parts.elsewhereGone(Directory.userKey("alice")));
        assertEquals(new Change.NotFound<>("There is no user alice."), parts.keys.create("alice"));
    }

    @Test
    void aPolicyThatChangesWhileItIsDeletedStays() {
        parts.commits.before(
                () ->
                        parts.elsewhere(
                                Directory.policyKey("p"), new Records.NamedPolicy("p", "{}", 1)));
        assertEquals(
                new Change.InUse<>("The policy was changed meanwhile; look again."),
                parts.policies.delete("p"));
    }
}
