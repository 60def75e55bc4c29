package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.Clocks;
import io.millrace.kit.MonotonicClock;
import io.millrace.work.Leases;
import io.millrace.work.outgoing.AddressGuard;
import io.millrace.work.outgoing.Sender;
import io.millrace.work.outgoing.SenderOptions;
import io.millrace.work.outgoing.Target;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The question to the operator's backend, and which answers let a device in. */
class HookTest {
    private HttpServer backend;
    private Target address;
    private KeySpace keySpace;
    private Leases leases;
    private Sender sender;

    @TempDir Path directory;
    private String asked = "";
    private String answer = "{\"allow\":true}";
    private int status = 200;

    @BeforeEach
    void open() throws IOException {
        backend = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        backend.createContext(
                "/",
                exchange -> {
                    asked =
                            exchange.getRequestMethod()
                                    + " "
                                    + exchange.getRequestURI()
                                    + " "
                                    + exchange.getRequestHeaders().getFirst("Content-Type")
                                    + " "
                                    + new String(
                                            exchange.getRequestBody().readAllBytes(),
                                            StandardCharsets.UTF_8);
                    byte[] out = answer.getBytes(StandardCharsets.UTF_8);
                    if (status >= 300) {
                        exchange.getResponseHeaders().set("Location", "/elsewhere");
                    }
                    exchange.sendResponseHeaders(
                            exchange.getRequestURI().getPath().equals("/elsewhere") ? 200 : status,
                            out.length);
                    exchange.getResponseBody().write(out);
                    exchange.close();
                });
        backend.start();
        address =
                Target.of(
                        Access.DEVICE_HOOK,
                        "http://127.0.0.1:" + backend.getAddress().getPort() + "/devices");
        keySpace = RocksKeySpace.open(directory);
        leases = Leases.open(keySpace, "node", Leases.Options.standard(), MonotonicClock.system());
        SenderOptions options =
                SenderOptions.standard().withGuard(AddressGuard.allowing(List.of("127.0.0.1")));
        sender = Sender.open(keySpace, leases, options, List.of(), Clocks.system());
    }

    @AfterEach
    void close() {
        sender.close();
        leases.close();
        keySpace.close();
        backend.stop(0);
    }

    private DeviceHook hook(Optional<Target> target) {
        return new DeviceHook(() -> target, sender, Duration.ofSeconds(30));
    }

    @Test
    void onlyAnAllowIsAYes() {
        DeviceHook hook = hook(Optional.of(address));
        assertTrue(hook.allows("enrol", "cam1", "10.0.0.9"));
        assertTrue(asked.startsWith("POST /devices application/json {"), asked);
        for (String part :
                List.of("\"event\":\"enrol\"", "\"device\":\"cam1\"", "\"address\":\"10.0.0.9\"")) {
            assertTrue(asked.contains(part), asked);
        }
        String yes = "{\"allow\":true}";
        answer = " ".repeat(16 * 1024 - yes.length()) + yes;
        assertTrue(hook.allows("token", "cam1", "10.0.0.9"), "16 KiB are read");
        answer = " " + answer;
        assertTrue(!hook.allows("token", "cam1", "10.0.0.9"), "and no more");
        for (String no :
                List.of(
                        "{}",
                        "{\"allow\":false}",
                        "{\"allow\":\"true\"}",
                        "{\"allow\":1}",
                        "[]",
                        "1",
                        "yes",
                        "{\"allow\":true",
                        "")) {
            answer = no;
            assertTrue(!hook.allows("token", "cam1", "10.0.0.9"), no);
        }
        answer = yes;
        for (int other : new int[] {201, 302, 403, 500}) {
            status = other;
            assertTrue(!hook.allows("token", "cam1", "10.0.0.9"), "status " + other);
        }
    }

    @Test
    void whereNobodyIsAskedEveryoneMayAndWhereNobodyAnswersNoOne() {
        assertTrue(hook(Optional.empty()).allows("token", "cam1", "10.0.0.9"));
        assertEquals("", asked);
        Supplier<Optional<Target>> unusable =
                () -> Optional.of(Target.of(Access.DEVICE_HOOK, "http://127.1/"));
        assertTrue(
                !new DeviceHook(unusable, sender, Duration.ofSeconds(30))
                        .allows("token", "cam1", "10.0.0.9"));
        assertTrue(
                !new DeviceHook(() -> Optional.of(address), null, Duration.ofSeconds(30))
                        .allows("token", "cam1", "10.0.0.9"),
                "nobody can be asked");
        backend.stop(0);
        assertTrue(!hook(Optional.of(address)).allows("token", "cam1", "10.0.0.9"));
    }
}
