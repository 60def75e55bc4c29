package io.millrace.access;

import io.millrace.access.Change.Done;
import io.millrace.access.Change.InUse;
import io.millrace.access.Change.Invalid;
import io.millrace.access.Change.NotFound;
import io.millrace.access.Change.Taken;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import io.millrace.kit.Ids;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Users in the key space. */
final class StoredUsers implements Users {
    private static final int MAX_POLICIES = 20;

    private final Rows rows;
    private final Directory directory;
    private final Passwords passwords;
    private final InstantSource clock;

    StoredUsers(Rows rows, Directory directory, Passwords passwords, InstantSource clock) {
        this.rows = rows;
        this.directory = directory;
        this.passwords = passwords;
        this.clock = clock;
    }

    @Override
    public Change<UserInfo> create(String name, @Nullable String password, List<String> policies) {
        if (!Names.valid(name)) {
            return new Invalid<>(Names.RULE);
        }
        String wrong = wrongPassword(password);
        if (wrong != null) {
            return new Invalid<>(wrong);
        }
        Records.User row = fresh(name, password, policies);
        byte[] key = Directory.userKey(name);
        for (int i = 0; i < Rows.TRIES; i++) {
            if (rows.raw(key) != null) {
                return new Taken<>("The user " + name + " exists already.");
            }
            Batch.Builder batch = Batch.builder().absent(key);
            Change<UserInfo> refused = guardPolicies(batch, rows, policies);
            if (refused != null) {
                return refused;
            }
            if (rows.commit(batch.put(key, Records.encode(row)).build())) {
                return new Done<>(info(row));
            }
        }
        throw Rows.busy();
    }

    Records.User fresh(String name, @Nullable String password, List<String> policies) {
        return new Records.User(
                "u" + Ids.secret(15),
                name,
                true,
                password == null ? null : passwords.hash(password),
                List.copyOf(policies),
                1,
                clock.millis());
    }

    static @Nullable String wrongPassword(@Nullable String password) {
        boolean fits =
                password == null
                        || (password.length() >= Passwords.MIN_LENGTH
                                && password.length() <= Passwords.MAX_LENGTH);
        return fits ? null : "A password has 10 to 256 characters.";
    }

    /**
     * Adds the guards that hold the policies in place until the commit; what is wrong with the
     * list, or null.
     */
    static <T> @Nullable Change<T> guardPolicies(
            Batch.Builder batch, Rows rows, List<String> policies) {
        if (policies.size() > MAX_POLICIES
                || policies.stream().distinct().count() != policies.size()) {
            return new Invalid<>("At most 20 policies, each once.");
        }
        for (String policy : policies) {
            if (BuiltIn.DOCUMENTS.containsKey(policy)) {
                continue;
            }
            byte[] key = Directory.policyKey(policy);
            byte[] value = rows.raw(key);
            if (value == null) {
                return new NotFound<>("There is no policy " + policy + ".");
            }
            batch.holds(key, value);
        }
        return null;
    }

    @Override
    public Optional<UserInfo> get(String name) {
        return Optional.ofNullable(rows.get(Directory.userKey(name), Records.User.class))
                .map(StoredUsers::info);
    }

    @Override
    public List<UserInfo> list(String after, int limit) {
        return rows.list(Rows.key("user"), after, limit, Records.User.class).stream()
                .map(StoredUsers::info)
                .toList();
    }

