package io.millrace.e2e.media;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSException;
import com.aliyun.oss.model.GeneratePresignedUrlRequest;
import com.aliyun.oss.model.GenericResult;
import com.aliyun.oss.model.GetObjectRequest;
import com.aliyun.oss.model.OSSObject;
import com.aliyun.oss.model.ProcessObjectRequest;
import io.millrace.app.MillraceServer;
import io.millrace.e2e.Clients;
import io.millrace.media.Probe;
import io.millrace.media.ProbeOutcome;
import io.millrace.signing.UrlAuth;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code x-oss-process} of a whole server, asked for with the official OSS SDK. */
@Timeout(300)
final class ProcessingTest {
    private static final String ID = "LTAImediatest000001";
    private static final String SECRET = "media-test-secret-0123456789abcd";
    private static final String BUCKET = "media-test";

    @TempDir static Path directory;
    private static MillraceServer server;
    private static OSS oss;
    private static URI endpoint;

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
        endpoint = URI.create("http://127.0.0.1:" + server.objectPort());
        oss = Clients.oss(endpoint, ID, SECRET, null);
        oss.createBucket(BUCKET);
        put("photo.jpg", picture("photo.jpg", 800, 600));
        ffmpeg(
                "-f",
                "lavfi",
                "-i",
                "testsrc2=s=640x360:r=25:d=3",
                "-c:v",
                "libx264",
                "-preset",
                "ultrafast",
                "-pix_fmt",
                "yuv420p",
                file("clip.mp4"));
        put("clip.mp4", Files.readAllBytes(Path.of(file("clip.mp4"))));
    }

    @AfterAll
    static void stop() {
        oss.shutdown();
        server.close();
    }

    @Test
    void imagesComeResizedCroppedAndConverted() throws IOException {
        assertEquals("400×300", size(get("photo.jpg", "image/resize,w_400")));
        assertEquals("100×100", size(get("photo.jpg", "image/resize,m_fill,w_100,h_100")));
        assertEquals("50×40", size(get("photo.jpg", "image/crop,w_50,h_40,g_center")));
        byte[] png = get("photo.jpg", "image/resize,w_80/format,png/quality,q_80");
        assertEquals("80×60", size(png));
        assertEquals((byte) 0x89, png[0]);
        byte[] webp = get("photo.jpg", "image/format,webp");
        assertEquals("WEBP", new String(webp, 8, 4, StandardCharsets.US_ASCII));
    }

    @Test
    void infoIsJson() throws IOException {
        String json = new String(get("photo.jpg", "image/info"), StandardCharsets.UTF_8);
        assertTrue(json.contains("\"ImageWidth\":{\"value\":\"800\"}"), json);
    }

    @Test
    void snapshotsOfVideosAreTaken() throws IOException {
        assertEquals("640×360", size(get("clip.mp4", "video/snapshot,t_1000,f_jpg")));
        String fast = "video/snapshot,t_1000,w_320,f_png,m_fast";
        assertEquals("320×180", size(get("clip.mp4", fast)));
    }

    @Test
    void aPresignedAddressCarriesItsProcess() throws Exception {
        GeneratePresignedUrlRequest request = new GeneratePresignedUrlRequest(BUCKET, "photo.jpg");
        request.setProcess("image/resize,w_64");
        request.setExpiration(new Date(System.currentTimeMillis() + 60_000));
        URI uri = oss.generatePresignedUrl(request).toURI();
        HttpResponse<byte[]> answer = http(uri, "");
        assertEquals(200, answer.statusCode());
        assertEquals("image/jpeg", answer.headers().firstValue("content-type").orElse(""));
        assertEquals("64×48", size(answer.body()));
        String etag = answer.headers().firstValue("etag").orElseThrow();
        assertEquals(304, http(uri, etag).statusCode());
        URI changed = URI.create(uri.toString().replace("w_64", "w_65"));
        assertEquals(403, http(changed, "").statusCode(), "the process is signed too");
    }

    @Test
    void theEdgeKeepsWhatWasProcessed() throws Exception {
        String path = "/" + BUCKET + "/photo.jpg";
        String proof =
                UrlAuth.A.sign(
                        path,
                        System.currentTimeMillis() / 1000,
                        "r1",
                        "0",
                        server.access().playbackKey());
        URI uri =
                URI.create(
                        "http://127.0.0.1:"
                                + server.edgePort()
                                + path
                                + "?x-oss-process=image/resize,w_123&auth_key="
                                + proof);
        HttpResponse<byte[]> first = awaitEdge(uri);
        assertEquals("123×92", size(first.body()));
        HttpResponse<byte[]> second = http(uri, "");
        assertArrayEquals(first.body(), second.body());
        String status = second.headers().firstValue("cache-status").orElse("");
        assertTrue(status.contains("hit"), status);
        URI marked =
                URI.create(
                        uri.toString()
                                .replace("resize,w_123", "watermark,image_" + base64("clip.mp4")));
        assertEquals(403, http(marked, "").statusCode(), "the proof is for the source alone");
        URI unproven = URI.create(uri.toString().replaceAll("&auth_key=.*", ""));
        assertEquals(403, http(unproven, "").statusCode());
    }

    @Test
    void aResultIsSavedBesideItsSource() throws IOException {
        String process =
                "image/resize,w_32|sys/saveas,o_"
                        + base64("thumbs/photo.jpg")
                        + ",b_"
                        + base64(BUCKET);
        GenericResult result =
                oss.processObject(new ProcessObjectRequest(BUCKET, "photo.jpg", process));
        try (InputStream body = result.getResponse().getContent()) {
            String json = new String(body.readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(json.contains("\"status\":\"OK\""), json);
        }
        assertEquals(
                "32×24",
                size(oss.getObject(BUCKET, "thumbs/photo.jpg").getObjectContent().readAllBytes()));
    }

    @Test
    void refusalsHaveTheServicesCodes() throws IOException {
        assertRefused("InvalidArgument", "photo.jpg", "image/resize,w_0");
        assertRefused("MissingArgument", "photo.jpg", "image/resize");
        assertRefused("BadRequest", "photo.jpg", "image/crop,x_800");
        assertRefused("NoSuchKey", "none.jpg", "image/info");
        assertRefused("NoSuchStyle", "photo.jpg", "style/small");
        assertRefused("WatermarkError", "photo.jpg", "image/watermark,image_" + base64("no.png"));
        put("bomb.png", bomb());
        assertRefused("ImageTooLarge", "bomb.png", "image/resize,w_100");
        put("broken.jpg", Arrays.copyOf(picture("broken.jpg", 800, 600), 20_000));
        assertRefused("BadRequest", "broken.jpg", "image/resize,w_100");
        put("text.txt", "words".getBytes(StandardCharsets.UTF_8));
        assertRefused("BadRequest", "text.txt", "image/resize,w_100");
        assertRefused("BadRequest", "text.txt", "video/snapshot,t_0");
        OSS stranger = Clients.oss(endpoint, ID, SECRET + "x", null);
        assertEquals(
                "SignatureDoesNotMatch",
                assertThrows(
                                OSSException.class,
                                () -> stranger.getObject(request("photo.jpg", "image/info")))
                        .getErrorCode());
        stranger.shutdown();
    }

    @Test
    void aWorkerThatCrashesCostsNobodyAnything() throws Exception {
        put("large.jpg", picture("large.jpg", 2000, 2000));
        get("photo.jpg", "image/resize,w_10");
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
        try {
            Future<byte[]> slow = callers.submit(get2("large.jpg", "image/format,heic"));
            long busy = awaitWorker("large", "10");
            Future<byte[]> other = callers.submit(get2("photo.jpg", "image/resize,w_100"));
            assertEquals(0, new ProcessBuilder("kill", "-SEGV", "" + busy).start().waitFor());
            assertEquals("100×75", size(other.get()));
            byte[] heic = slow.get();
            assertEquals("ftyp", new String(heic, 4, 4, StandardCharsets.US_ASCII));
            assertEquals(1, server.media().imageFigures().retried());
        } finally {
            callers.shutdownNow();
        }
    }

    @Test
    void aClientThatHasGoneLeavesTheQueue() throws Exception {
        put("larger.jpg", picture("larger.jpg", 4000, 4000));
        HttpClient client = HttpClient.newHttpClient();
        GeneratePresignedUrlRequest request = new GeneratePresignedUrlRequest(BUCKET, "larger.jpg");
        request.setProcess("image/format,heic");
        request.setExpiration(new Date(System.currentTimeMillis() + 60_000));
        HttpRequest get = HttpRequest.newBuilder(oss.generatePresignedUrl(request).toURI()).build();
        long gone = server.media().imageFigures().gone();
        client.sendAsync(get, HttpResponse.BodyHandlers.ofByteArray());
        awaitWorker("huge", "15");
        client.shutdownNow();
        while (server.media().imageFigures().gone() == gone
                || server.media().imageFigures().lane("huge").running() > 0) {
            Thread.sleep(10);
        }
    }

    @Test
    void uploadsAreProbed() throws Exception {
        ProbeOutcome.Image image =
                assertInstanceOf(ProbeOutcome.Image.class, awaitProbe("photo.jpg").outcome());
        assertEquals("800×600", image.width() + "×" + image.height());
        ProbeOutcome.Stream clip =
                assertInstanceOf(ProbeOutcome.Stream.class, awaitProbe("clip.mp4").outcome());
        assertEquals(new ProbeOutcome.Video("h264", 640, 360, 25), clip.tracks().getFirst());
        assertEquals(3000, clip.duration().toMillis(), 100);
    }

    @Test
    void theSourceStaysAsItIs() throws IOException {
        byte[] source = oss.getObject(BUCKET, "photo.jpg").getObjectContent().readAllBytes();
        assertArrayEquals(Files.readAllBytes(Path.of(file("photo.jpg"))), source);
    }

    private static Probe awaitProbe(String key) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (System.nanoTime() < end) {
            Optional<Probe> probe = server.media().probe(BUCKET, key);
            if (probe.isPresent()) {
                return probe.get();
            }
            Thread.sleep(20);
        }
        throw new AssertionError("no probe of " + key);
    }

    /** The edge learns its key from the console within a moment of the start. */
    private static HttpResponse<byte[]> awaitEdge(URI uri) throws Exception {
        HttpResponse<byte[]> answer = http(uri, "");
        for (int i = 0; i < 1_200 && answer.statusCode() != 200; i++) {
            Thread.sleep(100);
            answer = http(uri, "");
        }
        assertEquals(200, answer.statusCode(), new String(answer.body(), StandardCharsets.UTF_8));
        return answer;
    }

    private static Callable<byte[]> get2(String key, String process) {
        return () -> get(key, process);
    }

    private static byte[] get(String key, String process) throws IOException {
        try (OSSObject object = oss.getObject(request(key, process))) {
            return object.getObjectContent().readAllBytes();
        }
    }

    private static GetObjectRequest request(String key, String process) {
        GetObjectRequest request = new GetObjectRequest(BUCKET, key);
        request.setProcess(process);
        return request;
    }

    private static void assertRefused(String code, String key, String process) {
        OSSException e = assertThrows(OSSException.class, () -> get(key, process));
        assertEquals(code, e.getErrorCode(), e.getMessage());
        assertTrue(!e.getRequestId().isEmpty());
    }

    private static HttpResponse<byte[]> http(URI uri, String etag) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(Duration.ofMinutes(1));
        if (!etag.isEmpty()) {
            request.header("If-None-Match", etag);
        }
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        }
    }

    /** The process of a heavier lane; its niceness tells it from the others. */
    private static long awaitWorker(String lane, String niceness) throws Exception {
        while (true) {
            for (ProcessHandle child : ProcessHandle.current().descendants().toList()) {
                Path line = Path.of("/proc/" + child.pid() + "/cmdline");
                if (Files.exists(line)
                        && Files.readString(line).contains("WorkerMain")
                        && niceness(child.pid()).equals(niceness)
                        && server.media().imageFigures().lane(lane).workers() == 1) {
                    Thread.sleep(50);
                    return child.pid();
                }
            }
            Thread.sleep(10);
        }
    }

    private static String niceness(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ")[16];
    }

    private static void put(String key, byte[] bytes) {
        oss.putObject(BUCKET, key, new ByteArrayInputStream(bytes));
    }

    private static byte[] picture(String name, int width, int height) throws IOException {
        ffmpeg(
                "-f",
                "lavfi",
                "-i",
                "testsrc2=s=" + width + "x" + height,
                "-frames:v",
                "1",
                "-q:v",
                "2",
                file(name));
        return Files.readAllBytes(Path.of(file(name)));
    }

    private static String file(String name) {
        return directory.resolve(name).toString();
    }

    private static void ffmpeg(String... arguments) throws IOException {
        java.util.List<String> command =
                new java.util.ArrayList<>(java.util.List.of("ffmpeg", "-v", "error", "-y"));
        command.addAll(Arrays.asList(arguments));
        Process process = new ProcessBuilder(command).inheritIO().start();
        try {
            assertEquals(0, process.waitFor());
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static String size(byte[] image) throws IOException {
        BufferedImage picture = ImageIO.read(new ByteArrayInputStream(image));
        return picture.getWidth() + "×" + picture.getHeight();
    }

    /** A PNG of 30,000 × 30,000 black pixels, which packs to a hundred kilobytes. */
    private static byte[] bomb() throws IOException {
        ByteArrayOutputStream pixels = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflate = new DeflaterOutputStream(pixels)) {
            for (int y = 0; y < 30_000; y++) {
                deflate.write(new byte[30_000 / 8 + 1]);
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A});
        ByteBuffer header = ByteBuffer.allocate(13).putInt(30_000).putInt(30_000);
        chunk(out, "IHDR", header.put((byte) 1).array());
        chunk(out, "IDAT", pixels.toByteArray());
        chunk(out, "IEND", new byte[0]);
        return out.toByteArray();
    }

    private static void chunk(ByteArrayOutputStream out, String name, byte[] data)
            throws IOException {
        byte[] type = name.getBytes(StandardCharsets.US_ASCII);
        CRC32 crc = new CRC32();
        crc.update(type);
        crc.update(data);
        out.write(ByteBuffer.allocate(4).putInt(data.length).array());
        out.write(type);
        out.write(data);
        out.write(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
