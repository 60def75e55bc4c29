package io.millrace.e2e.hooks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.millrace.e2e.Clients;
import io.millrace.e2e.ConsoleClient;
import io.millrace.e2e.ServerProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;

/** An event outlives kill -9, arrives under one id, and its signature holds for others. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EventsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SECRET = "a-secret-of-the-tests-0123";
    private static final String HIDDEN = "hunter2hunter2";

    @TempDir Path directory;
    private final List<Heard> heard = new CopyOnWriteArrayList<>();
    private volatile int status = 503;

    private record Heard(int status, String id, String signature, String password, byte[] body) {
        JsonNode event() {
            try {
                return JSON.readTree(body);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    private HttpServer receiver() throws IOException {
        HttpServer receiver =
                HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 50);
        receiver.createContext(
                "/",
                exchange -> {
                    heard.add(
                            new Heard(
                                    status,
                                    exchange.getRequestHeaders().getFirst("Millrace-Id"),
                                    exchange.getRequestHeaders().getFirst("Millrace-Signature"),
                                    exchange.getRequestHeaders().getFirst("Authorization"),
                                    exchange.getRequestBody().readAllBytes()));
                    exchange.sendResponseHeaders(heard.getLast().status(), -1);
                    exchange.close();
                });
        receiver.start();
        return receiver;
    }

    @Test
    void whatHappenedIsToldAlthoughTheServerIsKilledInBetween() throws Exception {
        HttpServer receiver = receiver();
        String url =
                "http://u:"
                        + HIDDEN
                        + "@127.0.0.1:"
                        + receiver.getAddress().getPort()
                        + "/"
                        + HIDDEN;
        String[] settings = {
            "hooks.events=" + url, "hooks.events-secret=" + SECRET, "outgoing.allow=127.0.0.1"
        };
        Path data = directory.resolve("data");
        try (ServerProcess server = ServerProcess.start(data, settings);
                ConsoleClient console = new ConsoleClient(server.console())) {
            enrol(server, console);
            await("a first attempt", 1);
            server.kill();
            status = 200;
            server.launch(settings);
            await("the event", h -> h.status() == 200, 1);

            Heard last = heard.getLast();
            assertEquals("io.millrace.device.enrolled", last.event().path("type").asText());
            assertEquals("gate-2", last.event().at("/data/device").asText());
            assertEquals(last.id(), last.event().path("id").asText());
            assertEquals(1, heard.stream().map(Heard::id).distinct().count());
            assertEquals("Basic dTpodW50ZXIyaHVudGVyMg==", last.password());
            assertTrue(verifiedByThePythonOfTheGuide(last.signature(), last.body(), SECRET));
            assertFalse(verifiedByThePythonOfTheGuide(last.signature(), last.body(), "another"));

            String id = console.post("/api/outgoing/events/test", "{}").path("id").asText();
            await("the test", h -> h.id().equals(id), 1);
            assertEquals(
                    1, heard.stream().filter(h -> h.status() == 200 && !h.id().equals(id)).count());
            awaitState(console, "well");
            assertFalse(console.get("/api/outgoing").toString().contains(HIDDEN));
            assertFalse(Files.readString(data.resolve("server.log")).contains(HIDDEN));
        } finally {
            receiver.stop(0);
        }
    }

    private static void enrol(ServerProcess server, ConsoleClient console) throws Exception {
        try (S3Client s3 = Clients.s3(server.object(), ServerProcess.KEY_ID, ServerProcess.SECRET);
                HttpClient http = HttpClient.newHttpClient()) {
            s3.createBucket(b -> b.bucket("cameras"));
            String device =
                    "{\"id\":\"gate-2\",\"bucket\":\"cameras\",\"prefix\":\"cameras/gate-2/\"}";
            String code = console.post("/api/devices", device).path("code").asText();
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create(server.object() + "/_device/enrol"))
                            .POST(
                                    HttpRequest.BodyPublishers.ofString(
                                            "{\"code\":\"" + code + "\"}"))
                            .build();
            HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            assertEquals(200, answer.statusCode(), answer.body());
        }
    }

    private void await(String what, int count) throws InterruptedException {
        await(what, h -> true, count);
    }

    private void await(String what, java.util.function.Predicate<Heard> of, int count)
            throws InterruptedException {
        for (int i = 0; i < 3_000; i++) {
            if (heard.stream().filter(of).count() >= count) {
                return;
            }
            Thread.sleep(20);
        }
        throw new AssertionError(what + " did not come: " + heard);
    }

    private static void awaitState(ConsoleClient console, String state)
            throws InterruptedException {
        String seen = "";
        for (int i = 0; i < 500 && !seen.equals(state); i++) {
            seen = console.get("/api/outgoing").at("/targets/0/state").asText();
            Thread.sleep(20);
        }
        assertEquals(state, seen);
    }

    /** The snippet as it stands in the guide, run by a Python that knows nothing of us. */
    private boolean verifiedByThePythonOfTheGuide(String header, byte[] body, String secret)
            throws Exception {
        String guide = Files.readString(Path.of("..", "docs", "guide", "hooks.md"));
        String snippet = guide.replaceAll("(?s).*```python\n(.*?)```.*", "$1");
        String script =
                snippet
                        + "\nimport sys\n"
                        + "body = open(sys.argv[2], 'rb').read()\n"
                        + "print(verify(sys.argv[1], body, sys.argv[3]))\n";
        Path file = Files.write(directory.resolve("body"), body);
        Process python =
                new ProcessBuilder("python3", "-c", script, header, file.toString(), secret)
                        .redirectErrorStream(true)
                        .start();
        String said = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, python.waitFor(), said);
        return said.strip().equals("True");
    }
}
