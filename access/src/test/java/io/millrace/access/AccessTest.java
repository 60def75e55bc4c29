package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Scan;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Users, keys and decisions over a real key space. */
class AccessTest {
    @TempDir Path directory;
    private Desk desk;

    @BeforeEach
    void open() {
        desk = new Desk(directory);
    }

    @AfterEach
    void close() {
        desk.close();
    }

    @Test
    void theFirstStartMakesAnAdministratorAndARootKeyOnce() {
        assertEquals("admin", desk.first.administrator());
        assertEquals("ROOTID", desk.first.rootKey().id());
        assertEquals(Optional.empty(), desk.access.bootstrap(null));
        Resolution.Resolved root =
                assertInstanceOf(Resolution.Resolved.class, desk.access.resolve("ROOTID", null));
        assertEquals("ROOTSECRET", root.secret());
        assertTrue(desk.may(root.caller(), "admin:Users", "*"));
        assertInstanceOf(
                Sessions.SignIn.SignedIn.class,
                desk.access.sessions().signIn("admin", desk.first.password(), "10.0.0.1"));
        assertEquals(Optional.empty(), desk.access.bootstrap(new RootKey("NEW", "NEWSECRET")));
        assertInstanceOf(Resolution.UnknownKey.class, desk.access.resolve("ROOTID", null));
        assertInstanceOf(Resolution.Resolved.class, desk.access.resolve("NEW", null));
    }

    @Test
    void aUsersKeyResolvesUntilTheKeyOrTheUserIsDisabled() {
        Caller alice = desk.user("alice", Desk.allow("oss:GetObject", "acs:oss:*:*:photos/*"));
        RootKey key = desk.access.keys().create("alice").orThrow();
        Resolution.Resolved resolved =
                assertInstanceOf(Resolution.Resolved.class, desk.access.resolve(key.id(), null));
        assertEquals(key.secret(), resolved.secret());
        assertEquals(alice, resolved.caller());
        assertTrue(desk.may(alice, "oss:GetObject", "photos/a"));
        assertTrue(!desk.may(alice, "oss:GetObject", "films/a"));
        desk.access.keys().setEnabled(key.id(), false).orThrow();
        assertInstanceOf(Resolution.DisabledKey.class, desk.access.resolve(key.id(), null));
        desk.access.keys().setEnabled(key.id(), true).orThrow();
        desk.access.users().setEnabled("alice", false).orThrow();
        assertInstanceOf(Resolution.DisabledKey.class, desk.access.resolve(key.id(), null));
        assertTrue(!desk.may(alice, "oss:GetObject", "photos/a"));
        desk.access.users().delete("alice").orThrow();
        assertInstanceOf(Resolution.UnknownKey.class, desk.access.resolve(key.id(), null));
        assertEquals(List.of(), desk.access.keys().list("alice"));
    }

    @Test
    void noSecretStandsInClearOnTheDisk() {
        RootKey key = desk.access.keys().create("admin").orThrow();
        List<Entry> all = desk.keySpace.scan(Scan.prefix(new byte[] {'A'}, 10_000));
        assertTrue(all.size() > 3);
        for (Entry entry : all) {
            String text = new String(entry.value(), StandardCharsets.ISO_8859_1);
            assertTrue(!text.contains(key.secret()), text);
            assertTrue(!text.contains("ROOTSECRET"), text);
            assertTrue(!text.contains(desk.first.password()), text);
        }
    }

    @Test
    void aChangedPolicyCountsForTheNextRequest() {
        Caller alice = desk.user("alice", Desk.allow("oss:*", "*"));
        assertTrue(desk.may(alice, "oss:PutObject", "b/k"));
        desk.access
                .policies()
                .put("policy-alice", Desk.policy(Desk.allow("oss:GetObject", "*")))
                .orThrow();
        assertTrue(!desk.may(alice, "oss:PutObject", "b/k"));
        Policies.Explanation why =
                desk.access.policies().explain(alice, "oss:GetObject", "b/k", desk.context());
        assertEquals("policy-alice[0]", why.matched().getFirst().toString());
    }

    @Test
    void theEdgesServiceAccountMayReadAndPlayAndNothingElse() {
        RootKey key = desk.access.serviceKey("edge");
        assertEquals(key, desk.access.serviceKey("edge"));
        Resolution.Resolved edge =
                assertInstanceOf(Resolution.Resolved.class, desk.access.resolve(key.id(), null));
        assertEquals(key.secret(), edge.secret());
        for (String action :
                List.of("oss:GetObject", "oss:HeadObject", "live:Play", "edge:Settings")) {
            assertTrue(desk.may(edge.caller(), action, "b/k"), action);
        }
        for (String action : List.of("oss:PutObject", "oss:ListObjects", "admin:Users")) {
            assertTrue(!desk.may(edge.caller(), action, "b/k"), action);
        }
        assertInstanceOf(Resolution.UnknownKey.class, desk.access.resolve("SVC.root", null));
        assertThrows(AccessException.class, () -> desk.access.serviceKey("root"));
        assertNotEquals(desk.access.playbackKey(), key.secret());
    }
}
