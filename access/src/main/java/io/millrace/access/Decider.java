package io.millrace.access;

import io.millrace.access.Decision.Allowed;
import io.millrace.access.Decision.Denied;
import io.millrace.access.Decision.Reason;
import io.millrace.access.policy.Actions;
import io.millrace.access.policy.Policy;
import io.millrace.access.policy.PolicyRequest;
import io.millrace.access.policy.StatementRef;
import io.millrace.access.policy.Verdict;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides: default deny, an explicit Deny wins, a session policy only narrows.
 *
 * <p>Order for a signed caller: a Deny of its own policies or of the bucket's policy ends it; an
 * Allow of either, or the bucket's public ACL, permits it.
 */
final class Decider {
    private static final StatementRef ROOT = new StatementRef("root", 0, null);
    private static final StatementRef ACL = new StatementRef("bucket-acl", 0, null);
    private static final StatementRef DEVICE = new StatementRef("device-scope", 0, null);
    private static final StatementRef ISSUED = new StatementRef("issued-scope", 0, null);

    private final Directory directory;
    private final InstantSource clock;
    private final Map<String, List<Policy>> services;

    Decider(Directory directory, InstantSource clock) {
        this.directory = directory;
        this.clock = clock;
        this.services =
                Map.of(
                        "edge", List.of(service("edge", BuiltIn.EDGE, directory.account())),
                        "backup", List.of(service("backup", BuiltIn.BACKUP, directory.account())));
    }

    private static Policy service(String name, String document, String account) {
        return Policy.identity("service:" + name, document, account);
    }

    Decision decide(Caller caller, String action, String resource, RequestContext context) {
        return switch (caller) {
            case Caller.Root root -> new Allowed(ROOT);
            case Caller.DeviceSession device -> device(device, action, resource, context);
            case Caller.IssuedSession issued -> issued(issued, action, resource, context);
            case Caller.Service service ->
                    judge(
                            services.getOrDefault(service.name(), List.of()),
                            request(caller, action, resource, context),
                            context);
            case Caller.User user -> {
                Optional<Records.User> row = directory.standing(user);
                yield row.isPresent()
                        ? judge(
                                directory.policies(row.get().policies()),
                                request(caller, action, resource, context),
                                context)
                        : revoked("The user is gone or disabled.");
            }
            case Caller.RoleSession session -> session(session, action, resource, context);
            case Caller.Anonymous nobody ->
                    judge(List.of(), request(caller, action, resource, context), context);
        };
    }

    private Decision session(
            Caller.RoleSession session, String action, String resource, RequestContext context) {
        Optional<Records.Role> role = directory.standing(session);
        if (role.isEmpty()) {
            return revoked("The role is gone or its sessions were revoked.");
        }
        if (!clock.instant().isBefore(session.expires())) {
            return revoked("The session has ended.");
        }
        PolicyRequest request = request(session, action, resource, context);
        Decision decision = judge(directory.policies(role.get().policies()), request, context);
        Policy narrow = session.sessionPolicy();
        if (narrow == null || !decision.allowed()) {
            return decision;
        }
        return switch (Policy.decide(List.of(narrow), request)) {
            case Verdict.Allow allow -> decision;
            case Verdict.Deny(StatementRef statement) ->
                    new Denied(Reason.EXPLICIT_DENY, "The session policy denies it.", statement);
            case Verdict.Nothing nothing ->
                    new Denied(
                            Reason.SESSION_POLICY, "The session policy does not allow it.", null);
        };
    }

    private Decision judge(List<Policy> policies, PolicyRequest request, RequestContext context) {
        Verdict own = Policy.decide(policies, request);
        if (own instanceof Verdict.Deny(StatementRef statement)) {
            return denied(statement);
        }
        Policy bucketPolicy = context.bucketPolicy();
        Verdict bucket =
                bucketPolicy == null
                        ? new Verdict.Nothing()
                        : Policy.decide(List.of(bucketPolicy), request);
        if (bucket instanceof Verdict.Deny(StatementRef statement)) {
            return denied(statement);
        }
        if (own instanceof Verdict.Allow(StatementRef statement)) {
            return new Allowed(statement);
        }
        if (bucket instanceof Verdict.Allow(StatementRef statement)) {
            return new Allowed(statement);
        }
        if (publicly(request.actions().getFirst(), request.resource(), context)) {
            return new Allowed(ACL);
        }
        return request.principal().equals("anonymous")
                ? new Denied(
                        Reason.ANONYMOUS, "Anonymous access is forbidden for this operation.", null)
                : new Denied(Reason.NOT_ALLOWED, "No policy allows it.", null);
    }

    private static Decision denied(StatementRef statement) {
        return new Denied(Reason.EXPLICIT_DENY, "A policy denies it.", statement);
    }

    private static Decision revoked(String message) {
        return new Denied(Reason.REVOKED, message, null);
    }

