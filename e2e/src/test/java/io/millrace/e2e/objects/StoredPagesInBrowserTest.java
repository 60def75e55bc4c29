package io.millrace.e2e.objects;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.app.MillraceServer;
import io.millrace.e2e.ConsoleClient;
import io.millrace.e2e.Node;
import io.millrace.e2e.ServerProcess;
import io.millrace.store.buckets.BucketAcl;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A page that somebody uploaded, in headless Chromium: it runs only where a domain says so. */
class StoredPagesInBrowserTest {
    private static final String RUN = "document.documentElement.setAttribute('data-ran', 'yes')";
    private static final Map<String, String> TYPES =
            Map.of(
                    "page", "text/html",
                    "list", "image/png, text/html",
                    "picture", "image/svg+xml");

    @TempDir Path directory;

    @Test
    void aStoredPageRunsOnADomainThatIsAWebsiteAndNowhereElse() throws Exception {
        try (MillraceServer server = server();
                ConsoleClient console =
                        new ConsoleClient(URI.create("http://127.0.0.1:" + server.consolePort()));
                HttpClient http = HttpClient.newHttpClient()) {
            server.store().buckets().create("pages", "root", BucketAcl.PUBLIC_READ_WRITE);
            String door = "http://127.0.0.1:" + server.objectPort() + "/pages/";
            for (Map.Entry<String, String> type : TYPES.entrySet()) {
                store(http, door + type.getKey(), type.getValue());
            }
            console.post("/api/domains", domain("data.localhost", "false"));
            console.post("/api/domains", domain("site.localhost", "true"));
            String edge = ".localhost:" + server.edgePort() + "/";
            until(server.edgePort(), "site.localhost");

            List<String> urls = new ArrayList<>();
            for (String prefix : List.of(door, "http://data" + edge, "http://site" + edge)) {
                TYPES.keySet().forEach(name -> urls.add(prefix + name));
                // Once more: as it is kept, where it is.
                urls.add(prefix + "page");
            }
            try (Node browser = Node.start("pages.mjs", Map.of("urls", urls))) {
                List<JsonNode> pages = browser.finish(Duration.ofMinutes(2));
                assertEquals(urls.size(), Node.of(pages, "page").size(), pages.toString());
                Node.of(pages, "page").forEach(StoredPagesInBrowserTest::check);
            }
        }
    }

    private static void check(JsonNode page) {
        assertEquals(200, page.path("status").asInt(), page.toString());
        assertTrue(page.path("shown").asBoolean(), page.toString());
        boolean site = page.path("url").asText().startsWith("http://site.");
        assertEquals(site ? "yes" : "null", page.path("ran").asText("null"), page.toString());
        assertEquals(!site, page.path("origin").asText().equals("null"), page.toString());
    }

    private static void store(HttpClient http, String url, String type) throws Exception {
        String html = "<!DOCTYPE html><html><body>Hello<script>" + RUN + "</script></body></html>";
        String svg =
                "<svg xmlns=\"http://www.w3.org/2000/svg\"><text y=\"20\">Hello</text><script>"
                        + RUN
                        + "</script></svg>";
        String body = url.endsWith("picture") ? svg : html;
        HttpResponse<String> put =
                http.send(
                        HttpRequest.newBuilder(URI.create(url))
                                .header("Content-Type", type)
                                .PUT(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertEquals(200, put.statusCode(), put.body());
    }

    private static String domain(String host, String website) {
        return """
               {"host": "%s", "origin": {"type": "bucket", "bucket": "pages"}, "website": %s}"""
                .formatted(host, website);
    }

    /** Until the edge has pulled the domain. */
    private static void until(int port, String host) throws Exception {
        byte[] request =
                ("HEAD /page HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII);
        long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        String answer = "";
        while (!answer.startsWith("HTTP/1.1 200")) {
            assertTrue(System.nanoTime() < end, answer);
            Thread.sleep(50);
            try (Socket socket = new Socket("127.0.0.1", port)) {
                socket.getOutputStream().write(request);
                answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            }
        }
    }

    private MillraceServer server() {
        Map<String, String> settings = new HashMap<>();
        settings.put("data", directory.resolve("data").toString());
        settings.put("bind", "127.0.0.1");
        settings.put("root-key", ServerProcess.KEY_ID + ":" + ServerProcess.SECRET);
        for (String door : List.of("object", "console", "edge", "rtmp")) {
            settings.put("doors." + door + ".port", "0");
        }
        return MillraceServer.open(settings);
    }
}
