package io.millrace.e2e.media;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.aliyun.oss.OSS;
import com.aliyun.oss.model.GeneratePresignedUrlRequest;
import com.aliyun.oss.model.ObjectMetadata;
import io.millrace.app.MillraceServer;
import io.millrace.e2e.Clients;
import io.millrace.e2e.ConsoleClient;
import io.millrace.signing.AccessKey;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What curl gets of processed objects: ranges, conditions, freshness, plain refusals. */
@Timeout(120)
final class ProcessedResultsTest {
    private static final String ID = "LTAImediatest000001";
    private static final String SECRET = "media-test-secret-0123456789abcd";
    private static final String BUCKET = "results";

    @TempDir static Path directory;
    private static MillraceServer server;
    private static OSS oss;

    /** What curl was told: the status, the header lines in lower case, and the body. */
    private record Answer(int status, List<String> headers, byte[] body) {
        String header(String name) {
            return headers.stream()
                    .filter(h -> h.startsWith(name + ": "))
                    .map(h -> h.substring(name.length() + 2))
                    .findFirst()
                    .orElse("");
        }
    }

    @BeforeAll
    static void start() throws Exception {
        server =
                MillraceServer.open(
                        Map.of(
                                "data", directory.resolve("data").toString(),
                                "bind", "127.0.0.1",
                                "doors.object.port", "0",
                                "doors.console.port", "0",
                                "doors.edge.port", "0",
                                "doors.rtmp.port", "0",
                                "root-key", ID + ":" + SECRET));
        URI endpoint = URI.create("http://127.0.0.1:" + server.objectPort());
        oss = Clients.oss(endpoint, ID, SECRET, null);
        oss.createBucket(BUCKET);
        Path photo = directory.resolve("photo.png");
        run(
                "ffmpeg",
                "-v",
                "error",
                "-f",
                "lavfi",
                "-i",
                "testsrc2=s=400x300",
                "-frames:v",
                "1",
                photo.toString());
        ObjectMetadata metadata = new ObjectMetadata();
        metadata.setCacheControl("public, max-age=77");
        oss.putObject(
                BUCKET, "photo.png", new ByteArrayInputStream(Files.readAllBytes(photo)), metadata);
        byte[] broken = Arrays.copyOf(Files.readAllBytes(photo), 3000);
        oss.putObject(BUCKET, "broken.png", new ByteArrayInputStream(broken));
        oss.putObject(
                BUCKET,
                "notes.txt",
                new ByteArrayInputStream("words".getBytes(StandardCharsets.UTF_8)));
    }

    @AfterAll
    static void stop() {
        oss.shutdown();
        server.close();
    }

    @Test
    void rangesConditionsAndFreshnessAreThoseOfAnObject() throws Exception {
        String process = "image/resize,w_200";
        Answer whole = curl("photo.png", process);
        assertEquals(200, whole.status());
        assertEquals("bytes", whole.header("accept-ranges"));
        assertEquals("public, max-age=77", whole.header("cache-control"));
        String etag = whole.header("etag");
        assertEquals(34, etag.length(), etag);

        Answer part = curl("photo.png", process, "-H", "Range: bytes=100-299");
        assertEquals(206, part.status());
        assertEquals("bytes 100-299/" + whole.body().length, part.header("content-range"));
        assertArrayEquals(Arrays.copyOfRange(whole.body(), 100, 300), part.body());
        assertEquals(etag, part.header("etag"));
        Answer same =
                curl("photo.png", process, "-H", "Range: bytes=0-0", "-H", "If-Range: " + etag);
        assertEquals(206, same.status());
        Answer other =
                curl("photo.png", process, "-H", "Range: bytes=0-0", "-H", "If-Range: \"another\"");
        assertEquals(200, other.status());
        String beyond = "Range: bytes=99999999-";
        assertEquals(200, curl("photo.png", process, "-H", beyond).status(), "as OSS has it");

        assertEquals(304, curl("photo.png", process, "-H", "If-None-Match: " + etag).status());
        assertEquals(200, curl("photo.png", process, "-H", "If-None-Match: \"x\"").status());
        assertEquals(200, curl("photo.png", process, "-H", "If-Match: " + etag).status());
        assertEquals(412, curl("photo.png", process, "-H", "If-Match: \"x\"").status());
        String since = whole.header("last-modified");
        since = "If-Modified-Since: " + capitals(since);
        assertEquals(304, curl("photo.png", process, "-H", since).status(), since);
    }

