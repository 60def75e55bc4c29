package io.millrace.console;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.access.Access;
import io.millrace.access.AccessOptions;
import io.millrace.access.FirstStart;
import io.millrace.access.MasterKey;
import io.millrace.access.RootKey;
import io.millrace.backup.Holds;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.MonotonicClock;
import io.millrace.kit.http.HttpDoorOptions;
import io.millrace.live.Live;
import io.millrace.live.LiveOptions;
import io.millrace.live.camera.Cameras;
import io.millrace.media.Media;
import io.millrace.media.MediaOptions;
import io.millrace.signing.AccessKey;
import io.millrace.signing.SigV4Signer;
import io.millrace.signing.SignedRequest;
import io.millrace.store.Store;
import io.millrace.store.StoreOptions;
import io.millrace.testkit.TestClock;
import io.millrace.work.Leases;
import io.millrace.work.outgoing.AddressGuard;
import io.millrace.work.outgoing.Sender;
import io.millrace.work.outgoing.SenderOptions;
import io.millrace.work.outgoing.Target;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A console over real modules on a directory of its own, with a small client for its API. */
final class ConsoleFixture implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    final TestClock clock = new TestClock(Instant.now());
    final KeySpace keySpace;

    /** Where events go: nobody listens. */
    static final String EVENTS = "http://u:hunter2@127.0.0.1:1/hunter2?k=hunter2";

    final Sender sender;
    final Access access;
    final Store store;
    final Live live;
    final Console console;
    final FirstStart first;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final HttpClient http = HttpClient.newHttpClient();
    @Nullable String cookie;
    @Nullable String csrf;

    ConsoleFixture(Path directory) {
        this(directory, MediaOptions.defaults());
    }

    ConsoleFixture(Path directory, MediaOptions mediaOptions) {
        keySpace = opened(RocksKeySpace.open(directory.resolve("keyspace")));
        Leases leases =
                opened(
                        Leases.open(
                                keySpace,
                                "node",
                                Leases.Options.standard(),
                                MonotonicClock.system()));
        SenderOptions outgoing =
                SenderOptions.standard().withGuard(AddressGuard.allowing(List.of("127.0.0.1")));
        sender =
                opened(
                        Sender.open(
                                keySpace,
                                leases,
                                outgoing,
                                List.of(Target.of(Sender.EVENTS, EVENTS)),
                                clock.clocks()));
        access =
                opened(
                        Access.open(
                                keySpace,
                                leases,
                                MasterKey.loadOrCreate(directory.resolve("master.key"), keySpace),
                                AccessOptions.defaults(),
                                sender,
                                clock.clocks()));
        first = access.bootstrap(null).orElseThrow();
        LocalExtents extents =
                opened(
                        LocalExtents.open(
                                List.of(directory.resolve("extents")), ExtentsOptions.standard()));
        store =
                opened(
                        Store.open(
                                keySpace,
                                leases,
                                extents,
                                StoreOptions.defaults(),
                                clock.clocks()));
        SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        Media media = opened(Media.open(store, keySpace, leases, mediaOptions, clock.clocks()));
        LiveOptions liveOptions = LiveOptions.defaults(directory).withRtmpPort(-1);
        live =
                opened(
                        Live.open(
                                keySpace,
                                leases,
                                store,
                                access,
                                liveOptions,
                                sender,
                                clock.clocks(),
                                metrics));
        Cameras cameras = opened(new Cameras(keySpace, store, access, clock.clocks(), metrics));
        Holds holds =
                opened(
                        Holds.open(
                                keySpace,
                                extents,
                                directory,
                                "test",
                                clock.clocks().wall(),
                                clock.monotonic(),
                                List::of));
        ConsoleOptions options =
                new ConsoleOptions(
                        HttpDoorOptions.of("console", "127.0.0.1", 0),
                        "0.1.0",
                        "local",
                        () -> DoorAddresses.ofPorts(9000, 8080, 1935),
                        () -> DemoInfo.NONE,
                        Set.of("media.example.com"),
                        Map.of("/healthz", exchange -> exchange.send("fine")));
        console =
                opened(
                        Console.open(
                                options,
                                store,
                                access,
                                media,
                                live,
                                cameras,
                                keySpace,
                                holds,
                                sender,
                                metrics,
                                clock.clocks()));
    }

    private <T extends AutoCloseable> T opened(T part) {
        open.push(part);
        return part;
    }

    /** An answer: status, headers and JSON (missing when it is none). */
    record Answer(int status, java.net.http.HttpHeaders headers, JsonNode json, String text) {}

    void signIn() {
        Answer in =
                call(
                        "POST",
                        "/api/session",
                        Map.of("user", first.administrator(), "password", first.password()));
        if (in.status() != 200) {
            throw new AssertionError(in.text());
        }
        keep(in);
    }

    void keep(Answer in) {
        cookie = in.headers().firstValue("Set-Cookie").orElseThrow().split(";")[0];
        csrf = in.json().path("csrf").asText();
    }

    Answer get(String path) {
        return call("GET", path, null);
    }

    Answer post(String path, Object body) {
        return call("POST", path, body);
    }

    Answer call(String method, String path, @Nullable Object body, String... headers) {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(uri(path));
            if (cookie != null) {
                request.header("Cookie", cookie);
            }
            if (csrf != null) {
                request.header("Millrace-Csrf", csrf);
            }
            for (int i = 0; i < headers.length; i += 2) {
                request.setHeader(headers[i], headers[i + 1]);
            }
            byte[] bytes = body == null ? new byte[0] : JSON.writeValueAsBytes(body);
            request.method(method, HttpRequest.BodyPublishers.ofByteArray(bytes));
            return send(request);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** A request signed as programs and the edge sign. */
    Answer signed(RootKey key, String method, String path, @Nullable Object body) {
        try {
            byte[] bytes = body == null ? new byte[0] : JSON.writeValueAsBytes(body);
            URI uri = uri(path);
            SignedRequest request =
                    new SignedRequest(
                            method,
                            uri.getRawPath(),
                            uri.getRawQuery() == null ? "" : uri.getRawQuery(),
                            List.of(Map.entry("Host", uri.getAuthority())));
            HttpRequest.Builder builder = HttpRequest.newBuilder(uri);
            SigV4Signer signer =
                    new SigV4Signer(new AccessKey(key.id(), key.secret()), "local", "millrace");
            signer.signOnce(request, SigV4Signer.payloadHash(bytes), clock.instant())
                    .forEach(h -> builder.header(h.getKey(), h.getValue()));
            builder.method(method, HttpRequest.BodyPublishers.ofByteArray(bytes));
            return send(builder);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** A request as it is given. */
    Answer raw(String method, String path, List<Map.Entry<String, String>> headers, byte[] body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path));
        headers.forEach(header -> request.header(header.getKey(), header.getValue()));
        request.method(method, HttpRequest.BodyPublishers.ofByteArray(body));
        try {
            return send(request);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + console.port() + path);
    }

    private Answer send(HttpRequest.Builder request) throws IOException {
        try {
            HttpResponse<String> answer =
                    http.send(
                            request.timeout(Duration.ofSeconds(40)).build(),
                            HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            boolean json =
                    answer.headers()
                            .firstValue("Content-Type")
                            .orElse("")
                            .startsWith("application/json");
            return new Answer(
                    answer.statusCode(),
                    answer.headers(),
                    json ? JSON.readTree(answer.body()) : JSON.missingNode(),
                    answer.body());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() throws Exception {
        http.close();
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }
}