    /** What a bucket's ACL gives to everybody: reading objects, or reading and writing them. */
    private static boolean publicly(String action, String resource, RequestContext context) {
        if (resource.indexOf('/') <= 0 || resource.startsWith("_")) {
            return false;
        }
        boolean read =
                switch (action) {
                    case "oss:getobject", "oss:headobject", "oss:getsymlink" -> true;
                    default -> false;
                };
        boolean write =
                switch (action) {
                    case "oss:putobject", "oss:appendobject", "oss:deleteobject" -> true;
                    default -> false;
                };
        return switch (context.bucketAcl()) {
            case PRIVATE -> false;
            case PUBLIC_READ -> read;
            case PUBLIC_READ_WRITE -> read || write;
        };
    }

    /**
     * A device writes below its own prefix and looks at the heads of what it wrote, as far as
     * whoever stands behind it now may. The prefix ends with a slash, so cam1 has no part in cam10.
     * One that was registered before issuers were kept has its prefix alone for a bound.
     */
    private Decision device(
            Caller.DeviceSession device, String action, String resource, RequestContext context) {
        if (!clock.instant().isBefore(device.expires())) {
            return revoked("The token has ended.");
        }
        Optional<Directory.LiveDevice> found =
                directory
                        .device(device.id())
                        .filter(
                                live ->
                                        live.row().enabled()
                                                && live.row().epoch() == device.epoch()
                                                && live.row().bucket().equals(device.bucket())
                                                && live.row().prefix().equals(device.prefix()));
        if (found.isEmpty()) {
            return revoked("The device is gone or disabled.");
        }
        Scope scope = new Scope(Scope.Purpose.DEVICE, device.bucket(), device.prefix());
        if (!scope.covers(action, resource)) {
            return new Denied(
                    Reason.DEVICE_SCOPE,
                    "A device's token is for writing below its own prefix only.",
                    DEVICE);
        }
        Caller issuer = found.get().issuer();
        return issuer == null ? new Allowed(DEVICE) : onBehalf(issuer, action, resource, context);
    }

    private Decision issued(
            Caller.IssuedSession session, String action, String resource, RequestContext context) {
        if (!clock.instant().isBefore(session.expires())) {
            return revoked("The token has ended.");
        }
        return session.scope().covers(action, resource)
                ? onBehalf(session.issuer(), action, resource, context)
                : new Denied(
                        Reason.ISSUED_SCOPE,
                        "These credentials are for "
                                + (session.scope().purpose() == Scope.Purpose.READ
                                        ? "reading in one bucket only."
                                        : "writing below one prefix only."),
                        ISSUED);
    }

    /**
     * As the issuer's own request would be decided now, in this request's circumstances: its
     * address, its time, the bucket's policy.
     */
    private Decision onBehalf(
            Caller issuer, String action, String resource, RequestContext context) {
        return switch (decide(issuer, action, resource, context)) {
            case Allowed allowed -> allowed;
            case Denied(Reason reason, String message, StatementRef statement) ->
                    new Denied(
                            reason,
                            "Whoever issued these credentials may not do it: " + message,
                            statement);
        };
    }

    PolicyRequest request(Caller caller, String action, String resource, RequestContext context) {
        return new PolicyRequest(
                Actions.including(action),
                resource,
                principal(caller),
                caller instanceof Caller.User user ? user.name() : null,
                caller instanceof Caller.User user ? user.id() : null,
                context.sourceAddress(),
                context.secure(),
                now(),
                context.values());
    }

    private Instant now() {
        return clock.instant();
    }

    static String principal(Caller caller) {
        return switch (caller) {
            case Caller.Root root -> "root";
            case Caller.User user -> "user/" + user.name();
            case Caller.RoleSession session -> "role/" + session.role();
            case Caller.DeviceSession device -> "device/" + device.id();
            case Caller.IssuedSession issued -> principal(issued.issuer());
            case Caller.Service service -> "service/" + service.name();
            case Caller.Anonymous nobody -> "anonymous";
        };
    }

    /** Whose policies decide: the issuer's, where the caller acts on somebody's behalf. */
    Caller judged(Caller caller) {
        return switch (caller) {
            case Caller.IssuedSession issued -> issued.issuer();
            case Caller.DeviceSession device ->
                    directory.device(device.id()).map(Directory.LiveDevice::issuer).orElse(device);
            default -> caller;
        };
    }

    /** The policies that bear on a caller, for explaining. */
    List<Policy> policiesOf(Caller caller, @Nullable Policy bucketPolicy) {
        List<Policy> all = new java.util.ArrayList<>();
        switch (judged(caller)) {
            case Caller.User user ->
                    directory
                            .user(user.name())
                            .ifPresent(row -> all.addAll(directory.policies(row.policies())));
            case Caller.RoleSession session -> {
                directory
                        .role(session.role())
                        .ifPresent(row -> all.addAll(directory.policies(row.policies())));
                if (session.sessionPolicy() != null) {
                    all.add(session.sessionPolicy());
                }
            }
            case Caller.Service service ->
                    all.addAll(services.getOrDefault(service.name(), List.of()));
            case Caller.Root root -> {}
            case Caller.DeviceSession device -> {}
            case Caller.IssuedSession issued -> {}
            case Caller.Anonymous nobody -> {}
        }
        if (bucketPolicy != null) {
            all.add(bucketPolicy);
        }
        return all;
    }
}
