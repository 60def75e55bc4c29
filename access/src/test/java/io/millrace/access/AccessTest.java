package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.keyspace.Scan;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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
    void aUserMadeAnewUnderAnOldNameIsSomebodyElse() {
        Caller first = desk.user("alice", Desk.allow("oss:*", "*"));
        desk.access.users().delete("alice").orThrow();
        desk.access.users().create("alice", null, List.of("policy-alice")).orThrow();
        assertTrue(!desk.may(first, "oss:GetObject", "b/k"));
        assertTrue(
                desk.may(
                        desk.access.users().caller("alice").orElseThrow(), "oss:GetObject", "b/k"));
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
    void theLastAdministratorStays() {
        assertInstanceOf(Change.InUse.class, desk.access.users().delete("admin"));
        assertInstanceOf(Change.InUse.class, desk.access.users().setEnabled("admin", false));
        assertInstanceOf(Change.InUse.class, desk.access.users().setPolicies("admin", List.of()));
        desk.access.users().create("second", null, List.of("AdministratorAccess")).orThrow();
        desk.access.users().delete("admin").orThrow();
    }

    @Test
    void aPolicyThatIsAttachedStaysAndAnUnknownOneIsNotAttached() {
        desk.user("alice", Desk.allow("oss:*", "*"));
        assertInstanceOf(Change.InUse.class, desk.access.policies().delete("policy-alice"));
        assertInstanceOf(
                Change.NotFound.class,
                desk.access.users().setPolicies("alice", List.of("nothing")));
        desk.access.users().setPolicies("alice", List.of()).orThrow();
        desk.access.policies().delete("policy-alice").orThrow();
        assertInstanceOf(
                Change.Invalid.class,
                desk.access.policies().put("AdministratorAccess", Desk.policy("{}")));
        assertInstanceOf(
                Change.Invalid.class, desk.access.policies().put("x", "{\"Version\":\"3\"}"));
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
    void anybodyReadsAPublicBucketAndNobodyAPrivateOne() {
        RequestContext open = desk.context().withAcl(RequestContext.BucketAcl.PUBLIC_READ);
        Caller nobody = new Caller.Anonymous();
        assertTrue(desk.access.decide(nobody, "oss:GetObject", "b/k", open).allowed());
        assertTrue(!desk.access.decide(nobody, "oss:PutObject", "b/k", open).allowed());
        assertTrue(!desk.access.decide(nobody, "oss:ListObjects", "b", open).allowed());
        assertTrue(!desk.may(nobody, "oss:GetObject", "b/k"));
        RequestContext wide = desk.context().withAcl(RequestContext.BucketAcl.PUBLIC_READ_WRITE);
        assertTrue(desk.access.decide(nobody, "oss:PutObject", "b/k", wide).allowed());
        assertTrue(!desk.access.decide(nobody, "oss:PutBucketAcl", "b", wide).allowed());
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

    @Test
    void theMasterKeyIsForItsOwnerOnlyAndRefusedWhenLostOrWrong() throws Exception {
        Path file = directory.resolve("master.key");
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertCode(AccessException.Code.MASTER_KEY_FILE, file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        byte[] good = Files.readAllBytes(file);
        Files.delete(file);
        assertCode(AccessException.Code.MASTER_KEY_LOST, file);
        assertTrue(!Files.exists(file));
        Path other = directory.resolve("other");
        try (RocksKeySpace fresh = RocksKeySpace.open(other)) {
            MasterKey.loadOrCreate(directory.resolve("other.key"), fresh);
        }
        Files.copy(directory.resolve("other.key"), file);
        assertCode(AccessException.Code.MASTER_KEY_WRONG, file);
        Files.write(file, good);
        MasterKey.loadOrCreate(file, desk.keySpace);
        Files.writeString(file, "garbage");
        assertCode(AccessException.Code.MASTER_KEY_FILE, file);
    }

    private void assertCode(AccessException.Code code, Path file) {
        AccessException e =
                assertThrows(
                        AccessException.class, () -> MasterKey.loadOrCreate(file, desk.keySpace));
        assertEquals(code, e.code());
    }

    @Test
    void theAuditTrailIsAChainThatShowsWhatWasChanged() {
        Caller alice = desk.user("alice", Desk.allow("oss:GetObject", "acs:oss:*:*:photos/*"));
        desk.may(alice, "oss:PutObject", "photos/a");
        for (int i = 0; i < 5; i++) {
            desk.access
                    .audit()
                    .write(
                            new Audit.Event(
                                    "admin", "user.create", "u" + i, "done", "", "R", "::1"));
        }
        List<Audit.Entry> newest = desk.access.audit().list(Long.MAX_VALUE, 10);
        assertEquals("u4", newest.getFirst().event().resource());
        assertTrue(newest.stream().anyMatch(e -> e.event().decision().equals("denied")));
        assertEquals(-1, desk.access.audit().verify());
        long third = newest.get(2).sequence();
        byte[] key = Rows.auditKey(third);
        byte[] row = desk.keySpace.get(key);
        String bent = new String(row, StandardCharsets.UTF_8).replace("\"u2\"", "\"u9\"");
        desk.keySpace.commit(
                io.millrace.keyspace.Batch.builder()
                        .put(key, bent.getBytes(StandardCharsets.UTF_8))
                        .build());
        assertEquals(third, desk.access.audit().verify());
    }
}
