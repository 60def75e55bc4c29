package io.millrace.e2e.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.access.Access;
import io.millrace.access.RootKey;
import io.millrace.app.MillraceServer;
import io.millrace.e2e.ClockPicture;
import io.millrace.e2e.ConsoleClient;
import io.millrace.signing.AccessKey;
import io.millrace.store.buckets.BucketAcl;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ffmpeg publishes; a program lists, downloads through the edge and removes what was recorded. */
class RecordingsApiTest {
    private static final Duration SOON = Duration.ofMinutes(2);
    private static final int SECONDS = 4;
    private static final int FRAMES_A_SECOND = 25;

    @TempDir Path directory;
    private final HttpClient http = HttpClient.newHttpClient();
    private MillraceServer server;
    private ConsoleClient admin;

    @BeforeEach
    void open() {
        Map<String, String> settings = new HashMap<>();
        settings.put("data", directory.resolve("data").toString());
        settings.put("bind", "127.0.0.1");
        settings.put("doors.object.port", "0");
        settings.put("doors.console.port", "0");
        settings.put("doors.edge.port", "0");
        settings.put("doors.rtmp.port", "0");
        settings.put("live.grace", "500ms");
        settings.put("live.segment", "1s");
        settings.put("root-key", "ROOTKEYFORTESTS00000:secret-of-the-tests");
        server = MillraceServer.open(settings);
        server.store().buckets().create("kept", "root", BucketAcl.PRIVATE);
        admin = client(new AccessKey("ROOTKEYFORTESTS00000", "secret-of-the-tests"));
    }

    @AfterEach
    void close() {
        admin.close();
        server.close();
    }

    private ConsoleClient client(AccessKey key) {
        return new ConsoleClient(URI.create("http://127.0.0.1:" + server.consolePort()), key);
    }

    /** Publishes for some seconds; the recording has ended and is the newest one. */
    private String record(String stream, int before) throws Exception {
        String key = server.live().streams().get(stream).orElseThrow().publishName();
        List<String> push = new ArrayList<>(ClockPicture.arguments("320x180", FRAMES_A_SECOND));
        push.addAll(ClockPicture.encoding(FRAMES_A_SECOND));
        push.addAll(List.of("-t", "" + SECONDS, "-f", "flv"));
        push.add("rtmp://127.0.0.1:" + server.rtmpPort() + "/live/" + key);
        Process ffmpeg = new ProcessBuilder(push).inheritIO().start();
        assertTrue(ffmpeg.waitFor(2, TimeUnit.MINUTES));
        await(() -> list(stream).size() == before + 1);
        await(() -> !list(stream).get(0).path("ended").isNull());
        await(() -> server.live().streams().status(stream).orElseThrow().unsentSegments() == 0);
        return list(stream).get(0).path("session").asText();
    }

