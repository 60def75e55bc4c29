package io.millrace.access;

import io.millrace.access.policy.Policy;
import io.millrace.access.policy.PolicyException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Makes callers of an account with their names, from what tokens and rows say. Thread-safe. */
final class Callers {
    private final String account;

    Callers(String account) {
        this.account = account;
    }

    private String arn(String resource) {
        return "acs:ram::" + account + ":" + resource;
    }

    Caller.Root root() {
        return new Caller.Root(account, "root", arn("root"));
    }

    Caller.User user(String name, String id) {
        return new Caller.User(id, name, arn("user/" + name));
    }

    Caller.Service service(String name) {
        return new Caller.Service("service-" + name, name, arn("service/" + name));
    }

    Caller.DeviceSession device(Token token) {
        String id = token.principal();
        return new Caller.DeviceSession(
                id,
                id,
                arn("device/" + id),
                token.bucket(),
                token.prefix(),
                token.epoch(),
                token.expires());
    }

    Caller.RoleSession session(
            String role,
            String roleId,
            String session,
            @Nullable Policy narrow,
            long epoch,
            Instant expires) {
        return new Caller.RoleSession(
                roleId + ":" + session,
                role + "/" + session,
                arn("assumed-role/" + role + "/" + session),
                role,
                session,
                narrow,
                epoch,
                expires);
    }

    /** Credentials of that scope which the issuer's rights stand behind. */
    Caller.IssuedSession issued(Caller issuer, Scope scope, Instant expires) {
        String kind =
                switch (scope.purpose()) {
                    case UPLOAD -> "upload/";
                    case READ -> "link/";
                    case DEVICE -> "device/";
                };
        return new Caller.IssuedSession(
                issuer.id(), issuer.name(), arn(kind + issuer.name()), issuer, scope, expires);
    }

    /**
     * The caller who stands behind something.
     *
     * @param until when a role's session ends that has handed on its rights
     */
    Caller issuer(Records.Issuer issuer, Instant until) {
        return switch (issuer.kind()) {
            case ROOT -> root();
            case USER -> user(issuer.name(), issuer.id());
            case ROLE ->
                    session(
                            issuer.name(),
                            issuer.id(),
                            issuer.session(),
                            narrowing(issuer.policy()),
                            issuer.epoch(),
                            until);
        };
    }

    /** A session policy that is not understood any more lets nothing through. */
    private @Nullable Policy narrowing(String document) {
        try {
            return document.isEmpty() ? null : Policy.session(document, account);
        } catch (PolicyException e) {
            return BuiltIn.missing("session-policy", account);
        }
    }

    /**
     * What is kept of a caller who issues something; null for those who may hand nothing on: what
     * acts on somebody's behalf itself, services, and nobody.
     */
    static Records.@Nullable Issuer issuer(Caller caller) {
        return switch (caller) {
            case Caller.Root root -> new Records.Issuer(Records.IssuerKind.ROOT, "", "", 0, "", "");
            case Caller.User user ->
                    new Records.Issuer(Records.IssuerKind.USER, user.name(), user.id(), 0, "", "");
            case Caller.RoleSession session ->
                    new Records.Issuer(
                            Records.IssuerKind.ROLE,
                            session.role(),
                            session.id().substring(0, session.id().indexOf(':')),
                            session.epoch(),
                            session.session(),
                            session.sessionPolicy() == null
                                    ? ""
                                    : session.sessionPolicy().document());
            case Caller.DeviceSession device -> null;
            case Caller.IssuedSession issued -> null;
            case Caller.Service service -> null;
            case Caller.Anonymous nobody -> null;
        };
    }
}
