package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The question to the operator's backend, and which answers let a device in. */
class HookTest {
    private HttpServer backend;
    private URI address;
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
        address = URI.create("http://127.0.0.1:" + backend.getAddress().getPort() + "/devices");
    }

    @AfterEach
    void close() {
        backend.stop(0);
    }

    @Test
    void onlyAnAllowIsAYes() {
        try (DeviceHook hook = new DeviceHook(() -> Optional.of(address), Duration.ofSeconds(30))) {
            assertTrue(hook.allows("enrol", "cam1", "10.0.0.9"));
            assertTrue(asked.startsWith("POST /devices application/json {"), asked);
            for (String part :
                    List.of(
                            "\"event\":\"enrol\"",
                            "\"device\":\"cam1\"",
                            "\"address\":\"10.0.0.9\"")) {
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
    }

    @Test
    void whereNobodyIsAskedEveryoneMayAndWhereNobodyAnswersNoOne() {
        try (DeviceHook hook = new DeviceHook(Optional::empty, Duration.ofSeconds(30))) {
            assertTrue(hook.allows("token", "cam1", "10.0.0.9"));
            assertEquals("", asked);
        }
        backend.stop(0);
        try (DeviceHook hook = new DeviceHook(() -> Optional.of(address), Duration.ofSeconds(30))) {
            assertTrue(!hook.allows("token", "cam1", "10.0.0.9"));
        }
    }
}
