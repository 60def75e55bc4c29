package io.millrace.e2e.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.app.MillraceServer;
import io.millrace.e2e.ClockPicture;
import io.millrace.e2e.Node;
import io.millrace.live.StreamInfo;
import io.millrace.live.StreamStatus;
import io.millrace.store.buckets.BucketAcl;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * ffmpeg publishes, hls.js in Chromium plays through the edge, and nobody plays without a token.
 */
@Tag("realtime")
class LivePlaybackTest {
    private static final Duration SOON = Duration.ofMinutes(2);

    @TempDir Path directory;

    private MillraceServer server(String grace) {
        Map<String, String> settings = new HashMap<>();
        settings.put("data", directory.resolve("data").toString());
        settings.put("bind", "127.0.0.1");
        settings.put("doors.object.port", "0");
        settings.put("doors.console.port", "0");
        settings.put("doors.edge.port", "0");
        settings.put("doors.rtmp.port", "0");
        settings.put("live.grace", grace);
        settings.put("live.segment", "1s");
        MillraceServer server = MillraceServer.open(settings);
        server.store().buckets().create("recordings", "root", BucketAcl.PRIVATE);
        return server;
    }

    private static String stream(MillraceServer server, Viewer viewer, String name)
            throws Exception {
        viewer.post(
                "/api/streams", Map.of("name", name, "bucket", "recordings", "prefix", "live/"));
        StreamInfo info = server.live().streams().get(name).orElseThrow();
        return "rtmp://127.0.0.1:" + server.rtmpPort() + "/live/" + info.publishName();
    }

    private static Process push(String url, String size, int seconds) throws Exception {
        List<String> command = new ArrayList<>(ClockPicture.arguments(size, 25));
        command.addAll(ClockPicture.encoding(25));
        command.addAll(List.of("-t", Integer.toString(seconds), "-f", "flv", url));
        return new ProcessBuilder(command).inheritIO().start();
    }

