package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.access.policy.Actions;
import io.millrace.access.policy.Policy;
import io.millrace.access.policy.PolicyRequest;
import io.millrace.access.policy.Verdict;
import io.millrace.keyspace.Batch;
import io.millrace.testkit.Seed;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nothing that somebody issued reaches what they can't, now or after they lost a right; and within
 * its scope it reaches all that they can.
 *
 * <p>A walk: at each step one thing of the people, roles and devices changes at random, one of what
 * they issued is issued anew, and then everything that is held is compared with its issuer on
 * random requests. A step is a new random policy more often than not.
 */
class IssuedRightsTest {
    private static final int STEPS = Integer.getInteger("millrace.steps", 1_000);
    private static final int REQUESTS = 3;

    /** No device's secret. */
    private static final String GONE = "gone";

    private static final Set<String> DEVICE =
            Set.of("oss:putobject", "oss:appendobject", "oss:sealappendobject", "oss:headobject");
    private static final Set<String> UPLOAD =
            Set.of("oss:putobject", "oss:abortmultipartupload", "oss:listparts");
    private static final Set<String> READ = Set.of("oss:getobject", "oss:headobject");

    @TempDir Path directory;
    private final Seed seed = Seed.fresh();
    private final RandomRights any = new RandomRights(seed.random());
    private final List<Held> held = new ArrayList<>();
    private final List<Camera> cameras = new ArrayList<>();
    private Desk desk;
    private int nonces;
    private int allowed;
    private int refused;
    private int lost;

    /**
     * Credentials that somebody holds.
     *
     * @param caller as they resolved when they were new: a request that runs while things change
     * @param issuer what may be done, they may; null for a device that nobody is known to be behind
     * @param narrow what the issuer's rights are narrowed to; null when they aren't
     * @param actions lower case; null for all
     * @param place bucket and prefix; empty for everywhere
     */
    private record Held(
            TemporaryCredentials credentials,
            Caller caller,
            @Nullable Caller issuer,
            @Nullable Policy narrow,
            @Nullable Set<String> actions,
            String place,
            @Nullable Camera camera,
            long epoch,
            Probe probe) {}

    /** A request that is made again after each change, and what came of it last. */
    private static final class Probe {
        final String action;
        final String resource;
        final RequestContext context;
        boolean may;

        Probe(String action, String resource, RequestContext context) {
            this.action = action;
            this.resource = resource;
            this.context = context;
        }
    }

    private Probe probe(Set<String> actions, String place) {
        return new Probe(any.one(List.copyOf(actions)), place + "x", any.context());
    }

    /** A device, and what the test knows of it. */
    private static final class Camera {
        final String id;
        final String prefix;
        String secret = GONE;
        @Nullable Caller issuer;
        boolean enabled = true;
        long epoch = 1;

        Camera(String id, String prefix) {
            this.id = id;
            this.prefix = prefix;
        }
    }

    @BeforeEach
    void open() {
        desk = new Desk(directory);
        for (String name : RandomRights.PEOPLE) {
            policies(name);
            desk.access.users().create(name, null, names(name)).orThrow();
        }
        for (String name : RandomRights.ROLES) {
            policies(name);
            makeRole(name);
        }
        camera("cam1", "work/cam1/");
        camera("cam2", "home/");
        Camera old = new Camera("old", "old/");
        old.secret = "secret of old";
        desk.keySpace.commit(
                Batch.builder()
                        .put(
                                Directory.deviceKey("old"),
                                Records.encode(
                                        new Records.Device(
                                                "dold",
                                                "old",
                                                "b",
                                                "old/",
                                                true,
                                                desk.master.encrypt(old.secret, "device:dold"),
                                                1,
                                                0,
                                                0,
                                                null)))
                        .build());
        cameras.add(old);
    }

    @AfterEach
    void close() {
        desk.close();
    }

    private void policies(String name) {
        names(name).forEach(policy -> desk.access.policies().put(policy, any.policy()).orThrow());
    }

    private static List<String> names(String name) {
        return List.of(name + "-0", name + "-1");
    }

    private void makeRole(String name) {
        desk.access
                .roles()
                .create(
                        name,
                        Desk.trust("acs:ram::" + Desk.ACCOUNT + ":root", ""),
                        Duration.ofHours(1),
                        names(name))
                .orThrow();
    }

    private void camera(String id, String prefix) {
        Camera camera = new Camera(id, prefix);
        Caller issuer = desk.access.root();
        String code = desk.access.devices().register(id, "b", prefix, issuer).orThrow().code();
        cameras.add(camera);
        enrol(camera, code, issuer);
    }

    private void enrol(Camera camera, String code, Caller issuer) {
        switch (desk.access.devices().enrol(code, "10.0.0.9")) {
            case Devices.EnrolOutcome.Enrolled done -> {
                camera.secret = done.secret();
                camera.issuer = forDevices(issuer);
                camera.epoch++;
            }
            case Devices.EnrolOutcome.Refused no ->
                    assertEquals(Devices.Refusal.DISABLED, no.reason(), seed::toString);
        }
    }

