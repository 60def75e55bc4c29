package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Batch;
import io.millrace.kit.MonotonicClock;
import io.millrace.work.Leases;
import io.millrace.work.outgoing.Target;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The door of the module: whom a key or a token stands for, and what is noted. */
class DoorTest {
    private static final Resolution UNKNOWN = new Resolution.UnknownKey();

    @TempDir Path directory;
    private Parts parts;
    private Leases leases;
    private Access access;

    @BeforeEach
    void open() {
        parts = new Parts(directory);
        leases = Leases.open(parts.keySpace, Desk.NODE, Desk.SILENT, MonotonicClock.system());
        access = opened(AccessOptions.defaults());
    }

    private Access opened(AccessOptions options) {
        return Access.open(
                parts.commits.keySpace(), leases, parts.master, options, parts.clock.clocks());
    }

    @AfterEach
    void close() {
        access.close();
        leases.close();
        parts.close();
    }

    private void root(String id, String secret) {
        parts.elsewhere(
                Directory.rootKeyKey(),
                new Records.Root(id, parts.master.encrypt(secret, "root:" + id), 0));
    }

    private String sealed(char kind, String principal, String uid, long epoch, String policy) {
        return new Token(
                        kind,
                        "STS.id",
                        "secret",
                        principal,
                        uid,
                        epoch,
                        Parts.NOON.plusSeconds(60),
                        "s",
                        "rec",
                        "cam1/",
                        policy)
                .seal(parts.master);
    }

    private static Resolution resolved(String secret, Caller caller) {
        return new Resolution.Resolved(secret, caller);
    }

    @Test
    void aPlaceIsItsMasterKeysFromTheFirstOpeningOn() {
        assertArrayEquals(parts.master.checkValue(), parts.keySpace.get(Rows.masterCheckKey()));
        AccessException wrong =
                assertThrows(
                        AccessException.class,
                        () ->
                                Access.open(
                                        parts.keySpace,
                                        leases,
                                        MasterKey.ephemeral(),
                                        AccessOptions.defaults(),
                                        parts.clock.clocks()));
        assertEquals(AccessException.Code.MASTER_KEY_WRONG, wrong.code());
        parts.elsewhereGone(Rows.masterCheckKey());
        byte[] other = MasterKey.ephemeral().checkValue();
        parts.commits.before(
                () ->
                        parts.keySpace.commit(
                                Batch.builder().put(Rows.masterCheckKey(), other).build()));
        assertThrows(AccessException.class, () -> opened(AccessOptions.defaults()));
    }

    @Test
    void theFirstStartMakesItsKeysOnce() {
        FirstStart first = access.bootstrap(null).orElseThrow();
        assertEquals("admin", first.administrator());
        assertEquals(20, first.password().length());
        RootKey root = first.rootKey();
        assertTrue(root.id().matches("MR[A-Za-z0-9]{22}"), root.id());
        assertEquals(40, root.secret().length());
        Caller caller = new Caller.Root("100000000000", "root", "acs:ram::100000000000:root");
        assertEquals(resolved(root.secret(), caller), access.resolve(root.id(), null));
        assertEquals(
                List.of(BuiltIn.ADMINISTRATOR),
                access.users().get("admin").orElseThrow().policies());
        assertEquals(Optional.empty(), access.bootstrap(null));
        assertEquals(Optional.empty(), access.bootstrap(root));
        Records.Root row = parts.rows.get(Directory.rootKeyKey(), Records.Root.class);
        assertEquals(Parts.NOON.toEpochMilli(), Objects.requireNonNull(row).created());
        parts.clock.advance(Duration.ofSeconds(1));
        access.bootstrap(root);
        assertEquals(
                Parts.NOON.toEpochMilli(),
                Objects.requireNonNull(parts.rows.get(Directory.rootKeyKey(), Records.Root.class))
                        .created(),
                "the same key is not written again");
        access.bootstrap(new RootKey("NEW", "NEWSECRET"));
        assertEquals(UNKNOWN, access.resolve(root.id(), null));
        assertEquals(resolved("NEWSECRET", caller), access.resolve("NEW", null));
    }

