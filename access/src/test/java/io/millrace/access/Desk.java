package io.millrace.access;

import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.MonotonicClock;
import io.millrace.testkit.TestClock;
import io.millrace.work.Leases;
import io.millrace.work.outgoing.AddressGuard;
import io.millrace.work.outgoing.Sender;
import io.millrace.work.outgoing.SenderOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** A whole access module over a real key space, for tests. */
final class Desk implements AutoCloseable {
    static final String ACCOUNT = "100000000000";
    static final String NODE = "node";

    /** No heartbeat comes in a test's way. */
    static final Leases.Options SILENT =
            new Leases.Options(Duration.ofSeconds(60), Duration.ofSeconds(120));

    final TestClock clock = new TestClock(Instant.parse("2026-06-01T12:00:00Z"));
    final RocksKeySpace keySpace;
    private final Leases leases;
    private final Sender sender;
    final MasterKey master;
    final Access access;
    final FirstStart first;

    Desk(Path directory) {
        this(directory, AccessOptions.defaults());
    }

    Desk(Path directory, AccessOptions options) {
        keySpace = RocksKeySpace.open(directory.resolve("keys"));
        leases = Leases.open(keySpace, NODE, SILENT, MonotonicClock.system());
        master = MasterKey.loadOrCreate(directory.resolve("master.key"), keySpace);
        SenderOptions loopback =
                SenderOptions.standard().withGuard(AddressGuard.allowing(List.of("127.0.0.1")));
        sender = Sender.open(keySpace, leases, loopback, List.of(), clock.clocks());
        access = Access.open(keySpace, leases, master, options, sender, clock.clocks());
        first = access.bootstrap(new RootKey("ROOTID", "ROOTSECRET")).orElseThrow();
    }

    RequestContext context() {
        return RequestContext.of("REQ", "10.0.0.7", true);
    }

    /** A user with one policy of its own. */
    Caller user(String name, String statements) {
        access.policies().put("policy-" + name, policy(statements)).orThrow();
        access.users().create(name, null, List.of("policy-" + name)).orThrow();
        return access.users().caller(name).orElseThrow();
    }

    static String policy(String statements) {
        return "{\"Version\":\"1\",\"Statement\":[" + statements + "]}";
    }

    static String allow(String action, String resource) {
        return "{\"Effect\":\"Allow\",\"Action\":\""
                + action
                + "\",\"Resource\":\""
                + resource
                + "\"}";
    }

    static String trust(String principal, String condition) {
        return policy(
                "{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":{\"RAM\":\""
                        + principal
                        + "\"}"
                        + (condition.isEmpty() ? "" : ",\"Condition\":{" + condition + "}")
                        + "}");
    }

    boolean may(Caller caller, String action, String resource) {
        return access.decide(caller, action, resource, context()).allowed();
    }

    Caller resolved(TemporaryCredentials credentials) {
        return switch (access.resolve(credentials.accessKeyId(), credentials.securityToken())) {
            case Resolution.Resolved(String secret, Caller caller) -> caller;
            case Resolution other -> throw new AssertionError(other.toString());
        };
    }

    @Override
    public void close() {
        access.close();
        sender.close();
        leases.close();
        keySpace.close();
    }
}
