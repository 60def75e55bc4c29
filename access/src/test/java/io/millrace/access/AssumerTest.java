package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.access.AssumeOutcome.Assumed;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What AssumeRole takes, what it gives, and what the trail is told. */
class AssumerTest {
    private static final String ROLE = "acs:ram::100000000000:role/r";
    private static final String TRUST = Desk.trust("acs:ram::100000000000:user/backend", "");

    @TempDir Path directory;
    private Parts parts;
    private Assumer assumer;
    private Caller backend;
    private final List<String> reasons = new ArrayList<>();

    @BeforeEach
    void open() {
        parts = new Parts(directory);
        assumer =
                new Assumer(
                        parts.directory,
                        parts.decider,
                        parts.master,
                        parts.clock.clocks().forward());
        backend = parts.user("backend", Desk.allow("sts:AssumeRole", "*"));
        role("r", Duration.ofHours(2));
    }

    @AfterEach
    void close() {
        parts.close();
    }

    private Roles.RoleInfo role(String name, Duration longest) {
        return parts.roles.create(name, TRUST, longest, List.of("UploadAccess")).orThrow();
    }

    private AssumeOutcome assume(
            Caller caller,
            String arn,
            String session,
            @Nullable String policy,
            @Nullable Duration duration,
            @Nullable String externalId,
            RequestContext context) {
        return assumer.assume(
                caller,
                new AssumeRoleRequest(arn, session, policy, duration, externalId, context),
                reasons::add);
    }

    private AssumeOutcome assume(String arn, @Nullable String policy, @Nullable Duration lasting) {
        return assume(backend, arn, "session", policy, lasting, null, Parts.context());
    }

    private static Assumed assumed(AssumeOutcome outcome) {
        return assertInstanceOf(Assumed.class, outcome, outcome.toString());
    }

    private static Instant until(AssumeOutcome outcome) {
        return assumed(outcome).credentials().expiration();
    }

    private Token token(Assumed given) {
        return java.util.Objects.requireNonNull(
                Token.open(given.credentials().securityToken(), parts.master));
    }

    @Test
    void aSessionIsTheRolesForAnHour() {
        parts.clock.advance(Duration.ofMillis(2_345));
        Assumed given = assumed(assume(ROLE, null, null));
        String id = parts.roles.get("r").orElseThrow().id();
        assertEquals(id + ":session", given.assumedRoleId());
        assertEquals("acs:ram::100000000000:assumed-role/r/session", given.arn());
        TemporaryCredentials keys = given.credentials();
        assertEquals(Parts.NOON.plusSeconds(3_602), keys.expiration());
        assertTrue(keys.accessKeyId().matches("STS\\.[A-Za-z0-9]{24}"), keys.accessKeyId());
        assertEquals(40, keys.accessKeySecret().length());
        assertEquals(
                new Token(
                        'R',
                        keys.accessKeyId(),
                        keys.accessKeySecret(),
                        "r",
                        id,
                        1,
                        keys.expiration(),
                        "session",
                        "",
                        "",
                        ""),
                token(given));
        assertEquals(List.of(), reasons);
    }

    @Test
    void aSessionPolicyTravelsInTheToken() {
        String policy = Desk.policy(Desk.allow("oss:PutObject", "*"));
        assertEquals(policy, token(assumed(assume(ROLE, policy, null))).policy());
        assertEquals("", token(assumed(assume(ROLE, " ", null))).policy());
        String why =
                assertInstanceOf(AssumeOutcome.MalformedPolicy.class, assume(ROLE, "{}", null))
                        .message();
        assertTrue(why.contains(" "), why);
    }

    @Test
    void aRoleIsNamedByEitherVendorsArnOfThisAccount() {
        until(assume("arn:aws:iam::100000000000:role/r", null, null));
        AssumeOutcome wrong =
                new AssumeOutcome.Invalid(
                        "RoleArn", "The role's ARN reads acs:ram::100000000000:role/name.");
        for (String arn :
                List.of(
                        "r",
                        "acs:ram::999999999999:role/r",
                        "acs:ram::100000000000:user/r",
                        "acs:ram::100000000000:role/",
                        "acs:ram::100000000000:role/r/s",
                        "arn:aws:iam::100000000000:role/*")) {
            assertEquals(wrong, assume(arn, null, null), arn);
        }
    }

    @Test
    void sessionNamesAndExternalIdsAreChecked() {
        assertEquals(
                new AssumeOutcome.Invalid(
                        "RoleSessionName",
                        "The session's name has 2 to 64 letters, digits and . _ @ = -"),
                assume(backend, ROLE, "a", null, null, null, Parts.context()));
        AssumeOutcome wrong =
                new AssumeOutcome.Invalid("ExternalId", "ExternalId has 2 to 1224 characters.");
        for (int length : new int[] {1, 1_225}) {
            assertEquals(wrong, withExternalId("x".repeat(length)));
        }
        assumed(withExternalId("xx"));
        assumed(withExternalId("x".repeat(1_224)));
    }

