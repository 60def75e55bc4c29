package io.millrace.access;

import io.millrace.access.policy.Policy;
import io.millrace.access.policy.PolicyException;
import io.millrace.kit.MonotonicClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Who and what there is, read through caches: the part that every request goes through. */
final class Directory {
    /** A key with its secret in clear and its user. */
    record LiveKey(String secret, boolean enabled, Records.@Nullable User user) {}

    /**
     * A device and who stands behind it.
     *
     * @param issuer null when a version registered it that kept no issuers
     */
    record LiveDevice(Records.Device row, @Nullable Caller issuer) {}

    private final Rows rows;
    private final MasterKey master;
    private final String account;
    private final Callers callers;
    private final Cached<Optional<Records.User>> users;
    private final Cached<Optional<LiveKey>> keys;
    private final Cached<Optional<Records.Role>> roles;
    private final Cached<Optional<LiveDevice>> devices;
    private final Cached<Optional<Policy>> policies;
    private final Cached<Optional<RootKey>> root;

    Directory(Rows rows, MasterKey master, String account, Duration keep, MonotonicClock clock) {
        this.rows = rows;
        this.master = master;
        this.account = account;
        this.callers = new Callers(account);
        users = new Cached<>(rows, keep, 10_000, clock, this::readUser);
        keys = new Cached<>(rows, keep, 50_000, clock, this::readKey);
        roles = new Cached<>(rows, keep, 10_000, clock, this::readRole);
        devices = new Cached<>(rows, keep, 50_000, clock, this::readDevice);
        policies = new Cached<>(rows, keep, 10_000, clock, this::readPolicy);
        root = new Cached<>(rows, keep, 1, clock, ignored -> readRoot());
    }

    static byte[] userKey(String name) {
        return Rows.key("user", name);
    }

    static byte[] keyKey(String id) {
        return Rows.key("key", id);
    }

    static byte[] roleKey(String name) {
        return Rows.key("role", name);
    }

    static byte[] deviceKey(String id) {
        return Rows.key("device", id);
    }

    static byte[] policyKey(String name) {
        return Rows.key("policy", name);
    }

    static byte[] rootKeyKey() {
        return Rows.key("meta", "root-key");
    }

    String account() {
        return account;
    }

    Optional<Records.User> user(String name) {
        return users.get(name);
    }

    Optional<LiveKey> key(String id) {
        return keys.get(id);
    }

    Optional<Records.Role> role(String name) {
        return roles.get(name);
    }

    Optional<LiveDevice> device(String id) {
        return devices.get(id);
    }

    Optional<RootKey> root() {
        return root.get("");
    }

    private Optional<Records.User> readUser(String name) {
        return Optional.ofNullable(rows.get(userKey(name), Records.User.class));
    }

    private Optional<Records.Role> readRole(String name) {
        return Optional.ofNullable(rows.get(roleKey(name), Records.Role.class));
    }

    private Optional<LiveDevice> readDevice(String id) {
        Records.Device row = rows.get(deviceKey(id), Records.Device.class);
        if (row == null) {
            return Optional.empty();
        }
        Records.Issuer by = row.issuer();
        // A device outlives the session of a role that registered it; the role's epoch ends it.
        return Optional.of(
                new LiveDevice(row, by == null ? null : callers.issuer(by, Instant.MAX)));
    }

    private Optional<RootKey> readRoot() {
        Records.Root row = rows.get(rootKeyKey(), Records.Root.class);
        return row == null
                ? Optional.empty()
                : Optional.of(
                        new RootKey(row.id(), master.decrypt(row.secret(), "root:" + row.id())));
    }

    private Optional<LiveKey> readKey(String id) {
        Records.Key row = rows.get(keyKey(id), Records.Key.class);
        if (row == null) {
            return Optional.empty();
        }
        Records.User user = rows.get(userKey(row.user()), Records.User.class);
        return Optional.of(
                new LiveKey(master.decrypt(row.secret(), "key:" + id), row.enabled(), user));
    }

    /** Compiled policies by name; one that is gone or no longer compiles denies everything. */
    List<Policy> policies(List<String> names) {
        List<Policy> compiled = new ArrayList<>(names.size());
        for (String name : names) {
            compiled.add(policies.get(name).orElseGet(() -> BuiltIn.missing(name, account)));
        }
        return compiled;
    }

    private Optional<Policy> readPolicy(String name) {
        String builtIn = BuiltIn.DOCUMENTS.get(name);
        if (builtIn != null) {
            return Optional.of(Policy.identity(name, builtIn, account));
        }
        Records.NamedPolicy row = rows.get(policyKey(name), Records.NamedPolicy.class);
        try {
            return row == null
                    ? Optional.empty()
                    : Optional.of(Policy.identity(name, row.document(), account));
        } catch (PolicyException e) {
            return Optional.empty();
        }
    }

    String roleArn(String name) {
        return "acs:ram::" + account + ":role/" + name;
    }

    String deviceArn(String id) {
        return "acs:ram::" + account + ":device/" + id;
    }

    Callers callers() {
        return callers;
    }

    Caller.User caller(Records.User user) {
        return callers.user(user.name(), user.id());
    }

    /** A user who is there, enabled, and not another one of the same name. */
    Optional<Records.User> standing(Caller.User user) {
        return user(user.name()).filter(row -> row.enabled() && row.id().equals(user.id()));
    }

    /** The role of a session, unless it is gone or its sessions were revoked. */
    Optional<Records.Role> standing(Caller.RoleSession session) {
        return role(session.role())
                .filter(
                        row ->
                                row.epoch() == session.epoch()
                                        && session.id().startsWith(row.id() + ":"));
    }

    /** Whether who issued something is still there and has its rights. */
    boolean stands(Caller issuer) {
        return switch (issuer) {
            case Caller.Root root -> true;
            case Caller.User user -> standing(user).isPresent();
            case Caller.RoleSession session -> standing(session).isPresent();
            case Caller.DeviceSession device -> false;
            case Caller.IssuedSession issued -> false;
            case Caller.Service service -> false;
            case Caller.Anonymous nobody -> false;
        };
    }
}