    @Test
    void ofTwoNodesThatStartFirstOneMakesTheKeys() {
        parts.elsewhere(
                Directory.userKey("admin"),
                new Records.User("u1", "admin", true, null, List.of(), 1, 0));
        assertEquals(Optional.empty(), access.bootstrap(new RootKey("OURS", "S")));
        assertEquals(UNKNOWN, access.resolve("OURS", null));
        assertEquals("u1", access.users().get("admin").orElseThrow().id());
        parts.elsewhereGone(Directory.userKey("admin"));
        parts.commits.before(() -> root("THEIRS", "S"));
        assertEquals(Optional.empty(), access.bootstrap(new RootKey("OURS", "S")));
        parts.clock.advance(Duration.ofSeconds(1));
        assertEquals(UNKNOWN, access.resolve("OURS", null));
        assertInstanceOf(Resolution.Resolved.class, access.resolve("THEIRS", null));
        assertEquals(Optional.empty(), access.users().get("admin"));
        parts.commits.before(() -> root("LATER", "S"));
        access.bootstrap(new RootKey("OURS", "S"));
        parts.clock.advance(Duration.ofSeconds(1));
        assertInstanceOf(Resolution.Resolved.class, access.resolve("LATER", null));
    }

    @Test
    void whatWaitsForTheTrailIsWrittenWhenTheDoorCloses() {
        Caller alice = parts.user("alice", Desk.allow("oss:GetObject", "*"));
        access.decide(alice, "oss:PutObject", "b/k", Parts.context());
        access.close();
        assertEquals(denied(alice, "NOT_ALLOWED"), newestWritten());
    }

    @Test
    void whatIsNoKeyIsUnknown() {
        root("ROOT", "S");
        for (String id : List.of("", "x".repeat(129), "NOBODY", "SVC.", "SVC.root")) {
            assertEquals(UNKNOWN, access.resolve(id, null), id);
        }
        root("x".repeat(129), "S");
        parts.clock.advance(Duration.ofSeconds(1));
        assertEquals(UNKNOWN, access.resolve("x".repeat(129), null));
        root("x".repeat(128), "S");
        parts.clock.advance(Duration.ofSeconds(1));
        assertInstanceOf(Resolution.Resolved.class, access.resolve("x".repeat(128), null));
    }

    @Test
    void aUsersKeyWorksWhileBothAreEnabled() {
        access.users().create("alice", null, List.of()).orThrow();
        RootKey key = access.keys().create("alice").orThrow();
        Caller alice = access.users().caller("alice").orElseThrow();
        assertEquals(resolved(key.secret(), alice), access.resolve(key.id(), null));
        access.keys().setEnabled(key.id(), false).orThrow();
        assertEquals(new Resolution.DisabledKey(), access.resolve(key.id(), null));
        access.keys().setEnabled(key.id(), true).orThrow();
        access.users().setEnabled("alice", false).orThrow();
        assertEquals(new Resolution.DisabledKey(), access.resolve(key.id(), null));
        parts.elsewhereGone(Directory.userKey("alice"));
        parts.clock.advance(Duration.ofSeconds(1));
        assertEquals(UNKNOWN, access.resolve(key.id(), null));
    }

    @Test
    void aServiceHasAKeyAndNames() {
        for (String name : List.of("edge", "backup")) {
            RootKey key = access.serviceKey(name);
            assertEquals("SVC." + name, key.id());
            assertEquals(
                    resolved(
                            key.secret(),
                            new Caller.Service(
                                    "service-" + name,
                                    name,
                                    "acs:ram::100000000000:service/" + name)),
                    access.resolve(key.id(), null));
        }
        AccessException e = assertThrows(AccessException.class, () -> access.serviceKey("root"));
        assertEquals(AccessException.Code.UNKNOWN_SERVICE, e.code());
        assertArrayEquals(parts.master.derive("module x"), access.derivedSecret("x"));
        assertEquals(
                Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(parts.master.derive("playback url authentication")),
                access.playbackKey());
        assertEquals("100000000000", access.account());
    }

