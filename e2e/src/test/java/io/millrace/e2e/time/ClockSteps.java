package io.millrace.e2e.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.aliyun.oss.OSS;
import com.aliyun.oss.model.AppendObjectRequest;
import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.e2e.Clients;
import io.millrace.e2e.ClockPicture;
import io.millrace.e2e.ConsoleClient;
import io.millrace.e2e.ServerProcess;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A live stream, cameras and tokens at a running server, and what must hold of them whatever its
 * clock says. Speaks to the doors alone, as root.
 */
final class ClockSteps implements AutoCloseable {
    private static final Duration SOON = Duration.ofMinutes(3);
    private static final Duration OLDEST = Duration.ofSeconds(3);
    private static final String BUCKET = "steps";
    private static final String STREAM = "show";

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI object;
    private final ConsoleClient console;
    private final URI edge;
    private final Path directory;
    private final Process push;
    private final String playlist;
    private final byte[] recording;

    ClockSteps(URI object, URI console, URI edge, int rtmpPort, Path directory) throws Exception {
        this.object = object;
        this.console = new ConsoleClient(console);
        this.edge = edge;
        this.directory = directory;
        try (var s3 = Clients.s3(object, ServerProcess.KEY_ID, ServerProcess.SECRET)) {
            s3.createBucket(b -> b.bucket(BUCKET));
        }
        this.console.post(
                "/api/streams", "{\"name\":\"%s\",\"bucket\":\"%s\"}".formatted(STREAM, BUCKET));
        String key = stream().at("/publish/obsKey").asText();
        recording = encode();
        push = publish("rtmp://127.0.0.1:" + rtmpPort + "/live/" + key);
        String master = "/_live/" + STREAM + "/index.m3u8?auth_key=" + token(3600);
        await("a playlist at the edge", () -> get(master).statusCode() == 200);
        playlist = uris(master, get(master).body()).getFirst();
        await("three segments", () -> atTheEdge() >= 3);
    }

    private byte[] encode() throws Exception {
        Path file = directory.resolve("camera.ts");
        List<String> command = new ArrayList<>(ClockPicture.arguments("320x180", 25));
        command.removeIf("-re"::equals);
        command.addAll(ClockPicture.encoding(25));
        command.addAll(List.of("-t", "6", "-f", "mpegts", file.toString()));
        assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor());
        return Files.readAllBytes(file);
    }

    private static Process publish(String url) throws IOException {
        List<String> command = new ArrayList<>(ClockPicture.arguments("320x180", 25));
        command.addAll(ClockPicture.encoding(25));
        command.addAll(List.of("-t", "600", "-f", "flv", url));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private JsonNode stream() {
        return console.get("/api/streams/" + STREAM);
    }

    /** A playback token for the stream. */
    String token(int seconds) {
        return proof("stream", STREAM, seconds);
    }

    private String proof(String kind, String name, int seconds) {
        String asked = "{\"%s\":\"%s\",\"seconds\":%d}".formatted(kind, name, seconds);
        return console.post("/api/playback", asked).path("authKey").asText();
    }

    /** A token that was good and whose time is over. */
    String expiredToken() throws Exception {
        String token = token(2);
        await("the token's end", () -> !good(token));
        return token;
    }

    boolean good(String token) throws Exception {
        int status = get("/_live/" + STREAM + "/index.m3u8?auth_key=" + token).statusCode();
        assertTrue(status == 200 || status == 403, "status " + status);
        return status == 200;
    }

    /** Segments that the stream has made. */
    private long made() {
        return stream().path("segments").asLong();
    }

    /** Segments that the edge's playlist knows of. */
    private long atTheEdge() throws Exception {
        HttpResponse<String> answer = get(playlist);
        assertEquals(200, answer.statusCode(), answer.body());
        List<String> segments = uris(playlist, answer.body());
        return segments.isEmpty()
                ? 0
                : Long.parseLong(segments.getLast().replaceAll(".*/(\\d+)\\.ts.*", "$1")) + 1;
    }

    private record Made(long nanos, long segments) {}

    /**
     * Watches the live playlist at the edge until ten more segments are in it: it lacks none that
     * was made three seconds ago. A busy machine may hold up some answers; most of them count.
     */
    void assertThePlaylistIsFresh(String when) throws Exception {
        long until = atTheEdge() + 10;
        Deque<Made> history = new ArrayDeque<>();
        long end = System.nanoTime() + SOON.toNanos();
        int polls = 0;
        int old = 0;
        long seen = 0;
        long due = 0;
        while (seen < until) {
            assertTrue(
                    System.nanoTime() < end,
                    when + ": the edge's playlist stands at " + seen + ", made are " + made());
            history.add(new Made(System.nanoTime(), made()));
            while (history.getFirst().nanos() < System.nanoTime() - OLDEST.toNanos()) {
                due = history.removeFirst().segments();
            }
            seen = atTheEdge();
            polls++;
            old += seen < due ? 1 : 0;
            Thread.sleep(100);
        }
        System.out.printf(
                "%s: %d of %d playlists at the edge lacked a segment made %d s before%n",
                when, old, polls, OLDEST.toSeconds());
        assertTrue(old * 2 <= polls, when + ": " + old + " of " + polls + " playlists were old");
    }

    /** A camera that registers now plays as soon as it has appended. */
    void assertANewCameraPlays(String id) throws Exception {
        console.post(
                "/api/devices",
                "{\"id\":\"%s\",\"bucket\":\"%s\",\"prefix\":\"%s/\"}".formatted(id, BUCKET, id));
        OSS oss = Clients.oss(object, ServerProcess.KEY_ID, ServerProcess.SECRET, null);
        try {
            AppendObjectRequest append =
                    new AppendObjectRequest(
                            BUCKET, id + "/day.ts", new ByteArrayInputStream(recording));
            append.setPosition(0L);
            oss.appendObject(append);
        } finally {
            oss.shutdown();
        }
        String address = "/_camera/" + id + "/index.m3u8?auth_key=" + proof("device", id, 600);
        await(
                "camera " + id + " plays",
                () -> {
                    HttpResponse<String> answer = get(address);
                    return answer.statusCode() == 200
                            && (answer.body().contains("#EXTINF")
                                    || answer.body().contains("#EXT-X-STREAM-INF"));
                });
    }

    @FunctionalInterface
    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(String what, Condition condition) throws Exception {
        long end = System.nanoTime() + SOON.toNanos();
        while (!condition.holds()) {
            assertTrue(System.nanoTime() < end, "not within " + SOON + ": " + what);
            Thread.sleep(100);
        }
    }

    private HttpResponse<String> get(String path) throws Exception {
        return http.send(
                HttpRequest.newBuilder(edge.resolve(path)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static List<String> uris(String base, String text) {
        return text.lines()
                .filter(l -> !l.isBlank() && !l.startsWith("#"))
                .map(l -> URI.create(base).resolve(l).toString())
                .toList();
    }

    @Override
    public void close() {
        push.destroyForcibly();
        console.close();
        http.close();
    }
}