    @Override
    public Change<UserInfo> delete(String name) {
        for (int i = 0; i < Rows.TRIES; i++) {
            byte[] value = rows.raw(Directory.userKey(name));
            if (value == null) {
                return new NotFound<>("There is no user " + name + ".");
            }
            Records.User row = Records.decode(value, Records.User.class);
            if (row.policies().contains(BuiltIn.ADMINISTRATOR) && noOtherAdministrator(name)) {
                return new InUse<>("The last administrator stays.");
            }
            Batch.Builder batch =
                    Batch.builder()
                            .holds(Directory.userKey(name), value)
                            .delete(Directory.userKey(name));
            byte[] keys = StoredKeys.indexPrefix(name);
            rows.scan(Scan.prefix(keys, 1000))
                    .forEach(
                            entry -> {
                                String id = Keys.read(entry.key(), keys.length).text();
                                batch.delete(entry.key()).delete(Directory.keyKey(id));
                            });
            if (rows.commit(batch.build())) {
                return new Done<>(info(row));
            }
        }
        throw Rows.busy();
    }

    private boolean noOtherAdministrator(String name) {
        return rows.first(
                        Rows.key("user"),
                        Records.User.class,
                        user ->
                                !user.name().equals(name)
                                        && user.enabled()
                                        && user.policies().contains(BuiltIn.ADMINISTRATOR))
                .isEmpty();
    }

    @Override
    public Change<UserInfo> setPassword(String name, @Nullable String password) {
        String wrong = wrongPassword(password);
        if (wrong != null) {
            return new Invalid<>(wrong);
        }
        String hash = password == null ? null : passwords.hash(password);
        return change(name, u -> u.with(u.enabled(), hash, u.policies(), u.epoch() + 1));
    }

    @Override
    public Change<UserInfo> setEnabled(String name, boolean enabled) {
        boolean last =
                !enabled
                        && get(name)
                                .map(u -> u.policies().contains(BuiltIn.ADMINISTRATOR))
                                .orElse(false)
                        && noOtherAdministrator(name);
        return last
                ? new InUse<>("The last administrator stays.")
                : change(name, u -> u.with(enabled, u.password(), u.policies(), u.epoch() + 1));
    }

    void endSessions(String name) {
        change(name, u -> u.with(u.enabled(), u.password(), u.policies(), u.epoch() + 1));
    }

    @Override
    public Change<UserInfo> setPolicies(String name, List<String> policies) {
        for (int i = 0; i < Rows.TRIES; i++) {
            byte[] key = Directory.userKey(name);
            byte[] value = rows.raw(key);
            if (value == null) {
                return new NotFound<>("There is no user " + name + ".");
            }
            Records.User row = Records.decode(value, Records.User.class);
            boolean demoted =
                    row.policies().contains(BuiltIn.ADMINISTRATOR)
                            && !policies.contains(BuiltIn.ADMINISTRATOR);
            if (demoted && noOtherAdministrator(name)) {
                return new InUse<>("The last administrator stays.");
            }
            Batch.Builder batch = Batch.builder().holds(key, value);
            Change<UserInfo> refused = guardPolicies(batch, rows, policies);
            if (refused != null) {
                return refused;
            }
            Records.User next =
                    row.with(row.enabled(), row.password(), List.copyOf(policies), row.epoch());
            if (rows.commit(batch.put(key, Records.encode(next)).build())) {
                return new Done<>(info(next));
            }
        }
        throw Rows.busy();
    }

    private Change<UserInfo> change(String name, UnaryOperator<Records.User> change) {
        byte[] key = Directory.userKey(name);
        for (int i = 0; i < Rows.TRIES; i++) {
            byte[] value = rows.raw(key);
            if (value == null) {
                return new NotFound<>("There is no user " + name + ".");
            }
            Records.User next = change.apply(Records.decode(value, Records.User.class));
            if (rows.commit(
                    Batch.builder().holds(key, value).put(key, Records.encode(next)).build())) {
                return new Done<>(info(next));
            }
        }
        throw Rows.busy();
    }

    @Override
    public Optional<Caller> caller(String name) {
        return directory.user(name).filter(Records.User::enabled).map(directory::caller);
    }

    private static UserInfo info(Records.User row) {
        return new UserInfo(
                row.id(),
                row.name(),
                row.enabled(),
                row.password() != null,
                row.policies(),
                Instant.ofEpochMilli(row.created()));
    }
}
