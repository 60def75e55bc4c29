package io.millrace.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.millrace.edge.EdgeOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** An edge by itself before any origin: what its operator sees of it and can do. */
@Timeout(120)
final class LoneEdgeTest {
    private static final String TOKEN = "a-token-of-the-operator";
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir Path directory;
    private final HttpClient http = HttpClient.newHttpClient();
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger("millrace.edge.access");
    private final CountDownLatch closed = new CountDownLatch(1);
    private HttpServer origin;
    private LoneEdge edge;

    @BeforeEach
    void open() throws IOException {
        origin = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        origin.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        origin.createContext(
                "/mute",
                exchange -> {
                    try {
                        closed.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
        origin.createContext(
                "/",
                exchange -> {
                    exchange.getResponseHeaders().add("Cache-Control", "max-age=3600");
                    exchange.sendResponseHeaders(200, 5);
                    exchange.getResponseBody().write("bytes".getBytes("US-ASCII"));
                    exchange.close();
                });
        origin.start();
        Map<String, String> given = new HashMap<>();
        given.put("data", directory.toString());
        given.put("bind", "127.0.0.1");
        given.put("doors.console.port", "0");
        given.put("edge.access-log", "true");
        given.put("edge.purge-token", TOKEN);
        given.put("edge.origin-timeout", "1s");
        Settings settings = Settings.load(null, Map.of(), given, warning -> {});
        EdgeOptions options =
                EdgeCommand.options(
                        EdgeOptions.of(
                                        URI.create(
                                                "http://127.0.0.1:"
                                                        + origin.getAddress().getPort()),
                                        directory.resolve("edge"))
                                .listening("127.0.0.1", 0, -1),
                        settings);
        edge = LoneEdge.open(options, settings);
        lines.start();
        logger.addAppender(lines);
    }

    @AfterEach
    void close() {
        closed.countDown();
        logger.detachAppender(lines);
        edge.close();
        origin.stop(0);
        http.close();
    }

    private HttpResponse<String> send(String method, int port, String path, String... headers)
            throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private String asked(String path) throws Exception {
        return send("GET", edge.port(), path)
                .headers()
                .firstValue("Cache-Status")
                .orElse("")
                .replaceAll("millrace; (\\S+?)(;.*)?$", "$1");
    }

    @Test
    void eachRequestHasALineWithoutItsQuery() throws Exception {
        assertEquals("fwd=uri-miss", asked("/a?auth_key=secret"));
        assertEquals("hit", asked("/a?auth_key=secret"));
        List<String> caches =
                List.copyOf(lines.list).stream().map(ILoggingEvent::getMessage).toList();
        assertEquals(2, caches.size());
        JsonNode first = JSON.readTree(caches.get(0));
        assertEquals("/a", first.path("path").asText());
        assertEquals("127.0.0.1", first.path("from").asText());
        assertEquals(200, first.path("status").asInt());
        assertEquals(5, first.path("sent").asInt());
        assertEquals("miss", first.path("cache").asText());
        assertEquals("hit", JSON.readTree(caches.get(1)).path("cache").asText());
        assertTrue(caches.stream().noneMatch(line -> line.contains("secret")));
    }

    @Test
    void itsFiguresAreOnTheHealthPort() throws Exception {
        asked("/a");
        asked("/a");
        String page = send("GET", edge.healthPort(), "/metrics").body();
        assertTrue(page.contains("millrace_edge_hits_total 1.0"), page);
        assertTrue(page.contains("millrace_edge_misses_total 1.0"), page);
    }

    @Test
    @Timeout(20)
    void anOriginThatSaysNothingIsGivenUpWhenTheSettingSays() throws Exception {
        assertEquals(504, send("GET", edge.port(), "/mute").statusCode());
    }

    @Test
    void whoShowsTheTokenPurgesAndNobodyElse() throws Exception {
        String purge = "/.millrace/purge?kind=url&path=/a";
        asked("/a");
        assertEquals(403, send("POST", edge.port(), purge).statusCode());
        for (String wrong : List.of("Bearer", "Bearer x" + TOKEN, TOKEN, "Basic " + TOKEN)) {
            assertEquals(
                    403, send("POST", edge.port(), purge, "Authorization", wrong).statusCode());
        }
        assertEquals("hit", asked("/a"));
        String right = "Bearer " + TOKEN;
        assertEquals(204, send("POST", edge.port(), purge, "Authorization", right).statusCode());
        assertEquals("fwd=uri-miss", asked("/a"));
        assertEquals(
                403,
                send("GET", edge.port(), "/.millrace/stats", "Authorization", right).statusCode(),
                "the token is for purges");
    }

    @Test
    void aPurgeThatIsNotUnderstoodIsRefused() throws Exception {
        asked("/a");
        Map<String, Integer> answers =
                Map.of(
                        "kind=url&path=/a&host=unknown.example.com", 404,
                        "kind=all&host=unknown.example.com", 404,
                        "kind=regex&path=/a", 400,
                        "kind=url", 400,
                        "kind=prefix&path=a", 400,
                        "path=/a", 400);
        for (Map.Entry<String, Integer> answer : answers.entrySet()) {
            HttpResponse<String> refused =
                    send(
                            "POST",
                            edge.port(),
                            "/.millrace/purge?" + answer.getKey(),
                            "Authorization",
                            "Bearer " + TOKEN);
            assertEquals(answer.getValue(), refused.statusCode(), answer.getKey());
        }
        assertEquals("hit", asked("/a"), "nothing was purged");
    }
}
