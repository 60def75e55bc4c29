package io.millrace.access;

import io.millrace.access.Change.Done;
import io.millrace.access.Change.Invalid;
import io.millrace.access.Change.NotFound;
import io.millrace.access.Change.Taken;
import io.millrace.access.policy.Policy;
import io.millrace.access.policy.PolicyException;
import io.millrace.keyspace.Batch;
import io.millrace.kit.Ids;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Roles in the key space. */
final class StoredRoles implements Roles {
    private static final Duration LEAST = Duration.ofMinutes(15);
    private static final Duration MOST = Duration.ofHours(12);

    private final Rows rows;
    private final Directory directory;
    private final InstantSource clock;

    StoredRoles(Rows rows, Directory directory, InstantSource clock) {
        this.rows = rows;
        this.directory = directory;
        this.clock = clock;
    }

    @Override
    public Change<RoleInfo> create(
            String name, String trustPolicy, Duration maxSession, List<String> policies) {
        if (!Names.valid(name)) {
            return new Invalid<>(Names.RULE);
        }
        if (maxSession.compareTo(LEAST) < 0 || maxSession.compareTo(MOST) > 0) {
            return new Invalid<>("A role's longest session is 15 minutes to 12 hours.");
        }
        String wrong = wrongTrust(name, trustPolicy);
        if (wrong != null) {
            return new Invalid<>(wrong);
        }
        Records.Role row =
                new Records.Role(
                        "r" + Ids.secret(15),
                        name,
                        trustPolicy,
                        maxSession.toSeconds(),
                        List.copyOf(policies),
                        1,
                        clock.millis());
        byte[] key = Directory.roleKey(name);
        for (int i = 0; i < Rows.TRIES; i++) {
            if (rows.raw(key) != null) {
                return new Taken<>("The role " + name + " exists already.");
            }
            Batch.Builder batch = Batch.builder().absent(key);
            Change<RoleInfo> refused = StoredUsers.guardPolicies(batch, rows, policies);
            if (refused != null) {
                return refused;
            }
            if (rows.commit(batch.put(key, Records.encode(row)).build())) {
                return new Done<>(info(row));
            }
        }
        throw Rows.busy();
    }

    private @Nullable String wrongTrust(String name, String trustPolicy) {
        try {
            Policy.trust(name, trustPolicy, directory.account());
            return null;
        } catch (PolicyException e) {
            return "The trust policy is refused: " + e.getMessage();
        }
    }

    @Override
    public Optional<RoleInfo> get(String name) {
        return Optional.ofNullable(rows.get(Directory.roleKey(name), Records.Role.class))
                .map(this::info);
    }

    @Override
    public List<RoleInfo> list(String after, int limit) {
        return rows.list(Rows.key("role"), after, limit, Records.Role.class).stream()
                .map(this::info)
                .toList();
    }

    @Override
    public Change<RoleInfo> setTrustPolicy(String name, String trustPolicy) {
        String wrong = wrongTrust(name, trustPolicy);
        return wrong != null
                ? new Invalid<>(wrong)
                : change(name, List.of(), r -> r.with(trustPolicy, r.policies(), r.epoch()));
    }

    @Override
    public Change<RoleInfo> setPolicies(String name, List<String> policies) {
        return change(name, policies, r -> r.with(r.trust(), List.copyOf(policies), r.epoch()));
    }

    @Override
    public Change<RoleInfo> revokeSessions(String name) {
        return change(name, List.of(), r -> r.with(r.trust(), r.policies(), r.epoch() + 1));
    }

    private Change<RoleInfo> change(
            String name, List<String> guarded, UnaryOperator<Records.Role> change) {
        byte[] key = Directory.roleKey(name);
        for (int i = 0; i < Rows.TRIES; i++) {
            byte[] value = rows.raw(key);
            if (value == null) {
                return new NotFound<>("There is no role " + name + ".");
            }
            Batch.Builder batch = Batch.builder().holds(key, value);
            Change<RoleInfo> refused = StoredUsers.guardPolicies(batch, rows, guarded);
            if (refused != null) {
                return refused;
            }
            Records.Role next = change.apply(Records.decode(value, Records.Role.class));
            if (rows.commit(batch.put(key, Records.encode(next)).build())) {
                return new Done<>(info(next));
            }
        }
        throw Rows.busy();
    }

    @Override
    public Change<RoleInfo> delete(String name) {
        byte[] key = Directory.roleKey(name);
        for (int i = 0; i < Rows.TRIES; i++) {
            byte[] value = rows.raw(key);
            if (value == null) {
                return new NotFound<>("There is no role " + name + ".");
            }
            if (rows.commit(Batch.builder().holds(key, value).delete(key).build())) {
                return new Done<>(info(Records.decode(value, Records.Role.class)));
            }
        }
        throw Rows.busy();
    }

    private RoleInfo info(Records.Role row) {
        return new RoleInfo(
                row.id(),
                row.name(),
                directory.roleArn(row.name()),
                row.trust(),
                Duration.ofSeconds(row.maxSeconds()),
                row.policies(),
                row.epoch(),
                Instant.ofEpochMilli(row.created()));
    }
}