    private static void await(BooleanSupplier holds) throws InterruptedException {
        long end = System.nanoTime() + SOON.toNanos();
        while (!holds.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "not within " + SOON);
            Thread.sleep(50);
        }
    }

    private JsonNode list(String stream) {
        return admin.get("/api/streams/" + stream + "/recordings").path("recordings");
    }

    private HttpResponse<byte[]> fetch(String url, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static String frames(Path file) throws Exception {
        Process probe =
                new ProcessBuilder(
                                "ffprobe",
                                "-v",
                                "error",
                                "-select_streams",
                                "v:0",
                                "-count_frames",
                                "-show_entries",
                                "stream=nb_read_frames",
                                "-of",
                                "csv=p=0",
                                file.toString())
                        .start();
        return new String(probe.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .findFirst()
                .orElse("");
    }

    private static String remove(String stream, String session) {
        return "/api/streams/" + stream + "/recordings/" + session;
    }

    @Test
    void aProgramFindsPlaysDownloadsAndRemovesWhatWasRecorded() throws Exception {
        admin.post("/api/streams", "{\"name\":\"show\",\"bucket\":\"kept\",\"prefix\":\"live/\"}");
        assertEquals("[]", list("show").toString());
        String first = record("show", 0);
        String second = record("show", 1);
        JsonNode page = admin.get("/api/streams/show/recordings?limit=1");
        assertEquals(second, page.at("/recordings/0/session").asText());
        assertEquals(second, page.path("next").asText());
        page = admin.get("/api/streams/show/recordings?before=" + second + "&limit=1");
        assertEquals(first, page.at("/recordings/0/session").asText());
        assertTrue(page.path("next").isNull());
        assertEquals(SECONDS, page.at("/recordings/0/seconds").asDouble(), 0.2);
        for (String wrong : List.of("0", "501", "x")) {
            String path = "/api/streams/show/recordings?limit=" + wrong;
            assertEquals(400, admin.send("GET", path, "").status(), wrong);
        }

        String asked = "{\"stream\":\"show\",\"session\":\"" + first + "\",\"seconds\":600}";
        JsonNode token = admin.post("/api/playback", asked);
        String playlist =
                new String(fetch(token.path("url").asText()).body(), StandardCharsets.UTF_8);
        assertTrue(playlist.contains("source/media.m3u8"), playlist);
        HttpResponse<byte[]> file = fetch(token.path("download").asText());
        assertEquals(200, file.statusCode());
        assertEquals(
                "attachment; filename=\"show-" + first + ".ts\"",
                file.headers().firstValue("Content-Disposition").orElse(""));
        Path saved = Files.write(directory.resolve("saved.ts"), file.body());
        assertEquals("" + SECONDS * FRAMES_A_SECOND, frames(saved));
        HttpResponse<byte[]> part =
                fetch(token.path("download").asText(), "Range", "bytes=188-563");
        assertEquals(206, part.statusCode());
        assertEquals(0x47, part.body()[0] & 0xFF);
        assertEquals(376, part.body().length);
        String share = token.path("share").asText();
        assertTrue(share.contains("session=" + first), share);
        String proof = token.path("authKey").asText();
        String shared = "/api/share?auth_key=" + proof + "&kind=live&name=show";
        assertEquals(200, admin.send("GET", shared + "&session=" + first, "").status());
        assertEquals(403, admin.send("GET", shared + "&session=" + second, "").status());
        assertEquals(403, admin.send("GET", shared, "").status());
        String file2 = token.path("download").asText().replace(first, second);
        assertEquals(403, fetch(file2).statusCode(), "a proof is for one recording");
        String none = asked.replace(first, "20200101T000000Z");
        assertEquals(404, admin.send("POST", "/api/playback", none).status());

        await(() -> admin.send("DELETE", remove("show", first), "").status() != 409);
        assertEquals(404, admin.send("DELETE", remove("show", first), "").status());
        assertEquals(1, list("show").size());
        assertEquals(404, admin.send("POST", "/api/playback", asked).status());
        assertEquals(404, admin.send("DELETE", remove("none", first), "").status());
    }

    @Test
    void whoMayNotDeleteAnObjectRemovesNoRecording() throws Exception {
        admin.post("/api/streams", "{\"name\":\"show\",\"bucket\":\"kept\",\"prefix\":\"live/\"}");
        String session = record("show", 0);
        Access access = server.access();
        access.policies()
                .put(
                        "careful",
                        """
                        {"Version":"1","Statement":[
                        {"Effect":"Allow","Action":"*","Resource":"*"},
                        {"Effect":"Deny","Action":"oss:DeleteObject",
                        "Resource":"acs:oss:*:*:kept/live/show/source/0000000001.ts"}]}""")
                .orThrow();
        access.policies()
                .put(
                        "viewer-only",
                        """
                        {"Version":"1","Statement":[
                        {"Effect":"Allow","Action":["live:Get","live:Play"],"Resource":"*"}]}""")
                .orThrow();
        try (ConsoleClient careful = client(key("careful"));
                ConsoleClient viewer = client(key("viewer-only"))) {
            await(() -> careful.send("DELETE", remove("show", session), "").status() != 409);
            ConsoleClient.Answer denied = careful.send("DELETE", remove("show", session), "");
            assertEquals(403, denied.status());
            assertTrue(denied.body().toString().contains("0000000001.ts"), "" + denied);
            assertEquals(200, viewer.send("GET", "/api/streams/show/recordings", "").status());
            assertEquals(403, viewer.send("DELETE", remove("show", session), "").status());
            String keep = "{\"hours\":24}";
            assertEquals(403, viewer.send("PUT", "/api/streams/show/retention", keep).status());
        }
        assertEquals(1, list("show").size());
        assertEquals(
                200, admin.send("PUT", "/api/streams/show/retention", "{\"hours\":24}").status());
        assertEquals(24, admin.get("/api/streams/show/recordings").path("keepHours").asInt());
        for (String wrong : List.of("0", "-1", "876001")) {
            String hours = "{\"hours\":" + wrong + "}";
            assertEquals(400, admin.send("PUT", "/api/streams/show/retention", hours).status());
        }
        String ever = "{\"hours\":null}";
        assertEquals(200, admin.send("PUT", "/api/streams/show/retention", ever).status());
        assertTrue(admin.get("/api/streams/show/recordings").path("keepHours").isNull());
    }

    private AccessKey key(String policy) {
        server.access().users().create(policy, null, List.of(policy)).orThrow();
        RootKey made = server.access().keys().create(policy).orThrow();
        return new AccessKey(made.id(), made.secret());
    }
}
