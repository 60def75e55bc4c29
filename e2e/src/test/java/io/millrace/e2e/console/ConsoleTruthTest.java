package io.millrace.e2e.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.access.Access;
import io.millrace.access.RootKey;
import io.millrace.app.MillraceServer;
import io.millrace.e2e.ConsoleClient;
import io.millrace.e2e.Node;
import io.millrace.e2e.SmallDisk;
import io.millrace.live.StreamInfo;
import io.millrace.live.Streams;
import io.millrace.signing.AccessKey;
import io.millrace.store.Store;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.PutObject;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the console says is so: in headless Chromium, with ffmpeg as publisher, on a disk that
 * fills.
 */
@Tag("realtime")
class ConsoleTruthTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final long DISK_BYTES = 160L << 20;

    @TempDir Path directory;

    @Test
    void theConsoleTellsTheTruth() throws Exception {
        WebPage.build();
        try (SmallDisk disk = SmallDisk.mount(directory, DISK_BYTES);
                MillraceServer server = server(disk.path().resolve("data"))) {
            Map<String, Object> options = prepared(server);
            options.put("ballast", disk.path().resolve("ballast").toString());
            String shots = System.getenv("CONSOLE_SHOTS");
            if (shots != null) {
                options.put("shots", shots);
            }
            try (Node browser = Node.start("truth.mjs", options)) {
                check(browser.finish(LIMIT));
            }
        }
    }

    private Map<String, Object> prepared(MillraceServer server) throws Exception {
        Store store = server.store();
        Access access = server.access();
        String root = access.root().id();
        store.buckets().create("private-things", root, BucketAcl.PRIVATE);
        store.buckets().create("open-things", root, BucketAcl.PUBLIC_READ);
        Path image = directory.resolve("picture.png");
        BufferedImage picture = new BufferedImage(80, 60, BufferedImage.TYPE_INT_RGB);
        ImageIO.write(picture, "png", image.toFile());
        put(store, "picture.png", "image/png", image);
        put(store, "film.mp4", "video/mp4", film());
        access.devices().register("gate", "private-things", "gate/", access.root()).orThrow();
        Streams.CreateOutcome made =
                server.live().streams().create("show", "private-things", "live/");
        StreamInfo stream = ((Streams.CreateOutcome.Created) made).stream();
        String link =
                access.sessions()
                        .createLink(
                                server.firstStart().orElseThrow().administrator(),
                                Duration.ofMinutes(10))
                        .orThrow();
        String console = "http://127.0.0.1:" + server.consolePort();
        domainWithCertificate(console, server);
        Map<String, Object> options = new HashMap<>();
        options.put("console", console);
        options.put("link", console + "/sign-in?link=" + link);
        options.put("rtmp", "rtmp://127.0.0.1:" + server.rtmpPort() + "/live");
        options.put("key", stream.streamKey());
        options.put("image", image.toString());
        return options;
    }

    private static void put(Store store, String key, String type, Path file) throws Exception {
        byte[] bytes = Files.readAllBytes(file);
        store.objects()
                .put(
                        PutObject.of("private-things", key, bytes.length)
                                .with(ObjectMetadata.ofType(type)),
                        new ByteArrayInputStream(bytes));
    }

    /** Two seconds with one channel of sound. */
    private Path film() throws Exception {
        Path film = directory.resolve("film.mp4");
        run(
                "ffmpeg -v error -f lavfi -i testsrc2=size=320x180:rate=25 -f lavfi -i"
                        + " sine=frequency=440 -t 2 -ac 1 -c:v libx264 -preset ultrafast -pix_fmt"
                        + " yuv420p -c:a aac "
                        + film);
        return film;
    }

    /** No edge of this server listens for TLS. */
    private void domainWithCertificate(String console, MillraceServer server) throws Exception {
        Path key = directory.resolve("key.pem");
        Path certificate = directory.resolve("certificate.pem");
        run(
                "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=tls.example.com"
                        + " -keyout "
                        + key
                        + " -out "
                        + certificate);
        RootKey root = server.firstStart().orElseThrow().rootKey();
        Map<String, Object> domain =
                Map.of(
                        "host",
                        "tls.example.com",
                        "origin",
                        Map.of("type", "bucket", "bucket", "open-things"),
                        "certificatePem",
                        Files.readString(certificate),
                        "privateKeyPem",
                        Files.readString(key));
        AccessKey rootKey = new AccessKey(root.id(), root.secret());
        try (ConsoleClient client = new ConsoleClient(URI.create(console), rootKey)) {
            client.post("/api/domains", JSON.writeValueAsString(domain));
            client.post(
                    "/api/purges",
                    "{\"kind\":\"prefix\",\"path\":\"/open-things/2026/december/the-whole-of-it/\"}");
        }
    }

    private static void run(String command) throws Exception {
        Process process = new ProcessBuilder(command.split(" ")).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes());
        assertTrue(process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0, said);
    }

    private static void check(List<JsonNode> events) {
        assertEquals("[]", one(events, "problems").path("problems").toString());
        domains(one(events, "domains"));
        live(one(events, "live"));
        for (JsonNode page : one(events, "missing").path("found")) {
            assertTrue(page.path("title").asText().startsWith("There is no "), page.toString());
            assertEquals(0, page.path("buttons").asInt(), page.toString());
        }
        assertEquals("holiday-photos.txt", one(events, "dropped").path("name").asText());
        assertEquals("root", one(events, "dropped").path("owner").asText());
        assertTrue(one(events, "leaving").path("dock").asText().contains("Uploading 1 file"));
        assertEquals("[\"beforeunload\"]", one(events, "leaving").path("questions").toString());
        contains(one(events, "full"), "said", "picture.png was not stored");
        contains(one(events, "full"), "token", "disk is full");
        JsonNode objects = one(events, "objects");
        contains(objects, "track", "1 channel");
        assertTrue(!objects.path("track").asText().contains("1 channels"));
        contains(objects, "beyond", "there is no picture at 90000 ms");
        assertEquals(0, objects.path("broken").asInt());
        assertEquals(480, objects.path("width").asInt());
        contains(objects, "size", "16 to 4,096");
        contains(objects, "cors", "rules[0].origins is to be a list.");
        assertEquals("[]", one(events, "fits").path("wide").toString());
        assertEquals(0, one(events, "late").path("skeletons").asInt());
        one(events, "deleted");
        JsonNode buckets = one(events, "buckets");
        // One of the three went on while another page was shown.
        assertEquals("3", buckets.at("/held/0").asText());
        assertEquals(200, buckets.path("status").asInt());
        assertEquals("film.mp4", buckets.path("file").asText());
        assertEquals(3, buckets.path("clicks").asInt());
        assertEquals(0, buckets.path("left").asInt());
    }

    private static void domains(JsonNode said) {
        assertEquals("No TLS: nothing listens", said.path("badge").asText());
        contains(said, "remedy", "doors.edge.tls-port");
        assertEquals("A", said.path("who").asText(), "a new domain asks for a proof");
        contains(said, "refused", "is an address");
        assertEquals(0, said.path("stale").asInt(), "a refusal goes when the form is changed");
        assertEquals(0, said.path("asked").asInt(), "nothing is opened without a yes");
        assertEquals(0, said.path("needless").asInt(), "what is open already needs none");
    }

    private static void live(JsonNode said) {
        assertEquals(0, said.path("quiet").asInt(), "nothing is asked for where nothing is");
        contains(said, "told", "A publisher of show was refused.");
        contains(said, "told", "its stream key is wrong");
        contains(said, "why", "its stream key is wrong");
        assertEquals("Refused", said.path("badge").asText());
        contains(said, "codec", "H.264");
        contains(said, "since", "since ");
    }

    private static void contains(JsonNode said, String field, String text) {
        assertTrue(said.path(field).asText().contains(text), said.toString());
    }

    private static JsonNode one(List<JsonNode> events, String kind) {
        List<JsonNode> found = Node.of(events, kind);
        assertEquals(1, found.size(), kind + " in " + events);
        return found.getFirst();
    }

    private static MillraceServer server(Path data) {
        Map<String, String> settings = new HashMap<>();
        settings.put("data", data.toString());
        settings.put("bind", "127.0.0.1");
        settings.put("live.grace", "2s");
        for (String door : List.of("object", "console", "edge", "rtmp")) {
            settings.put("doors." + door + ".port", "0");
        }
        return MillraceServer.open(settings);
    }
}
