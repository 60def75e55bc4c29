package io.millrace.access;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.testkit.TestClock;
import io.millrace.work.outgoing.Event;
import io.millrace.work.outgoing.Target;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The parts of the module over a real key space, each by itself: no threads, no administrator. */
final class Parts implements AutoCloseable {
    static final Instant NOON = Instant.parse("2026-06-01T12:00:00Z");

    final TestClock clock = new TestClock(NOON);
    final RocksKeySpace keySpace;
    final Commits commits;
    final Rows rows;
    final MasterKey master = MasterKey.ephemeral();
    final Directory directory;
    final Decider decider;
    final StoredUsers users;
    final StoredKeys keys;
    final StoredRoles roles;
    final StoredPolicies policies;
    final StoredDevices devices;

    /** Asked before a device gets in; null asks nobody. */
    @Nullable Target hook;

    /** What was told of devices. */
    final List<Event> told = new ArrayList<>();

    final List<Audit.Event> noted = new ArrayList<>();

    /** Notes what it is told. */
    final Audit audit =
            new Audit() {
                @Override
                public void write(Event event) {
                    noted.add(event);
                }

                @Override
                public void note(Event event) {
                    noted.add(event);
                }

                @Override
                public List<Entry> list(long below, int limit) {
                    return List.of();
                }

                @Override
                public long verify() {
                    return -1;
                }
            };

    Parts(Path directoryOnDisk) {
        keySpace = RocksKeySpace.open(directoryOnDisk);
        commits = new Commits(keySpace);
        rows = new Rows(commits.keySpace());
        directory =
                new Directory(rows, master, Desk.ACCOUNT, Duration.ofSeconds(1), clock.monotonic());
        decider = new Decider(directory, clock.clocks().forward());
        users = new StoredUsers(rows, directory, new Passwords(), clock);
        keys = new StoredKeys(rows, master, clock);
        roles = new StoredRoles(rows, directory, clock);
        policies = new StoredPolicies(rows, directory, decider, clock);
        devices =
                new StoredDevices(
                        rows,
                        directory,
                        master,
                        AccessOptions.defaults(),
                        new DeviceHook(
                                () -> Optional.ofNullable(hook), null, Duration.ofSeconds(9)),
                        (batch, event) -> told.add(event),
                        audit,
                        clock.clocks());
    }

    /** A policy of that name. */
    void policy(String name, String statements) {
        policies.put(name, Desk.policy(statements)).orThrow();
    }

    Records.User userRow(String name) {
        return java.util.Objects.requireNonNull(
                rows.get(Directory.userKey(name), Records.User.class));
    }

    /** A user who has that policy. */
    Caller.User user(String name, String statements) {
        policy("policy-" + name, statements);
        users.create(name, null, List.of("policy-" + name)).orThrow();
        return directory.caller(userRow(name));
    }

    /** What another node writes: this one's caches are not told. */
    void elsewhere(byte[] key, Object record) {
        keySpace.commit(Batch.builder().put(key, Records.encode(record)).build());
    }

    void elsewhereGone(byte[] key) {
        keySpace.commit(Batch.builder().delete(key).build());
    }

    static RequestContext context() {
        return RequestContext.of("REQ", "10.0.0.7", true);
    }

    @Override
    public void close() {
        keySpace.close();
    }
}
