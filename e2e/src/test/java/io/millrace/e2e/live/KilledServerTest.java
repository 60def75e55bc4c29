package io.millrace.e2e.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.e2e.Clients;
import io.millrace.e2e.ClockPicture;
import io.millrace.e2e.ConsoleClient;
import io.millrace.e2e.Node;
import io.millrace.e2e.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;

/** The server is killed in the middle of a push; what was shown is never shown differently. */
@Tag("realtime")
class KilledServerTest {
    @TempDir Path directory;
    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void afterKillNineTheNumbersGoOnRisingAndTheRecordingIsThere() throws Exception {
        try (ServerProcess server = ServerProcess.start(directory, "live.segment=1s");
                ConsoleClient console = new ConsoleClient(server.console())) {
            try (S3Client s3 =
                    Clients.s3(server.object(), ServerProcess.KEY_ID, ServerProcess.SECRET)) {
                s3.createBucket(b -> b.bucket("recordings"));
            }
            console.post("/api/streams", "{\"name\":\"power\",\"bucket\":\"recordings\"}");
            JsonNode stream = console.get("/api/streams/power");
            String ingest =
                    "rtmp://127.0.0.1:"
                            + server.rtmpPort()
                            + "/live/"
                            + stream.at("/publish/obsKey").asText();
            String token =
                    console.post("/api/playback", "{\"stream\":\"power\",\"seconds\":600}")
                            .path("authKey")
                            .asText();
            String master = server.edge() + "/_live/power/index.m3u8?auth_key=" + token;

            Process push = push(ingest);
            List<Long> before = awaitNumbers(master, 5);
            server.kill();
            push.destroyForcibly();
            server.launch("live.segment=1s");
            push = push(ingest);
            try {
                List<Long> after = awaitNumbers(master, 3);
                assertTrue(
                        after.getFirst() > before.getLast(),
                        before + " came before the crash, then " + after);
                JsonNode status = console.get("/api/streams/power");
                assertTrue(status.path("live").asBoolean(), status.toString());
            } finally {
                push.destroyForcibly();
            }
            assertRecorded(server, before);
        }
    }

    /** hls.js is told "not yet" while the server comes back, never "not there". */
    @Test
    void aPlayerLivesThroughARestart() throws Exception {
        try (ServerProcess server = ServerProcess.start(directory, "live.segment=1s");
                ConsoleClient console = new ConsoleClient(server.console())) {
            try (S3Client s3 =
                    Clients.s3(server.object(), ServerProcess.KEY_ID, ServerProcess.SECRET)) {
                s3.createBucket(b -> b.bucket("recordings"));
            }
            console.post("/api/streams", "{\"name\":\"again\",\"bucket\":\"recordings\"}");
            String ingest =
                    "rtmp://127.0.0.1:"
                            + server.rtmpPort()
                            + "/live/"
                            + console.get("/api/streams/again").at("/publish/obsKey").asText();
            String master =
                    server.edge()
                            + "/_live/again/index.m3u8?auth_key="
                            + console.post(
                                            "/api/playback",
                                            "{\"stream\":\"again\",\"seconds\":600}")
                                    .path("authKey")
                                    .asText();
            assertEquals(503, get(master).statusCode(), "before its publisher came");
            Process push = push(ingest);
            awaitNumbers(master, 3);
            Map<String, Object> options =
                    Map.of("url", master, "seconds", 14, "timeout", 180, "recover", true);
            try (Node player = Node.start("play.mjs", options)) {
                player.await("firstFrame", Duration.ofMinutes(2));
                server.stop();
                push.destroyForcibly();
                server.launch("live.segment=1s");
                push = push(ingest);
                List<JsonNode> events = player.finish(Duration.ofMinutes(4));
                JsonNode end = Node.of(events, "end").getFirst();
                assertTrue(end.path("fatal").isNull(), events.toString());
                assertTrue(end.path("played").asDouble() >= 14, events.toString());
                assertTrue(
                        Node.of(events, "error").stream()
                                .noneMatch(e -> e.path("status").asInt() == 404),
                        events.toString());
            } finally {
                push.destroyForcibly();
            }
        }
    }

    /** Both halves are objects in one recording; at most the last ones shown were in flight. */
    private void assertRecorded(ServerProcess server, List<Long> before) {
        try (S3Client s3 =
                Clients.s3(server.object(), ServerProcess.KEY_ID, ServerProcess.SECRET)) {
            List<String> keys =
                    s3
                            .listObjectsV2(b -> b.bucket("recordings").prefix("power/"))
                            .contents()
                            .stream()
                            .map(o -> o.key())
                            .toList();
            for (Long number : before.subList(0, before.size() - 2)) {
                String key = "power/source/%010d.ts".formatted(number);
                assertTrue(keys.contains(key), key + " of " + keys);
            }
            assertEquals(
                    1,
                    keys.stream().filter(k -> k.endsWith(".m3u8")).count(),
                    "one session: " + keys);
        }
    }

    private static Process push(String url) throws IOException {
        List<String> command = new ArrayList<>(ClockPicture.arguments("320x180", 25));
        command.addAll(ClockPicture.encoding(25));
        command.addAll(List.of("-t", "120", "-f", "flv", url));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Waits until the live playlist shows so many segments; answers their numbers. */
    private List<Long> awaitNumbers(String master, int count) throws Exception {
        String last = "";
        for (long end = System.nanoTime() + 180_000_000_000L; System.nanoTime() < end; ) {
            HttpResponse<String> answer = get(master);
            last = answer.statusCode() + " " + answer.body();
            if (answer.statusCode() == 200) {
                String media = Viewer.uris(master, answer.body()).getFirst();
                HttpResponse<String> playlist = get(media);
                last = playlist.statusCode() + " " + playlist.body();
                List<Long> numbers =
                        Viewer.uris(media, playlist.body()).stream()
                                .map(u -> Long.parseLong(u.replaceAll(".*/(\\d+)\\.ts.*", "$1")))
                                .toList();
                if (playlist.statusCode() == 200 && numbers.size() >= count) {
                    return numbers;
                }
            }
            Thread.sleep(200);
        }
        throw new AssertionError("not " + count + " segments: " + last);
    }

    private HttpResponse<String> get(String url) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(url)).build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
