package io.millrace.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the dashboard and the alert rules ask for, the server tells. */
class MonitoringTest {
    private static final Path MONITORING = Path.of("..", "docs", "monitoring");
    private static final Pattern NAME = Pattern.compile("\\b(?:millrace|jvm)_[a-z_]+");

    @TempDir Path directory;

    @Test
    void everyMetricThatIsAskedForIsThere() throws Exception {
        Set<String> asked =
                new TreeSet<>(names(Files.readString(MONITORING.resolve("alerts.yml"))));
        JsonNode dashboard =
                new ObjectMapper().readTree(MONITORING.resolve("grafana-dashboard.json").toFile());
        for (JsonNode panel : dashboard.get("panels")) {
            for (JsonNode target : panel.get("targets")) {
                asked.addAll(names(target.get("expr").asText()));
            }
        }
        assertTrue(asked.size() > 25, asked.toString());
        Set<String> told;
        try (MillraceServer server = MillraceServer.open(settings());
                HttpClient client = HttpClient.newHttpClient()) {
            System.gc(); // jvm_gc_pause is there once there was one
            get(client, server.objectPort(), "/");
            String doors = get(client, server.consolePort(), "/metrics").body();
            assertTrue(
                    doors.contains("millrace_door_connections{door=\"console\"}")
                            && !doors.contains("millrace_door_connections{door=\"console\"} NaN"),
                    "a collection takes no meter's numbers away");
            assertTrue(
                    doors.contains("millrace_image_waiting{lane=\"huge\"} 0.0")
                            && !doors.contains("millrace_keyspace_commit_seconds_count 0\n"),
                    "the start has committed something");
            told = told(client, server);
            for (int i = 0; i < 200 && !told.containsAll(asked); i++) {
                Thread.sleep(50); // a request is counted once it is answered
                told = told(client, server);
            }
        }
        asked.removeAll(told);
        assertEquals(Set.of(), asked);
    }

    @Test
    void aServerWithATokenAsksForIt() throws Exception {
        Map<String, String> settings = new java.util.HashMap<>(settings());
        settings.put("metrics.token", "s3cret");
        try (MillraceServer server = MillraceServer.open(settings);
                HttpClient client = HttpClient.newHttpClient()) {
            assertEquals(401, get(client, server.consolePort(), "/metrics").statusCode());
            assertEquals(200, get(client, server.consolePort(), "/healthz").statusCode());
        }
    }

    private static Set<String> told(HttpClient client, MillraceServer server) throws Exception {
        return names(get(client, server.consolePort(), "/metrics").body());
    }

    private Map<String, String> settings() {
        return Map.of(
                "data", directory.resolve("data").toString(),
                "bind", "127.0.0.1",
                "doors.object.port", "0",
                "doors.console.port", "0",
                "doors.edge.port", "0",
                "doors.rtmp.port", "0",
                "disk.reserve", "0B");
    }

    private static HttpResponse<String> get(HttpClient client, int port, String path)
            throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static Set<String> names(String text) {
        Set<String> names = new TreeSet<>();
        Matcher matcher = NAME.matcher(text);
        while (matcher.find()) {
            names.add(matcher.group());
        }
        return names;
    }
}