    @Test
    void aRolesTokenStandsForItsSession() {
        String trust = Desk.trust("acs:ram::100000000000:root", "");
        String id =
                access.roles().create("r", trust, Duration.ofHours(1), List.of()).orThrow().id();
        String token = sealed('R', "r", id, 1, "");
        Caller session =
                new Caller.RoleSession(
                        id + ":s",
                        "r/s",
                        "acs:ram::100000000000:assumed-role/r/s",
                        "r",
                        "s",
                        null,
                        1,
                        Parts.NOON.plusSeconds(60));
        assertEquals(resolved("secret", session), access.resolve("STS.id", token));
        assertEquals(resolved("secret", session), access.resolve("STS.id", token), "again");
        assertEquals(new Resolution.TokenMismatch(), access.resolve("STS.other", token));
        String policy = Desk.policy(Desk.allow("oss:GetObject", "*"));
        Resolution.Resolved narrow =
                assertInstanceOf(
                        Resolution.Resolved.class,
                        access.resolve("STS.id", sealed('R', "r", id, 1, policy)));
        assertTrue(((Caller.RoleSession) narrow.caller()).sessionPolicy() != null);
        assertEquals(
                new Resolution.TokenInvalid("The token's session policy is not valid."),
                access.resolve("STS.id", sealed('R', "r", id, 1, "{}")));
        assertEquals(
                new Resolution.TokenInvalid("The security token is not valid."),
                access.resolve("STS.id", "x"));
        Resolution gone =
                new Resolution.TokenInvalid("The security token's role is gone or revoked.");
        assertEquals(gone, access.resolve("STS.id", sealed('R', "r", "r0", 1, "")));
        assertEquals(gone, access.resolve("STS.id", sealed('R', "r", id, 2, "")));
        assertEquals(gone, access.resolve("STS.id", sealed('R', "x", id, 1, "")));
        ended(token);
    }

    private void ended(String token) {
        parts.clock.advance(Duration.ofSeconds(60).minusMillis(1));
        assertInstanceOf(Resolution.Resolved.class, access.resolve("STS.id", token));
        parts.clock.advance(Duration.ofMillis(1));
        assertEquals(new Resolution.TokenExpired(), access.resolve("STS.id", token));
    }

    @Test
    void aDevicesTokenStandsForTheDevice() {
        access.devices().register("cam1", "rec", "cam1/", access.root()).orThrow();
        Records.Device row =
                Objects.requireNonNull(
                        parts.rows.get(Directory.deviceKey("cam1"), Records.Device.class));
        String token = sealed('D', "cam1", row.uid(), 1, "");
        assertEquals(
                resolved(
                        "secret",
                        new Caller.DeviceSession(
                                "cam1",
                                "cam1",
                                "acs:ram::100000000000:device/cam1",
                                "rec",
                                "cam1/",
                                1,
                                Parts.NOON.plusSeconds(60))),
                access.resolve("STS.id", token));
        Resolution gone =
                new Resolution.TokenInvalid("The security token's device is gone or revoked.");
        assertEquals(gone, access.resolve("STS.id", sealed('D', "cam1", "d0", 1, "")));
        assertEquals(gone, access.resolve("STS.id", sealed('D', "cam1", row.uid(), 2, "")));
        assertEquals(gone, access.resolve("STS.id", sealed('D', "cam2", row.uid(), 1, "")));
        parts.elsewhere(Directory.deviceKey("cam1"), row.with(false, null, 1, 0));
        parts.clock.advance(Duration.ofSeconds(1));
        assertEquals(gone, access.resolve("STS.id", token));
        parts.elsewhere(Directory.deviceKey("cam1"), row);
        parts.clock.stepWall(Duration.ofSeconds(-1));
        parts.clock.advance(Duration.ofSeconds(1));
        assertInstanceOf(Resolution.Resolved.class, access.resolve("STS.id", token));
    }

    private Audit.@Nullable Event newest() {
        access.audit().write(new Audit.Event("test", "flush", "", "done", "", "", ""));
        List<Audit.Entry> all = access.audit().list(Long.MAX_VALUE, 2);
        return all.size() < 2 ? null : all.get(1).event();
    }