    private AssumeOutcome withExternalId(@Nullable String id) {
        return assume(backend, ROLE, "session", null, null, id, Parts.context());
    }

    @Test
    void whoMayNotIsToldTheSameWhateverTheReasonAndTheTrailTheReason() {
        AssumeOutcome denied =
                new AssumeOutcome.Denied(
                        "You are not authorized to do this action. You should be authorized by RAM:"
                                + " acs:ram::100000000000:user/backend needs sts:AssumeRole on the"
                                + " role, and the role must trust it.");
        assertEquals(denied, assume("acs:ram::100000000000:role/x", null, null));
        parts.roles
                .setTrustPolicy("r", Desk.trust("acs:ram::100000000000:user/other", ""))
                .orThrow();
        assertEquals(denied, assume(ROLE, null, null));
        parts.policy("policy-backend", Desk.allow("sts:AssumeRole", "acs:ram::*:role/other"));
        assertEquals(denied, assume(ROLE, null, null));
        assertEquals(
                List.of(
                        "no such role",
                        "the role does not trust the caller",
                        "the caller's policies do not allow it"),
                reasons);
    }

    @Test
    void aPolicyThatNamesTheRoleIsEnough() {
        parts.policy("policy-backend", Desk.allow("sts:AssumeRole", "acs:ram::*:role/r"));
        assumed(assume(ROLE, null, null));
        assertEquals(ROLE, parts.roles.get("r").orElseThrow().arn());
    }

    @Test
    void theTrustSeesTheRequestsOwnParametersOnly() {
        parts.roles
                .setTrustPolicy(
                        "r",
                        Desk.trust(
                                "acs:ram::100000000000:user/backend",
                                "\"StringEquals\":{\"sts:ExternalId\":\"customer-7\","
                                        + "\"sts:RoleSessionName\":\"session\"}"))
                .orThrow();
        assumed(withExternalId("customer-7"));
        assertInstanceOf(AssumeOutcome.Denied.class, withExternalId("customer-8"));
        assertInstanceOf(AssumeOutcome.Denied.class, withExternalId(null));
        assertInstanceOf(
                AssumeOutcome.Denied.class,
                assume(backend, ROLE, "other", null, null, "customer-7", Parts.context()));
        RequestContext forged =
                Parts.context()
                        .withValues(
                                Map.of("externalid", "customer-7", "rolesessionname", "session"));
        assertInstanceOf(
                AssumeOutcome.Denied.class,
                assume(backend, ROLE, "session", null, null, null, forged));
        assertInstanceOf(
                AssumeOutcome.Denied.class,
                assume(backend, ROLE, "other", null, null, "customer-7", forged));
    }

    @Test
    void aDurationIsFifteenMinutesToTheRolesLongest() {
        AssumeOutcome wrong =
                new AssumeOutcome.Invalid(
                        "DurationSeconds", "The duration is 900 to 7200 seconds for this role.");
        assertEquals(wrong, assume(ROLE, null, Duration.ofSeconds(899)));
        assertEquals(wrong, assume(ROLE, null, Duration.ofSeconds(7_201)));
        assertEquals(
                Parts.NOON.plusSeconds(900), until(assume(ROLE, null, Duration.ofSeconds(900))));
        assertEquals(
                Parts.NOON.plusSeconds(7_200),
                until(assume(ROLE, null, Duration.ofSeconds(7_200))));
        role("short", Duration.ofMinutes(20));
        assertEquals(
                Parts.NOON.plusSeconds(1_200),
                until(assume("acs:ram::100000000000:role/short", null, null)));
        role("hour", Duration.ofHours(1));
        assertEquals(
                Parts.NOON.plusSeconds(3_600),
                until(assume("acs:ram::100000000000:role/hour", null, null)));
    }

    @Test
    void aChainLastsAnHourAtMostAndNoLongerThanItsFirstSession() {
        Roles.RoleInfo first = role("first", Duration.ofHours(2));
        parts.policy("chain", Desk.allow("sts:AssumeRole", "*"));
        parts.roles.setPolicies("first", List.of("chain")).orThrow();
        parts.roles
                .setTrustPolicy("r", Desk.trust("acs:ram::100000000000:role/first", ""))
                .orThrow();
        assertEquals(
                new AssumeOutcome.Invalid(
                        "DurationSeconds", "The duration is 900 to 3600 seconds for this role."),
                chained(first, 7_200, Duration.ofSeconds(3_601)));
        assertEquals(Parts.NOON.plusSeconds(3_600), until(chained(first, 7_200, null)));
        assertEquals(Parts.NOON.plusSeconds(3_000), until(chained(first, 3_000, null)));
    }

    private AssumeOutcome chained(Roles.RoleInfo first, int seconds, @Nullable Duration duration) {
        Caller session =
                new Caller.RoleSession(
                        first.id() + ":s",
                        "first/s",
                        "arn",
                        "first",
                        "s",
                        null,
                        1,
                        Parts.NOON.plusSeconds(seconds));
        return assume(session, ROLE, "session", null, duration, null, Parts.context());
    }
}