    @Test
    void spellingsOfOneProcessHaveOneETag() throws Exception {
        String etag = curl("photo.png", "image/resize,w_60").header("etag");
        for (String other : List.of("image/resize,w_0060", "image/resize,limit_1,m_lfit,w_60")) {
            assertEquals(etag, curl("photo.png", other).header("etag"), other);
        }
        String two = curl("photo.png", "image/resize,h_10,w_20").header("etag");
        assertEquals(two, curl("photo.png", "image/resize,w_20,h_10").header("etag"));
        assertNotEquals(two, etag);
    }

    @Test
    void aRefusalSaysNothingOfTheEnginesInside() throws Exception {
        for (String process :
                List.of("image/resize,w_50", "image/blur,r_3,s_3", "video/snapshot,t_0")) {
            Answer answer = curl("broken.png", process);
            assertEquals(400, answer.status());
            String body = new String(answer.body(), StandardCharsets.UTF_8);
            assertTrue(body.contains("<EC>"), body);
            String words = body.replaceAll("(?s).*<Message>(.*)</Message>.*", "$1");
            assertFalse(
                    words.toLowerCase(Locale.ROOT)
                            .matches("(?s).*(vips|png:|ffmpeg|buffer|/tmp|/usr|stream #|demux).*"),
                    words);
        }
    }

    @Test
    void everyProbeComesToAnEnd() throws Exception {
        URI door = URI.create("http://127.0.0.1:" + server.consolePort());
        try (ConsoleClient console = new ConsoleClient(door, new AccessKey(ID, SECRET))) {
            assertEquals("ok", state(console, "photo.png"));
            assertEquals("no-media", state(console, "notes.txt"));
        }
    }

    private static String state(ConsoleClient console, String key) throws Exception {
        String path = "/api/buckets/" + BUCKET + "/object?key=" + key;
        long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        String state = "waiting";
        while (state.equals("waiting") && System.nanoTime() < end) {
            Thread.sleep(50);
            state = console.get(path).path("probe").path("state").asText();
        }
        return state;
    }

    private static Answer curl(String key, String process, String... options) throws Exception {
        GeneratePresignedUrlRequest request = new GeneratePresignedUrlRequest(BUCKET, key);
        request.setProcess(process);
        request.setExpiration(new Date(System.currentTimeMillis() + 60_000));
        Path head = directory.resolve("head");
        Path body = directory.resolve("body");
        Files.deleteIfExists(body);
        List<String> command =
                new ArrayList<>(
                        List.of("curl", "-s", "-D", head.toString(), "-o", body.toString()));
        command.addAll(Arrays.asList(options));
        command.add(oss.generatePresignedUrl(request).toString());
        run(command.toArray(String[]::new));
        List<String> lines =
                Files.readAllLines(head).stream().map(l -> l.toLowerCase(Locale.ROOT)).toList();
        return new Answer(
                Integer.parseInt(lines.getFirst().split(" ")[1]),
                lines,
                Files.exists(body) ? Files.readAllBytes(body) : new byte[0]);
    }

    /** A date's words as HTTP has them. */
    private static String capitals(String date) {
        StringBuilder out = new StringBuilder();
        for (String word : date.split(" ")) {
            out.append(out.isEmpty() ? "" : " ");
            out.append(word.substring(0, 1).toUpperCase(Locale.ROOT)).append(word.substring(1));
        }
        return out.toString().replace("gmt", "GMT").replace("Gmt", "GMT");
    }

    private static void run(String... command) throws IOException, InterruptedException {
        assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor());
    }
}
