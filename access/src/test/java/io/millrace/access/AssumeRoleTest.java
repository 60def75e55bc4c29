package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Temporary credentials, and the attacks on them. */
class AssumeRoleTest {
    private static final String ROLE = "acs:ram::100000000000:role/uploader";

    @TempDir Path directory;
    private Desk desk;
    private Caller backend;

    @BeforeEach
    void open() {
        desk = new Desk(directory);
        backend = desk.user("backend", Desk.allow("sts:AssumeRole", ROLE));
        desk.access
                .policies()
                .put("upload", Desk.policy(Desk.allow("oss:PutObject", "acs:oss:*:*:rec/*")))
                .orThrow();
        desk.access
                .roles()
                .create(
                        "uploader",
                        Desk.trust("acs:ram::100000000000:user/backend", ""),
                        Duration.ofHours(2),
                        List.of("upload"))
                .orThrow();
    }

    @AfterEach
    void close() {
        desk.close();
    }

    private AssumeOutcome assume(
            Caller caller,
            String arn,
            @Nullable String policy,
            @Nullable Duration duration,
            @Nullable String externalId) {
        return desk.access.assumeRole(
                caller,
                new AssumeRoleRequest(
                        arn, "session-1", policy, duration, externalId, desk.context()));
    }

    private TemporaryCredentials assumed(@Nullable String policy) {
        AssumeOutcome outcome = assume(backend, ROLE, policy, null, null);
        return assertInstanceOf(AssumeOutcome.Assumed.class, outcome, outcome.toString())
                .credentials();
    }

    @Test
    void theRolesPolicyGovernsTheSession() {
        TemporaryCredentials credentials = assumed(null);
        assertTrue(credentials.accessKeyId().startsWith("STS."));
        assertEquals(desk.clock.instant().plusSeconds(3600), credentials.expiration());
        Caller session = desk.resolved(credentials);
        assertEquals("acs:ram::100000000000:assumed-role/uploader/session-1", session.arn());
        assertTrue(desk.may(session, "oss:PutObject", "rec/cam1/x"));
        assertTrue(!desk.may(session, "oss:GetObject", "rec/cam1/x"));
        assertTrue(!desk.may(session, "sts:AssumeRole", "_role/uploader"));
    }

    @Test
    void aSessionPolicyOnlyNarrows() {
        Caller narrow =
                desk.resolved(
                        assumed(
                                Desk.policy(
                                        Desk.allow("oss:PutObject", "acs:oss:*:*:rec/cam1/*"))));
        assertTrue(desk.may(narrow, "oss:PutObject", "rec/cam1/x"));
        assertTrue(!desk.may(narrow, "oss:PutObject", "rec/cam10/x"));
        Caller wide = desk.resolved(assumed(Desk.policy(Desk.allow("*", "*"))));
        assertTrue(desk.may(wide, "oss:PutObject", "rec/cam10/x"));
        assertTrue(!desk.may(wide, "oss:GetObject", "rec/cam10/x"));
        Decision denied = desk.access.decide(narrow, "oss:PutObject", "rec/cam2/x", desk.context());
        assertEquals(
                Decision.Reason.SESSION_POLICY,
                assertInstanceOf(Decision.Denied.class, denied).reason());
        assertInstanceOf(
                AssumeOutcome.MalformedPolicy.class, assume(backend, ROLE, "{}", null, null));
    }

    @Test
    void bothTheCallersPolicyAndTheRolesTrustAreNeeded() {
        Caller stranger = desk.user("stranger", Desk.allow("sts:AssumeRole", ROLE));
        assertInstanceOf(AssumeOutcome.Denied.class, assume(stranger, ROLE, null, null, null));
        assertEquals(
                "session-1: the role does not trust the caller",
                desk.access.audit().list(Long.MAX_VALUE, 1).getFirst().event().detail());
        Caller powerless = desk.user("powerless", Desk.allow("oss:GetObject", "*"));
        desk.access
                .roles()
                .setTrustPolicy("uploader", Desk.trust("acs:ram::100000000000:root", ""))
                .orThrow();
        assertInstanceOf(AssumeOutcome.Denied.class, assume(powerless, ROLE, null, null, null));
        assertInstanceOf(AssumeOutcome.Assumed.class, assume(stranger, ROLE, null, null, null));
        AssumeOutcome nowhere =
                assume(backend, "acs:ram::100000000000:role/nothing", null, null, null);
        assertInstanceOf(AssumeOutcome.Denied.class, nowhere);
        assertInstanceOf(
                AssumeOutcome.Invalid.class,
                assume(backend, "acs:ram::999999999999:role/uploader", null, null, null));
    }

    @Test
    void aConfusedDeputyIsStoppedByTheExternalId() {
        desk.access
                .roles()
                .setTrustPolicy(
                        "uploader",
                        Desk.trust(
                                "acs:ram::100000000000:user/backend",
                                "\"StringEquals\":{\"sts:ExternalId\":\"customer-7\"}"))
                .orThrow();
        assertInstanceOf(AssumeOutcome.Denied.class, assume(backend, ROLE, null, null, null));
        assertInstanceOf(
                AssumeOutcome.Denied.class, assume(backend, ROLE, null, null, "customer-8"));
        assertInstanceOf(
                AssumeOutcome.Assumed.class, assume(backend, ROLE, null, null, "customer-7"));
        // a context value that a caller could set does not stand in for the parameter
        AssumeOutcome forged =
                desk.access.assumeRole(
                        backend,
                        new AssumeRoleRequest(
                                ROLE,
                                "session-1",
                                null,
                                null,
                                null,
                                desk.context()
                                        .withValues(java.util.Map.of("externalid", "customer-7"))));
        assertInstanceOf(AssumeOutcome.Denied.class, forged);
    }

