package io.millrace.access;

import io.millrace.access.AssumeOutcome.Assumed;
import io.millrace.access.AssumeOutcome.Denied;
import io.millrace.access.AssumeOutcome.Invalid;
import io.millrace.access.AssumeOutcome.MalformedPolicy;
import io.millrace.access.policy.Policy;
import io.millrace.access.policy.PolicyException;
import io.millrace.access.policy.Verdict;
import io.millrace.kit.Ids;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * AssumeRole: the caller's own policy and the role's trust policy must both allow it; the session
 * policy travels in the token and narrows every later call.
 */
final class Assumer {
    private static final Duration LEAST = Duration.ofMinutes(15);
    private static final Duration USUAL = Duration.ofHours(1);

    private final Directory directory;
    private final Decider decider;
    private final MasterKey master;
    private final InstantSource clock;

    Assumer(Directory directory, Decider decider, MasterKey master, InstantSource clock) {
        this.directory = directory;
        this.decider = decider;
        this.master = master;
        this.clock = clock;
    }

    /**
     * @param reason is told why a request was denied: for the audit trail, not for the caller
     */
    AssumeOutcome assume(Caller caller, AssumeRoleRequest request, Consumer<String> reason) {
        String name = roleName(request.roleArn());
        if (name == null) {
            return new Invalid(
                    "RoleArn",
                    "The role's ARN reads acs:ram::" + directory.account() + ":role/name.");
        }
        if (!Names.validSession(request.sessionName())) {
            return new Invalid(
                    "RoleSessionName",
                    "The session's name has 2 to 64 letters, digits and . _ @ = -");
        }
        AssumeOutcome badId = externalId(request.externalId());
        if (badId != null) {
            return badId;
        }
        Optional<Records.Role> role = directory.role(name);
        String refusal = role.isEmpty() ? "no such role" : refusal(caller, role.get(), request);
        if (role.isEmpty() || refusal != null) {
            reason.accept(String.valueOf(refusal));
            return new Denied(
                    "You are not authorized to do this action. You should be authorized by RAM: "
                            + caller.arn()
                            + " needs sts:AssumeRole on the role, and the role must trust it.");
        }
        Policy narrow = null;
        if (request.sessionPolicy() != null && !request.sessionPolicy().isBlank()) {
            try {
                narrow = Policy.session(request.sessionPolicy(), directory.account());
            } catch (PolicyException e) {
                return new MalformedPolicy(String.valueOf(e.getMessage()));
            }
        }
        return issue(caller, role.get(), request, narrow != null);
    }

    private static @Nullable Invalid externalId(@Nullable String id) {
        boolean fits = id == null || (id.length() >= 2 && id.length() <= 1224);
        return fits ? null : new Invalid("ExternalId", "ExternalId has 2 to 1224 characters.");
    }

    /** The name in either vendor's ARN of this account; null for anything else. */
    private @Nullable String roleName(String arn) {
        for (String head : new String[] {"acs:ram::", "arn:aws:iam::"}) {
            String prefix = head + directory.account() + ":role/";
            if (arn.startsWith(prefix)) {
                String name = arn.substring(prefix.length());
                return Names.valid(name) ? name : null;
            }
        }
        return null;
    }

    /** Which of the two policies does not allow it; null when both do. */
    private @Nullable String refusal(Caller caller, Records.Role role, AssumeRoleRequest request) {
        Map<String, String> values = new HashMap<>(request.context().values());
        values.remove("externalid");
        if (request.externalId() != null) {
            values.put("externalid", request.externalId());
        }
        values.put("rolesessionname", request.sessionName());
        RequestContext context = request.context().withValues(values).withBucketPolicy(null);
        String resource = "_role/" + role.name();
        if (!decider.decide(caller, "sts:AssumeRole", resource, context).allowed()) {
            return "the caller's policies do not allow it";
        }
        Policy trust = Policy.trust("trust:" + role.name(), role.trust(), directory.account());
        Verdict trusted =
                Policy.decide(
                        List.of(trust),
                        decider.request(caller, "sts:AssumeRole", resource, context));
        return trusted instanceof Verdict.Allow ? null : "the role does not trust the caller";
    }

    private AssumeOutcome issue(
            Caller caller, Records.Role role, AssumeRoleRequest request, boolean narrowed) {
        boolean chained = caller instanceof Caller.RoleSession;
        Duration most = Duration.ofSeconds(role.maxSeconds());
        if (chained && most.compareTo(USUAL) > 0) {
            most = USUAL;
        }
        Duration wanted =
                request.duration() != null
                        ? request.duration()
                        : most.compareTo(USUAL) < 0 ? most : USUAL;
        if (wanted.compareTo(LEAST) < 0 || wanted.compareTo(most) > 0) {
            return new Invalid(
                    "DurationSeconds",
                    "The duration is "
                            + LEAST.toSeconds()
                            + " to "
                            + most.toSeconds()
                            + " seconds for this role.");
        }
        Instant expires = Instant.ofEpochSecond(clock.instant().plus(wanted).getEpochSecond());
        if (caller instanceof Caller.RoleSession session && session.expires().isBefore(expires)) {
            // A chain of roles never outlives the session that it began with.
            expires = session.expires();
        }
        Token token =
                new Token(
                        'R',
                        "STS." + Ids.secret(24),
                        Ids.secret(40),
                        role.name(),
                        role.id(),
                        role.epoch(),
                        expires,
                        request.sessionName(),
                        "",
                        "",
                        narrowed ? String.valueOf(request.sessionPolicy()) : "");
        return new Assumed(
                new TemporaryCredentials(
                        token.accessKeyId(), token.secret(), token.seal(master), expires),
                role.id() + ":" + request.sessionName(),
                "acs:ram::"
                        + directory.account()
                        + ":assumed-role/"
                        + role.name()
                        + "/"
                        + request.sessionName());
    }
}
