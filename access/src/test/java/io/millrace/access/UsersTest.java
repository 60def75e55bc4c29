package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.access.Users.UserInfo;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Users, their keys and what is refused them. */
class UsersTest {
    private static final List<String> ADMINISTRATOR = List.of(BuiltIn.ADMINISTRATOR);
    private static final String LAST = "The last administrator stays.";
    private static final Change<UserInfo> NOBODY =
            new Change.NotFound<>("There is no user nobody.");

    @TempDir Path directory;
    private Parts parts;
    private StoredUsers users;

    @BeforeEach
    void open() {
        parts = new Parts(directory);
        users = parts.users;
    }

    @AfterEach
    void close() {
        parts.close();
    }

    private static List<String> names(List<UserInfo> infos) {
        return infos.stream().map(UserInfo::name).toList();
    }

    @Test
    void aUserIsAsMade() {
        UserInfo alice = users.create("alice", null, List.of("ReadOnlyAccess")).orThrow();
        assertTrue(alice.id().matches("u[A-Za-z0-9]{15}"), alice.id());
        assertEquals(
                new UserInfo(
                        alice.id(), "alice", true, false, List.of("ReadOnlyAccess"), Parts.NOON),
                alice);
        assertEquals(Optional.of(alice), users.get("alice"));
        assertEquals(Optional.empty(), users.get("bob"));
        assertEquals(1, parts.userRow("alice").epoch());
        assertEquals(
                new Change.Taken<>("The user alice exists already."),
                users.create("alice", null, List.of()));
        assertTrue(users.create("bob", "0123456789", List.of()).orThrow().hasPassword());
    }

    @Test
    void namesAndPasswordsAreChecked() {
        assertEquals(new Change.Invalid<>(Names.RULE), users.create("a/b", null, List.of()));
        Change<UserInfo> invalid = new Change.Invalid<>("A password has 10 to 256 characters.");
        assertEquals(invalid, users.create("alice", "123456789", List.of()));
        assertEquals(invalid, users.setPassword("alice", "123456789"));
        assertNull(StoredUsers.wrongPassword(null));
        assertNull(StoredUsers.wrongPassword("x".repeat(10)));
        assertNull(StoredUsers.wrongPassword("x".repeat(256)));
        assertEquals(
                "A password has 10 to 256 characters.", StoredUsers.wrongPassword("x".repeat(257)));
    }