    private static void await(String what, BooleanSupplier holds) throws InterruptedException {
        long end = System.nanoTime() + SOON.toNanos();
        while (!holds.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "not within " + SOON + ": " + what);
            Thread.sleep(50);
        }
    }

    private static StreamStatus status(MillraceServer server, String name) {
        return server.live().streams().status(name).orElseThrow();
    }

    @Test
    void aStreamPlaysLiveWithItsTokenOnlyAndThenAsARecording() throws Exception {
        try (MillraceServer server = server("2s")) {
            Viewer viewer = new Viewer(server);
            String ingest = stream(server, viewer, "demo");
            stream(server, viewer, "other");
            String url = viewer.playlist("demo", viewer.token("demo", 600));
            long clockStart = System.currentTimeMillis();
            Process push = push(ingest, "640x360", 22);
            try {
                await("two segments", () -> status(server, "demo").segments() >= 2);
                List<JsonNode> events = play(url, 10, clockStart, Map.of());
                assertPlayedLive(events);
                assertRefusals(viewer, url);
                assertTrue(push.waitFor(2, TimeUnit.MINUTES));
            } finally {
                push.destroyForcibly();
            }
            await("offline", () -> status(server, "demo").state() == StreamStatus.State.OFFLINE);
            await("all stored", () -> status(server, "demo").unsentSegments() == 0);
            Thread.sleep(1_500); // the edge may keep a live playlist for a second
            JsonNode end = end(play(url, 60, 0, Map.of("startPosition", 0)));
            assertTrue(end.path("ended").asBoolean(), "" + end);
            assertEquals(22, end.path("duration").asDouble(), 0.5, "" + end);
            assertTrue(end.path("played").asDouble() > 20, "" + end);
        }
    }

    private static List<JsonNode> play(
            String url, int seconds, long clockStart, Map<String, ?> more) {
        Map<String, Object> options = new HashMap<>(more);
        options.put("url", url);
        options.put("seconds", seconds);
        options.put("timeout", seconds + 120);
        if (clockStart > 0) {
            options.put("clockStart", clockStart);
        }
        try (Node node = Node.start("play.mjs", options)) {
            return node.finish(Duration.ofSeconds(seconds + 180));
        }
    }

    private static JsonNode end(List<JsonNode> events) {
        JsonNode end = Node.of(events, "end").getFirst();
        assertTrue(end.path("fatal").isNull(), events.toString());
        return end;
    }

    private static void assertPlayedLive(List<JsonNode> events) {
        JsonNode end = end(events);
        assertTrue(end.path("played").asDouble() >= 10, events.toString());
        List<Double> clock =
                Node.of(events, "tick").stream()
                        .map(t -> t.path("clock").asDouble())
                        .sorted()
                        .toList();
        List<Double> delay =
                Node.of(events, "tick").stream()
                        .map(t -> t.path("delay").asDouble())
                        .sorted()
                        .toList();
        double median = clock.get(clock.size() / 2);
        System.out.printf(
                "live through the edge: picture's clock %.1f s behind (median), %.1f s (worst);"
                        + " by PROGRAM-DATE-TIME %.1f s%n",
                median, clock.getLast(), delay.get(delay.size() / 2));
        assertTrue(median > 0 && median < 20, "the picture's clock is behind by " + clock);
    }

    private static void assertRefusals(Viewer viewer, String url) throws Exception {
        HttpResponse<String> master = viewer.get(url);
        assertEquals(200, master.statusCode(), master.body());
        String media = Viewer.uris(url, master.body()).getFirst();
        HttpResponse<String> playlist = viewer.get(media);
        assertEquals(200, playlist.statusCode(), media);
        String segment = Viewer.uris(media, playlist.body()).getLast();
        assertEquals(200, viewer.get(segment).statusCode(), segment);

        for (String address : List.of(url, media, segment)) {
            HttpResponse<String> bare = viewer.get(address.replaceAll("\\?.*", ""));
            assertEquals(403, bare.statusCode(), address);
            assertTrue(bare.headers().firstValue("Millrace-Reason").isPresent(), address);
        }
        String others = viewer.token("other", 600);
        String short1 = viewer.token("demo", 10);
        assertEquals(200, viewer.get(viewer.playlist("demo", short1)).statusCode());
        for (String address : List.of(url, media, segment)) {
            String wrong = address.replaceAll("auth_key=.*", "auth_key=" + others);
            assertEquals(403, viewer.get(wrong).statusCode(), wrong);
        }
        HttpResponse<String> expired = viewer.get(viewer.playlist("demo", short1));
        for (long end = System.nanoTime() + SOON.toNanos();
                expired.statusCode() == 200 && System.nanoTime() < end; ) {
            Thread.sleep(200);
            expired = viewer.get(viewer.playlist("demo", short1));
        }
        assertEquals(403, expired.statusCode());
        assertNull(expired.headers().firstValue("Content-Range").orElse(null));
    }

    @Test
    void aPublisherBackWithAnotherResolutionPlaysOnAfterADiscontinuity() throws Exception {
        try (MillraceServer server = server("60s")) {
            Viewer viewer = new Viewer(server);
            String ingest = stream(server, viewer, "again");
            String url = viewer.playlist("again", viewer.token("again", 600));
            Process first = push(ingest, "640x360", 600);
            await("two segments", () -> status(server, "again").segments() >= 2);
            Map<String, Object> options =
                    Map.of("url", url, "seconds", 20, "timeout", 180, "keepGoing", true);
            try (Node player = Node.start("play.mjs", options)) {
                player.await("firstFrame", SOON);
                Thread.sleep(4_000);
                long before = status(server, "again").segments();
                first.destroyForcibly(); // kill -9
                await(
                        "waiting",
                        () -> status(server, "again").state() == StreamStatus.State.WAITING);
                Thread.sleep(2_000);
                Process second = push(ingest, "854x480", 25);
                try {
                    await("more segments", () -> status(server, "again").segments() > before + 3);
                    HttpResponse<String> media =
                            viewer.get(Viewer.uris(url, viewer.get(url).body()).getFirst());
                    assertTrue(media.body().contains("#EXT-X-DISCONTINUITY\n"), media.body());
                    assertTrue(media.body().contains("#EXT-X-MEDIA-SEQUENCE:0\n"), media.body());
                    List<JsonNode> events = player.finish(Duration.ofMinutes(4));
                    JsonNode end = end(events);
                    assertTrue(end.path("played").asDouble() >= 20, events.toString());
                    assertEquals(2, end.path("discontinuities").asInt(), events.toString());
                    List<Integer> heights =
                            Node.of(events, "tick").stream()
                                    .map(t -> t.path("height").asInt())
                                    .distinct()
                                    .toList();
                    assertEquals(List.of(360, 480), heights);
                } finally {
                    second.destroyForcibly();
                }
            } finally {
                first.destroyForcibly();
            }
        }
    }
}