    @Test
    void aDenialIsNotedUnlessNobodyAsked() {
        Caller alice = parts.user("alice", Desk.allow("oss:GetObject", "*"));
        assertTrue(access.decide(alice, "oss:GetObject", "b/k", Parts.context()).allowed());
        assertTrue(
                !access.decide(new Caller.Anonymous(), "oss:GetObject", "b/k", Parts.context())
                        .allowed());
        assertEquals(null, newest());
        access.decide(alice, "oss:PutObject", "b/k", Parts.context());
        assertEquals(denied(alice, "NOT_ALLOWED"), newest());
        Caller bob = parts.user("bob", Desk.allow("oss:PutObject", "*").replace("Allow", "Deny"));
        access.decide(bob, "oss:PutObject", "b/k", Parts.context());
        assertEquals(denied(bob, "policy-bob[0]"), newest());
    }

    private static Audit.Event denied(Caller caller, String why) {
        return new Audit.Event(
                caller.arn(), "oss:PutObject", "b/k", "denied", why, "REQ", "10.0.0.7");
    }

    @Test
    void whoAssumedARoleAndWhoTriedStandsInTheTrail() {
        String role = "acs:ram::100000000000:role/r";
        Caller backend = parts.user("backend", Desk.allow("sts:AssumeRole", "*"));
        AssumeRoleRequest request =
                new AssumeRoleRequest(role, "session", null, null, null, Parts.context());
        assertInstanceOf(AssumeOutcome.Denied.class, access.assumeRole(backend, request));
        assertEquals(assumed(backend, role, "denied", "session: no such role"), newestWritten());
        access.roles()
                .create("r", Desk.trust(backend.arn(), ""), Duration.ofHours(1), List.of())
                .orThrow();
        assertInstanceOf(AssumeOutcome.Assumed.class, access.assumeRole(backend, request));
        assertEquals(assumed(backend, role, "allowed", "session"), newestWritten());
    }

    private Audit.Event newestWritten() {
        return access.audit().list(Long.MAX_VALUE, 1).getFirst().event();
    }

    private static Audit.Event assumed(Caller caller, String role, String decision, String detail) {
        return new Audit.Event(
                caller.arn(), "sts:AssumeRole", role, decision, detail, "REQ", "10.0.0.7");
    }

    @Test
    void theAddressAskedForDevicesIsSetAndTakenBack() {
        assertEquals(Optional.empty(), access.deviceHook());
        String address = "https://u:hunter2@h/devices";
        Target hook = Target.of(Access.DEVICE_HOOK, address);
        assertEquals(new Change.Done<>(Optional.of(hook)), access.setDeviceHook(address));
        byte[] kept = parts.keySpace.get(Rows.key("meta", "device-hook"));
        assertFalse(new String(kept, StandardCharsets.ISO_8859_1).contains("hunter2"));
        assertEquals(Optional.of(hook), access.deviceHook());
        String longest = "http://h/" + "x".repeat(1_024 - 9);
        for (String other : List.of("ftp://h/", "http:/x", "h/x", longest + "x")) {
            assertInstanceOf(Change.Invalid.class, access.setDeviceHook(other), other);
        }
        assertEquals(Optional.of(hook), access.deviceHook());
        access.setDeviceHook(longest).orThrow();
        // As version 0.1 kept it.
        parts.elsewhere(Rows.key("meta", "device-hook"), new Records.Hook("http://h/old", null));
        assertEquals(
                Optional.of(Target.of(Access.DEVICE_HOOK, "http://h/old")), access.deviceHook());
        assertEquals(new Change.Done<>(Optional.empty()), access.setDeviceHook(null));
        assertEquals(Optional.empty(), access.deviceHook());
        access.close();
        access = opened(AccessOptions.defaults().withDeviceHook(hook, Duration.ofSeconds(9)));
        assertEquals(Optional.of(hook), access.deviceHook());
        assertEquals(
                new Change.InUse<>("The address is fixed by the setting devices.hook."),
                access.setDeviceHook(null));
    }

    @Test
    void thePartsBehindTheDoorAreTheSamePlaces() {
        access.policies().put("p", Desk.policy(Desk.allow("oss:*", "*"))).orThrow();
        assertTrue(parts.policies.get("p").isPresent());
        assertEquals(Optional.empty(), access.sessions().find("x"));
        parts.elsewhere(Rows.key("nonce", "n"), new Records.Nonce(Instant.EPOCH.toEpochMilli()));
        access.sweep();
        assertEquals(null, parts.rows.raw(Rows.key("nonce", "n")));
    }
}