    @Test
    void aUserHasTwentyPoliciesEachOnceAndAllOfThemThere() {
        List<String> many = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            many.add("p" + i);
            parts.policy("p" + i, Desk.allow("oss:*", "*"));
        }
        assertEquals(many, users.create("alice", null, many).orThrow().policies());
        many.add(BuiltIn.ADMINISTRATOR);
        Change<UserInfo> invalid = new Change.Invalid<>("At most 20 policies, each once.");
        assertEquals(invalid, users.create("bob", null, many));
        assertEquals(invalid, users.setPolicies("alice", many));
        assertEquals(invalid, users.setPolicies("alice", List.of("p1", "p1")));
        assertEquals(
                new Change.NotFound<>("There is no policy p20."),
                users.create("bob", null, List.of("p1", "p20")));
        assertEquals(Optional.empty(), users.get("bob"));
    }

    @Test
    void aListIsInOrderAndGoesOnAfterAName() {
        for (String name : List.of("c", "a", "b")) {
            users.create(name, null, List.of()).orThrow();
        }
        assertEquals(List.of("a", "b", "c"), names(users.list("", 9)));
        assertEquals(List.of("a", "b"), names(users.list("", 2)));
        assertEquals(List.of("b", "c"), names(users.list("a", 2)));
        assertEquals(List.of("a"), names(users.list("", 0)), "one at least");
    }

    @Test
    void everyChangeKeepsWhatItIsNotAbout() {
        users.create("alice", "0123456789", List.of("ReadOnlyAccess")).orThrow();
        Records.User made = parts.userRow("alice");
        users.setEnabled("alice", false).orThrow();
        assertEquals(made.with(false, made.password(), made.policies(), 2), parts.userRow("alice"));
        UserInfo demoted = users.setPolicies("alice", List.of("UploadAccess")).orThrow();
        assertEquals(List.of("UploadAccess"), demoted.policies());
        assertEquals(
                made.with(false, made.password(), List.of("UploadAccess"), 2),
                parts.userRow("alice"));
        users.endSessions("alice");
        assertEquals(3, parts.userRow("alice").epoch());
        users.setPassword("alice", null).orThrow();
        assertEquals(made.with(false, null, List.of("UploadAccess"), 4), parts.userRow("alice"));
        users.setPassword("alice", "another one").orThrow();
        assertTrue(new Passwords().matches("another one", parts.userRow("alice").password()));
        assertEquals(5, parts.userRow("alice").epoch());
        assertEquals(NOBODY, users.setEnabled("nobody", true));
        assertEquals(NOBODY, users.setPassword("nobody", null));
        assertEquals(NOBODY, users.setPolicies("nobody", List.of()));
        assertEquals(NOBODY, users.delete("nobody"));
    }

    @Test
    void whoIsEnabledIsACaller() {
        String id = users.create("alice", null, List.of()).orThrow().id();
        assertEquals(
                Optional.of(new Caller.User(id, "alice", "acs:ram::100000000000:user/alice")),
                users.caller("alice"));
        users.setEnabled("alice", false).orThrow();
        assertEquals(Optional.empty(), users.caller("alice"));
        assertEquals(Optional.empty(), users.caller("nobody"));
    }

    @Test
    void theLastEnabledAdministratorStaysOne() {
        Change<UserInfo> last = new Change.InUse<>(LAST);
        users.create("root", null, ADMINISTRATOR).orThrow();
        users.create("alice", null, List.of("ReadOnlyAccess")).orThrow();
        assertEquals(last, users.delete("root"));
        assertEquals(last, users.setEnabled("root", false));
        assertEquals(last, users.setPolicies("root", List.of()));
        users.setEnabled("root", true).orThrow();
        users.setPolicies("root", List.of(BuiltIn.ADMINISTRATOR, "ReadOnlyAccess")).orThrow();
        users.setEnabled("alice", false).orThrow();
        users.setPolicies("alice", List.of()).orThrow();
        users.delete("alice").orThrow();
        users.create("second", null, ADMINISTRATOR).orThrow();
        users.setEnabled("second", false).orThrow();
        assertEquals(last, users.delete("root"), "a disabled one does not count");
        users.setEnabled("second", true).orThrow();
        users.setPolicies("root", List.of()).orThrow();
        assertEquals(last, users.setEnabled("second", false));
    }

    @Test
    void anAdministratorAmongThousandsCounts() {
        io.millrace.keyspace.Batch.Builder batch = io.millrace.keyspace.Batch.builder();
        for (int i = 0; i < 1_000; i++) {
            String name = "a" + (1_000 + i);
            batch.put(
                    Directory.userKey(name),
                    Records.encode(new Records.User("u", name, true, null, List.of(), 1, 0)));
        }
        parts.rows.commit(batch.build());
        users.create("first", null, ADMINISTRATOR).orThrow();
        users.create("second", null, ADMINISTRATOR).orThrow();
        users.delete("first").orThrow();
    }

    @Test
    void aUserHasFiveKeysAtMostAndTheyGoWithTheUser() {
        users.create("alice", null, List.of()).orThrow();
        users.create("bob", null, List.of()).orThrow();
        parts.clock.advance(Duration.ofSeconds(1));
        RootKey first = parts.keys.create("alice").orThrow();
        assertTrue(first.id().matches("MR[A-Za-z0-9]{22}"), first.id());
        assertEquals(40, first.secret().length());
        AccessKeys.KeyInfo info =
                new AccessKeys.KeyInfo(first.id(), "alice", true, Parts.NOON.plusSeconds(1));
        assertEquals(List.of(info), parts.keys.list("alice"));
        for (int i = 0; i < 4; i++) {
            parts.keys.create("alice").orThrow();
        }
        assertEquals(
                new Change.Limit<>("A user has at most 5 access keys."),
                parts.keys.create("alice"));
        assertEquals(info, parts.keys.delete(first.id()).orThrow());
        assertEquals(4, parts.keys.list("alice").size());
        RootKey fifth = parts.keys.create("alice").orThrow();
        RootKey bobs = parts.keys.create("bob").orThrow();
        users.delete("alice").orThrow();
        assertEquals(List.of(), parts.keys.list("alice"));
        assertNull(parts.rows.raw(Directory.keyKey(fifth.id())));
        assertEquals(1, parts.keys.list("bob").size());
        assertEquals(bobs.id(), parts.keys.list("bob").getFirst().accessKeyId());
        assertEquals(
                new Change.NotFound<>("There is no user nobody."), parts.keys.create("nobody"));
    }

    @Test
    void aKeyIsDisabledAndEnabledAndGone() {
        users.create("alice", null, List.of()).orThrow();
        RootKey key = parts.keys.create("alice").orThrow();
        assertTrue(!parts.keys.setEnabled(key.id(), false).orThrow().enabled());
        Directory.LiveKey live = parts.directory.key(key.id()).orElseThrow();
        assertEquals(new Directory.LiveKey(key.secret(), false, parts.userRow("alice")), live);
        assertTrue(parts.keys.setEnabled(key.id(), true).orThrow().enabled());
        assertTrue(parts.directory.key(key.id()).orElseThrow().enabled());
        parts.keys.delete(key.id()).orThrow();
        assertEquals(Optional.empty(), parts.directory.key(key.id()));
        Change<AccessKeys.KeyInfo> gone =
                new Change.NotFound<>("There is no access key " + key.id() + ".");
        assertEquals(gone, parts.keys.setEnabled(key.id(), true));
        assertEquals(gone, parts.keys.delete(key.id()));
    }
}