    @Test
    void durationsAreBounded() {
        for (Duration bad : List.of(Duration.ofSeconds(899), Duration.ofSeconds(7201))) {
            assertInstanceOf(AssumeOutcome.Invalid.class, assume(backend, ROLE, null, bad, null));
        }
        assertInstanceOf(
                AssumeOutcome.Assumed.class,
                assume(backend, ROLE, null, Duration.ofHours(2), null));
        assertInstanceOf(
                Change.Invalid.class,
                desk.access
                        .roles()
                        .create(
                                "x",
                                Desk.trust("acs:ram::100000000000:root", ""),
                                Duration.ofHours(13),
                                List.of()));
    }

    @Test
    void aChainOfRolesNeverOutlivesItsFirstSession() {
        desk.access
                .policies()
                .put("chain", Desk.policy(Desk.allow("sts:AssumeRole", "acs:ram::*:role/second")))
                .orThrow();
        desk.access.roles().setPolicies("uploader", List.of("chain")).orThrow();
        desk.access
                .roles()
                .create(
                        "second",
                        Desk.trust("acs:ram::100000000000:role/uploader", ""),
                        Duration.ofHours(12),
                        List.of("upload"))
                .orThrow();
        TemporaryCredentials first = assumed(null);
        Caller session = desk.resolved(first);
        String second = "acs:ram::100000000000:role/second";
        assertInstanceOf(
                AssumeOutcome.Invalid.class,
                assume(session, second, null, Duration.ofHours(2), null));
        desk.clock.advance(Duration.ofMinutes(50));
        TemporaryCredentials chained =
                assertInstanceOf(
                                AssumeOutcome.Assumed.class,
                                assume(session, second, null, null, null))
                        .credentials();
        assertEquals(first.expiration(), chained.expiration());
    }

    @Test
    void aTokenIsRefusedWhenTamperedForeignExpiredOrMixed() {
        TemporaryCredentials credentials = assumed(null);
        String token = credentials.securityToken();
        byte[] bytes = Base64.getUrlDecoder().decode(token);
        for (int at : new int[] {0, 1, 4, 5, 17, 40, bytes.length - 1}) {
            byte[] bent = bytes.clone();
            bent[at] ^= 1;
            String text = Base64.getUrlEncoder().withoutPadding().encodeToString(bent);
            assertInstanceOf(
                    Resolution.TokenInvalid.class,
                    desk.access.resolve(credentials.accessKeyId(), text),
                    "byte " + at);
        }
        for (String garbage : List.of("", "x", "CAIS****", "a".repeat(9000))) {
            assertInstanceOf(
                    Resolution.TokenInvalid.class,
                    desk.access.resolve(credentials.accessKeyId(), garbage));
        }
        Token foreign = Token.open(token, desk.master);
        assertNotNull(foreign);
        assertInstanceOf(
                Resolution.TokenInvalid.class,
                desk.access.resolve(
                        credentials.accessKeyId(), foreign.seal(MasterKey.ephemeral())));
        assertInstanceOf(
                Resolution.TokenMismatch.class,
                desk.access.resolve(assumed(null).accessKeyId(), token));
        assertInstanceOf(Resolution.TokenMismatch.class, desk.access.resolve("ROOTID", token));
        assertInstanceOf(
                Resolution.UnknownKey.class, desk.access.resolve(credentials.accessKeyId(), null));
        desk.clock.advance(Duration.ofHours(1));
        assertInstanceOf(
                Resolution.TokenExpired.class,
                desk.access.resolve(credentials.accessKeyId(), token));
        desk.clock.stepWall(Duration.ofHours(-2));
        assertInstanceOf(
                Resolution.TokenExpired.class,
                desk.access.resolve(credentials.accessKeyId(), token),
                "a clock that is set back revives nothing");
        desk.resolved(assumed(null));
    }

    @Test
    void revokedSessionsEndAtTheNextRequest() {
        TemporaryCredentials credentials = assumed(null);
        Caller running = desk.resolved(credentials);
        desk.access.roles().revokeSessions("uploader").orThrow();
        assertInstanceOf(
                Resolution.TokenInvalid.class,
                desk.access.resolve(credentials.accessKeyId(), credentials.securityToken()));
        assertTrue(!desk.may(running, "oss:PutObject", "rec/x"));
        TemporaryCredentials fresh = assumed(null);
        desk.access.roles().delete("uploader").orThrow();
        desk.access
                .roles()
                .create(
                        "uploader",
                        Desk.trust("acs:ram::100000000000:user/backend", ""),
                        Duration.ofHours(2),
                        List.of("upload"))
                .orThrow();
        assertInstanceOf(
                Resolution.TokenInvalid.class,
                desk.access.resolve(fresh.accessKeyId(), fresh.securityToken()));
    }

    @Test
    void sessionNamesAreChecked() {
        for (String bad : List.of("", "a", "a b", "a/b", "a*", "${x}", "x".repeat(65))) {
            AssumeOutcome outcome =
                    desk.access.assumeRole(
                            backend,
                            new AssumeRoleRequest(ROLE, bad, null, null, null, desk.context()));
            assertInstanceOf(AssumeOutcome.Invalid.class, outcome, bad);
        }
    }
}
