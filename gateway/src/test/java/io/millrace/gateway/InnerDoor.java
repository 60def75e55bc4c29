package io.millrace.gateway;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.access.Access;
import io.millrace.access.AccessOptions;
import io.millrace.access.MasterKey;
import io.millrace.access.RootKey;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.gateway.api.Dialect;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.Clocks;
import io.millrace.signing.AccessKey;
import io.millrace.signing.OssSigner;
import io.millrace.signing.SigV4Signer;
import io.millrace.signing.SignedRequest;
import io.millrace.store.Store;
import io.millrace.store.StoreOptions;
import io.millrace.testkit.FakeExchange;
import io.millrace.work.Leases;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** The object door over real storage, called in the process: no socket, everything else. */
final class InnerDoor implements AutoCloseable {
    static final AccessKey ROOT = new AccessKey("ROOTID", "ROOTSECRET");
    private static final String HOST = "127.0.0.1:9000";

    private final Clocks clocks = Clocks.system();
    private final RocksKeySpace keySpace;
    private final Leases leases;
    private final LocalExtents extents;
    private final Store store;
    private final Access access;
    private final Gateway gateway;

    InnerDoor(Path directory) {
        this(directory, GatewayOptions.defaults());
    }

    InnerDoor(Path directory, GatewayOptions options) {
        keySpace = RocksKeySpace.open(directory.resolve("keys"));
        leases = Leases.open(keySpace, "node", Leases.Options.standard(), clocks.monotonic());
        extents =
                LocalExtents.open(
                        List.of(directory.resolve("extents")),
                        ExtentsOptions.standard().withReserveBytes(0));
        store = Store.open(keySpace, leases, extents, quick(StoreOptions.defaults()), clocks);
        access =
                Access.open(
                        keySpace, leases, MasterKey.ephemeral(), AccessOptions.defaults(), clocks);
        access.bootstrap(new RootKey(ROOT.id(), ROOT.secret())).orElseThrow();
        gateway =
                new Gateway(
                        store,
                        access,
                        null,
                        null,
                        List.of(),
                        options,
                        new SimpleMeterRegistry(),
                        clocks);
    }

    /** The deletion of a bucket waits until nobody has its settings in memory any more. */
    private static StoreOptions quick(StoreOptions usual) {
        return new StoreOptions(
                usual.region(),
                usual.inlineBytes(),
                usual.minPartBytes(),
                Duration.ofMillis(20),
                usual.grace(),
                usual.uploadExpiry(),
                usual.logRetention(),
                usual.maintenance(),
                usual.scrub());
    }

    Access access() {
        return access;
    }

    /** The answer to a request of the root's, signed in the dialect's own way (V4 both). */
    FakeExchange ask(Dialect dialect, String method, String target, String body) throws Exception {
        return ask(ROOT, dialect, method, target, body, Map.of());
    }

    FakeExchange ask(
            AccessKey key,
            Dialect dialect,
            String method,
            String target,
            String body,
            Map<String, String> headers)
            throws Exception {
        FakeExchange exchange = new FakeExchange(method, target).body(body).with("Host", HOST);
        headers.forEach(exchange::with);
        SignedRequest request =
                new SignedRequest(
                        method, exchange.rawPath(), exchange.rawQuery(), exchange.headers());
        List<Map.Entry<String, String>> proof =
                dialect == Dialect.OSS
                        ? new OssSigner(key, "local").signV4(request, clocks.wall().instant())
                        : new SigV4Signer(key, "local", "s3")
                                .sign(
                                        request,
                                        SigV4Signer.UNSIGNED_PAYLOAD,
                                        clocks.wall().instant());
        proof.forEach(header -> exchange.with(header.getKey(), header.getValue()));
        gateway.handle(exchange);
        return exchange;
    }

    /** The answer to a request with headers that say everything, a signature too. */
    FakeExchange sent(String method, String target, List<Map.Entry<String, String>> headers)
            throws Exception {
        FakeExchange exchange = new FakeExchange(method, target).body("").with("Host", HOST);
        headers.forEach(header -> exchange.with(header.getKey(), header.getValue()));
        gateway.handle(exchange);
        return exchange;
    }

    static List<Map.Entry<String, String>> host() {
        return List.of(Map.entry("Host", HOST));
    }

    /** The answer to a request that has no signature, or has it in its query. */
    FakeExchange unsigned(Dialect dialect, String method, String target, String body)
            throws Exception {
        return unsigned(dialect, method, target, body, Map.of());
    }

    FakeExchange unsigned(
            Dialect dialect, String method, String target, String body, Map<String, String> headers)
            throws Exception {
        FakeExchange exchange = new FakeExchange(method, target).body(body).with("Host", HOST);
        headers.forEach(exchange::with);
        if (!target.contains("ignature=")) {
            exchange.with(dialect.header("request-payer"), "requester");
        }
        gateway.handle(exchange);
        return exchange;
    }

    /** The answer to an unsigned request with these headers alone, as a browser sends it. */
    FakeExchange plain(String method, String target, String body, Map<String, String> headers)
            throws Exception {
        FakeExchange exchange = new FakeExchange(method, target).body(body).with("Host", HOST);
        headers.forEach(exchange::with);
        gateway.handle(exchange);
        return exchange;
    }

    /** The answer to a request of the root's with a header that stands there so often, signed. */
    FakeExchange repeating(
            Dialect dialect, String method, String target, String name, List<String> values)
            throws Exception {
        FakeExchange exchange = new FakeExchange(method, target).body("new").with("Host", HOST);
        values.forEach(value -> exchange.with(name, value));
        SignedRequest request =
                new SignedRequest(
                        method, exchange.rawPath(), exchange.rawQuery(), exchange.headers());
        Instant now = clocks.wall().instant();
        List<Map.Entry<String, String>> proof =
                dialect == Dialect.OSS
                        ? new OssSigner(ROOT, "local").signV4(request, now)
                        : new SigV4Signer(ROOT, "local", "s3")
                                .sign(request, SigV4Signer.UNSIGNED_PAYLOAD, now);
        proof.forEach(header -> exchange.with(header.getKey(), header.getValue()));
        gateway.handle(exchange);
        return exchange;
    }

    @Override
    public void close() {
        access.close();
        store.close();
        extents.close();
        leases.close();
        keySpace.close();
    }
}