    /** A device stays when the session ends in which somebody registered it. */
    private static Caller forDevices(Caller issuer) {
        return issuer instanceof Caller.RoleSession s
                ? new Caller.RoleSession(
                        s.id(),
                        s.name(),
                        s.arn(),
                        s.role(),
                        s.session(),
                        s.sessionPolicy(),
                        s.epoch(),
                        Instant.MAX)
                : issuer;
    }

    /** As assuming the role now would give. */
    private Caller.RoleSession session(String role, @Nullable String policy) {
        Roles.RoleInfo info = desk.access.roles().get(role).orElseThrow();
        return new Callers(Desk.ACCOUNT)
                .session(
                        role,
                        info.id(),
                        "session",
                        policy == null ? null : Policy.session(policy, Desk.ACCOUNT),
                        info.epoch(),
                        desk.clock.instant().plus(Duration.ofHours(1)));
    }

    private TemporaryCredentials assumed(String role, @Nullable String policy) {
        AssumeOutcome outcome =
                desk.access.assumeRole(
                        desk.access.root(),
                        new AssumeRoleRequest(
                                "acs:ram::" + Desk.ACCOUNT + ":role/" + role,
                                "session",
                                policy,
                                null,
                                null,
                                desk.context()));
        return assertInstanceOf(AssumeOutcome.Assumed.class, outcome, () -> outcome + " " + seed)
                .credentials();
    }

    /** Root, a person who is enabled, or a role's session, narrowed or not. */
    private Caller issuer() {
        if (any.chance(10)) {
            return desk.access.root();
        }
        if (any.chance(30)) {
            return session(any.one(RandomRights.ROLES), any.chance(50) ? any.policy() : null);
        }
        return desk.access.users().caller(any.one(RandomRights.PEOPLE)).orElseGet(this::issuer);
    }

    private Held issued() {
        if (any.chance(15)) {
            String role = any.one(RandomRights.ROLES);
            String policy = any.policy();
            TemporaryCredentials given = assumed(role, policy);
            return new Held(
                    given,
                    desk.resolved(given),
                    session(role, null),
                    Policy.session(policy, Desk.ACCOUNT),
                    null,
                    "",
                    null,
                    0,
                    probe(UPLOAD, "b/work/"));
        }
        if (any.chance(25)) {
            Held token = deviceToken(any.one(cameras));
            if (token != null) {
                return token;
            }
        }
        Caller issuer = issuer();
        Scope scope = any.scope();
        Set<String> actions = scope.purpose() == Scope.Purpose.UPLOAD ? UPLOAD : READ;
        TemporaryCredentials given =
                desk.access.issue(issuer, scope, Duration.ofMinutes(45)).orElseThrow();
        return new Held(
                given,
                desk.resolved(given),
                issuer,
                null,
                actions,
                scope.bucket() + "/" + scope.prefix(),
                null,
                0,
                probe(actions, scope.bucket() + "/" + scope.prefix()));
    }

    private @Nullable Held deviceToken(Camera camera) {
        if (camera.secret.equals(GONE)) {
            return null;
        }
        String nonce = "nonce-no-" + nonces++;
        String time = Long.toString(desk.clock.instant().getEpochSecond());
        String signature =
                HexFormat.of()
                        .formatHex(
                                MasterKey.hmac(
                                        camera.secret.getBytes(StandardCharsets.UTF_8),
                                        camera.id + "\n" + time + "\n" + nonce));
        return switch (desk.access.devices().token(camera.id, time, nonce, signature, "10.0.0.9")) {
            case Devices.TokenOutcome.Issued issued ->
                    new Held(
                            issued.credentials(),
                            desk.resolved(issued.credentials()),
                            null,
                            null,
                            DEVICE,
                            "b/" + camera.prefix,
                            camera,
                            camera.epoch,
                            probe(DEVICE, "b/" + camera.prefix));
            case Devices.TokenOutcome.Refused no -> {
                assertTrue(
                        no.reason() == Devices.Refusal.ISSUER
                                || (no.reason() == Devices.Refusal.DISABLED && !camera.enabled),
                        () -> no + " " + seed);
                yield null;
            }
        };
    }

    private void change() {
        int what = any.one(List.of(0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
        String person = any.one(RandomRights.PEOPLE);
        String role = any.one(RandomRights.ROLES);
        List<String> attached = attached();
        switch (what) {
            case 1 -> desk.access.users().setPolicies(person, attached).orThrow();
            case 2 -> desk.access.roles().setPolicies(role, attached).orThrow();
            case 3 -> desk.access.users().setEnabled(person, any.chance(75)).orThrow();
            case 4 -> {
                desk.access.users().delete(person).orThrow();
                desk.access.users().create(person, null, names(person)).orThrow();
            }
            case 5 -> desk.access.roles().revokeSessions(role).orThrow();
            case 6 -> {
                desk.access.roles().delete(role).orThrow();
                makeRole(role);
            }
            case 7, 8 -> changeCamera();
            case 9 -> desk.clock.advance(Duration.ofMinutes(7));
            default -> {
                String whose = any.chance(65) ? person : role;
                desk.access.policies().put(any.one(names(whose)), any.policy()).orThrow();
            }
        }
    }

    private List<String> attached() {
        List<String> attached = new ArrayList<>();
        for (String whose : List.of("alice", "bob", "worker")) {
            if (any.chance(50)) {
                attached.add(any.one(names(whose)));
            }
        }
        if (any.chance(20)) {
            attached.add("UploadAccess");
        }
        return attached;
    }

    private void changeCamera() {
        Camera camera = any.one(cameras);
        Caller issuer = issuer();
        if (any.chance(30)) {
            desk.access.devices().disable(camera.id).orThrow();
            camera.enabled = false;
            camera.epoch++;
        } else if (any.chance(50)) {
            desk.access.devices().enable(camera.id, issuer).orThrow();
            camera.enabled = true;
            camera.epoch++;
            camera.issuer = forDevices(issuer);
        } else {
            String code = desk.access.devices().newCode(camera.id, issuer).orThrow().code();
            if (!camera.enabled) {
                camera.enabled = true;
                camera.secret = GONE;
                camera.epoch++;
                camera.issuer = forDevices(issuer);
            }
            if (any.chance(70)) {
                enrol(camera, code, issuer);
            }
        }
    }

    @Test
    void whatIsIssuedReachesExactlyWhatItsIssuerReachesWithinItsScope() {
        for (int i = 0; i < 12; i++) {
            held.add(issued());
        }
        for (int step = 0; step < STEPS; step++) {
            held.set(step % held.size(), issued());
            change();
            for (Held each : held) {
                compare(each);
            }
        }
        int all = allowed + refused;
        String counted = allowed + " allowed, " + refused + " refused, " + lost + " lost; " + seed;
        assertTrue(allowed > all / 20, counted);
        assertTrue(refused > all / 20, counted);
        assertTrue(lost > STEPS / 10, counted);
    }

    private void compare(Held each) {
        Probe probe = each.probe;
        boolean may = compare(each, probe.action, probe.resource, probe.context);
        lost += probe.may && !may ? 1 : 0;
        probe.may = may;
        String[] place =
                each.place.isEmpty() ? new String[] {"b", "work/"} : each.place.split("/", 2);
        for (int i = 0; i < REQUESTS; i++) {
            compare(each, any.action(), any.resource(place[0], place[1]), any.context());
        }
    }

    /** Whether the held may, which is whether its issuer may within its scope. */
    private boolean compare(Held each, String action, String resource, RequestContext context) {
        String what = each.caller + " " + action + " " + resource + " " + context + "; " + seed;
        boolean inScope =
                (each.actions == null || each.actions.contains(action.toLowerCase(Locale.ROOT)))
                        && resource.startsWith(each.place)
                        && resource.length() > each.place.length();
        boolean expected = stands(each) && inScope && issuerMay(each, action, resource, context);
        assertEquals(
                expected,
                desk.access.decide(each.caller, action, resource, context).allowed(),
                what);
        TemporaryCredentials with = each.credentials;
        Resolution now = desk.access.resolve(with.accessKeyId(), with.securityToken());
        if (now instanceof Resolution.Resolved(String secret, Caller caller)) {
            assertTrue(stands(each), what);
            assertEquals(each.caller.toString(), caller.toString(), what);
        } else {
            assertFalse(expected, what);
        }
        allowed += expected ? 1 : 0;
        refused += inScope && !expected ? 1 : 0;
        return expected;
    }

    private boolean stands(Held each) {
        Camera camera = each.camera;
        return desk.clock.instant().isBefore(each.credentials.expiration())
                && (camera == null || (camera.enabled && camera.epoch == each.epoch));
    }

    private boolean issuerMay(Held each, String action, String resource, RequestContext context) {
        Caller issuer = each.camera == null ? each.issuer : each.camera.issuer;
        if (issuer == null) {
            return true;
        }
        boolean may = desk.access.decide(issuer, action, resource, context).allowed();
        if (each.narrow == null || !may) {
            return may;
        }
        return Policy.decide(
                        List.of(Objects.requireNonNull(each.narrow)),
                        new PolicyRequest(
                                Actions.including(action),
                                resource,
                                "role/" + ((Caller.RoleSession) issuer).role(),
                                null,
                                null,
                                context.sourceAddress(),
                                context.secure(),
                                desk.clock.instant(),
                                context.values()))
                instanceof Verdict.Allow;
    }
}
