package io.millrace.e2e.camera;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSException;
import com.aliyun.oss.model.AppendObjectRequest;
import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.millrace.access.Devices;
import io.millrace.app.MillraceServer;
import io.millrace.e2e.Clients;
import io.millrace.e2e.ClockPicture;
import io.millrace.e2e.CuttableProxy;
import io.millrace.e2e.DeviceClient;
import io.millrace.e2e.Node;
import io.millrace.e2e.ServerProcess;
import io.millrace.live.camera.CameraRecording;
import io.millrace.signing.UrlAuth;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.objects.ListObjects;
import io.millrace.store.objects.Listing;
import io.millrace.store.objects.ObjectInfo;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A camera from registration to playback: the example camera (OSS SDK) on one side, hls.js in
 * Chromium on the other.
 */
@Tag("realtime")
class CameraTest {
    private static final String BUCKET = "cameras";
    private static final String DEVICE = "cam1";

    /** Groups of pictures in each object, a second each. */
    private static final int GROUPS = 4;

    @TempDir Path directory;

    @Test
    void aCameraPlaysWithinSecondsAndSurvivesRenewalsAndACutNetwork() throws Exception {
        try (MillraceServer server = server(Map.of());
                CuttableProxy network = new CuttableProxy(server.objectPort());
                Node player = player(server)) {
            player.await("waiting", Duration.ofMinutes(2));
            String code = register(server);
            AtomicLong clockStart = new AtomicLong();
            ByteArrayOutputStream sent = new ByteArrayOutputStream();
            Process camera = camera(network.port(), code, "--renew-every-ms", "4000");
            Process encoder = encoder();
            Thread pump = Thread.ofPlatform().start(() -> pump(encoder, camera, sent, clockStart));

            long firstAppend = awaitFirstAppend(server);
            player.send(Long.toString(clockStart.get()));
            List<JsonNode> events = player.finish(Duration.ofMinutes(3));
            JsonNode first = Node.of(events, "firstFrame").getFirst();
            long afterMillis = first.path("atMillis").asLong() - firstAppend;
            assertTrue(
                    afterMillis <= 30_000,
                    "first picture " + afterMillis + " ms after the first append");
            JsonNode end = Node.of(events, "end").getFirst();
            assertTrue(end.path("played").asDouble() >= 10, "played only " + end);
            List<Double> behind =
                    Node.of(events, "tick").stream()
                            .map(t -> t.path("clock").asDouble())
                            .sorted()
                            .toList();
            double worst = behind.getLast();
            // A picture that stands still falls behind for good; a busy machine only stalls it.
            double median = behind.get(behind.size() / 2);
            assertTrue(
                    median <= 15 && worst <= 60 && behind.getFirst() > -1,
                    "the picture's clock is behind by " + behind);
            ObjectInfo growing = object(server).orElseThrow();
            assertEquals(null, growing.sealedTime());
            System.out.printf(
                    "first picture after %d ms, clock behind %.1f s (median) %.1f s (worst)%n",
                    afterMillis, median, worst);

            network.cut();
            long lengthAtCut = object(server).orElseThrow().sizeBytes();
            Thread.sleep(12_000);
            assertTrue(
                    object(server).orElseThrow().sizeBytes() - lengthAtCut < 300_000,
                    "the cut did not cut");
            network.mend();
            Thread.sleep(4_000);
            encoder.destroy();
            pump.join(60_000);
            assertTrue(camera.waitFor(2, TimeUnit.MINUTES), "the camera did not drain its buffer");

            byte[] stored = read(server);
            assertEquals(0, stored.length % 188);
            byte[] produced = sent.toByteArray();
            assertTrue(
                    stored.length >= produced.length - 188,
                    stored.length + " of " + produced.length + " bytes arrived");
            assertArrayEquals(
                    java.util.Arrays.copyOf(produced, stored.length),
                    stored,
                    "every byte once and in order");
            assertEquals(1, objects(server).size(), "one object, no gap");
        }
    }

    @Test
    void aBrowserPlaysAcrossRollOversLiveAndInTheArchive() throws Exception {
        Clip clip = Clip.encode(directory, 2 * GROUPS + 1);
        Map<String, Object> live = Map.of("seconds", 2 * GROUPS + 1, "wait", true);
        try (MillraceServer server = server(Map.of());
                Node player = player(server, "", live)) {
            player.await("waiting", Duration.ofMinutes(2));
            register(server);
            player.send("0");
            long began = System.currentTimeMillis();
            long sent = recordThreeObjects(server, clip);
            assertPlayedThrough(player.finish(Duration.ofMinutes(3)), 2 * GROUPS + 1);
            while (indexed(server) < sent) {
                assertTrue(System.currentTimeMillis() - began < 180_000, indexed(server) + " B");
                Thread.sleep(50);
            }
            String window = "from=" + (began - 60_000) + "&to=" + System.currentTimeMillis() + "&";
            Map<String, Object> whole = Map.of("seconds", 60, "rate", 4, "startPosition", 0);
            try (Node archive = player(server, window, whole)) {
                JsonNode end =
                        assertPlayedThrough(archive.finish(Duration.ofMinutes(3)), 3 * GROUPS - 1);
                assertTrue(end.path("ended").asBoolean(), "" + end);
                assertEquals(3 * GROUPS, end.path("duration").asDouble(), 0.7, "" + end);
            }
        }
    }

    /** A group each second: an object, one whose time goes on, one whose time begins anew. */
    private static long recordThreeObjects(MillraceServer server, Clip clip) throws Exception {
        OSS oss =
                Clients.oss(
                        URI.create("http://127.0.0.1:" + server.objectPort()),
                        ServerProcess.KEY_ID,
                        ServerProcess.SECRET,
                        null);
        long sent = 0;
        int[] beginnings = {0, GROUPS, 0};
        for (int object = 0; object < beginnings.length; object++) {
            long position = 0;
            for (int group = 0; group < GROUPS; group++) {
                int at = beginnings[object] + group;
                byte[] bytes = clip.part(clip.keyframes().get(at), clip.keyframes().get(at + 1));
                AppendObjectRequest request =
                        new AppendObjectRequest(
                                BUCKET,
                                DEVICE + "/" + object + ".ts",
                                new ByteArrayInputStream(bytes));
                request.setPosition(position);
                position = oss.appendObject(request).getNextPosition();
                Thread.sleep(1_000); // a camera's pace
            }
            sent += position;
        }
        oss.shutdown();
        return sent;
    }

    private static long indexed(MillraceServer server) {
        return server.live().cameras().recordings(DEVICE, 0, 10).stream()
                .mapToLong(CameraRecording::indexedBytes)
                .sum();
    }

    /** All three objects, without a hole, a fatal error or a picture that stands. */
    private static JsonNode assertPlayedThrough(List<JsonNode> events, int seconds) {
        JsonNode end = Node.of(events, "end").getFirst();
        assertTrue(end.path("fatal").isNull(), events.toString());
        assertTrue(end.path("played").asDouble() >= seconds, events.toString());
        assertEquals(3, end.path("discontinuities").asInt(), events.toString());
        JsonNode buffered = end.path("buffered");
        double hole = 0;
        for (int i = 1; i < buffered.size(); i++) {
            hole += buffered.get(i).get(0).asDouble() - buffered.get(i - 1).get(1).asDouble();
        }
        assertTrue(hole < 0.5, "a hole of " + hole + " s in " + buffered);
        assertTrue(buffered.get(0).get(0).asDouble() < 1, "the beginning is missing: " + buffered);
        long stood = 0;
        JsonNode moved = Node.of(events, "tick").getFirst();
        for (JsonNode tick : Node.of(events, "tick")) {
            stood =
                    Math.max(
                            stood,
                            tick.path("atMillis").asLong() - moved.path("atMillis").asLong());
            if (tick.path("currentTime").asDouble() > moved.path("currentTime").asDouble()) {
                moved = tick;
            }
        }
        assertTrue(stood < 20_000, "it stood still for " + stood + " ms: " + events);
        return end;
    }

    @Test
    void aCamerasTokenWritesBelowItsOwnPrefixAndNowhereElse() throws Exception {
        try (MillraceServer server = server(Map.of())) {
            server.store().buckets().create("other", "root", BucketAcl.PRIVATE);
            String code = register(server);
            JsonNode identity = enrol(server, code, 200);
            enrol(server, code, 403);
            JsonNode token = token(server, identity, 200);
            OSS oss =
                    Clients.oss(
                            URI.create("http://127.0.0.1:" + server.objectPort()),
                            token.path("accessKeyId").asText(),
                            token.path("accessKeySecret").asText(),
                            token.path("securityToken").asText());
            try {
                append(oss, BUCKET, "cam1/ok.ts");
                append(
                        oss,
                        BUCKET,
                        "cam1/../cam2/x.ts"); // a key is bytes, not a path: it stays below cam1/
                assertTrue(server.store().objects().head(BUCKET, "cam2/x.ts").isEmpty());
                for (String key : List.of("cam10/x.ts", "x.ts", "cam1", "cam2/x.ts", "CAM1/x.ts")) {
                    OSSException refused =
                            assertThrows(OSSException.class, () -> append(oss, BUCKET, key), key);
                    assertEquals("AccessDenied", refused.getErrorCode(), key);
                }
                assertEquals(
                        "AccessDenied",
                        assertThrows(OSSException.class, () -> append(oss, "other", "cam1/x.ts"))
                                .getErrorCode());
                assertEquals(
                        "AccessDenied",
                        assertThrows(
                                        OSSException.class,
                                        () -> oss.deleteObject(BUCKET, "cam1/ok.ts"))
                                .getErrorCode());
                assertEquals(
                        "AccessDenied",
                        assertThrows(OSSException.class, () -> oss.getObject(BUCKET, "cam1/ok.ts"))
                                .getErrorCode());
                server.access().devices().disable(DEVICE).orThrow();
                OSSException revoked =
                        assertThrows(
                                OSSException.class, () -> append(oss, BUCKET, "cam1/after.ts"));
                assertTrue(
                        List.of("AccessDenied", "InvalidSecurityToken")
                                .contains(revoked.getErrorCode()),
                        revoked.getErrorCode());
                token(server, identity, 403);
            } finally {
                oss.shutdown();
            }
        }
    }

    @Test
    void theOperatorsBackendIsAskedFirstAndCanRefuse() throws Exception {
        AtomicInteger answer = new AtomicInteger(200);
        List<String> asked = new ArrayList<>();
        HttpServer backend =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        backend.createContext(
                "/allow",
                exchange -> {
                    asked.add(
                            new String(
                                    exchange.getRequestBody().readAllBytes(),
                                    StandardCharsets.UTF_8));
                    byte[] body = "{\"allow\":true}".getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(answer.get(), body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        backend.start();
        try (MillraceServer server =
                server(
                        Map.of(
                                "outgoing.allow",
                                "127.0.0.1",
                                "devices.hook",
                                "http://127.0.0.1:" + backend.getAddress().getPort() + "/allow"))) {
            JsonNode identity = enrol(server, register(server), 200);
            token(server, identity, 200);
            assertTrue(asked.size() >= 1 && asked.getLast().contains(DEVICE), asked.toString());
            answer.set(403);
            assertEquals("HOOK", token(server, identity, 403).path("code").asText());
            backend.stop(0);
            assertEquals(
                    "HOOK",
                    token(server, identity, 403).path("code").asText(),
                    "an absent backend refuses");
        } finally {
            backend.stop(0);
        }
    }

    @Test
    void aCaptureTimeThatCantBeTrueIsRefusedAndAnotherIsTaken() {
        Clip clip = Clip.encode(directory, 5);
        try (MillraceServer server = server(Map.of())) {
            register(server);
            OSS oss =
                    Clients.oss(
                            URI.create("http://127.0.0.1:" + server.objectPort()),
                            ServerProcess.KEY_ID,
                            ServerProcess.SECRET,
                            null);
            Instant now = Instant.now();
            for (String wrong :
                    List.of(
                            "yesterday",
                            "2026-01-31T12:00:00",
                            "-5",
                            "99999999999999999999",
                            "1",
                            now.plus(Duration.ofDays(2)).toString(),
                            now.minus(Duration.ofDays(4_000)).toString())) {
                OSSException refused =
                        assertThrows(
                                OSSException.class,
                                () -> append(oss, DEVICE + "/wrong.ts", clip.bytes(), wrong),
                                wrong);
                assertEquals("InvalidArgument", refused.getErrorCode(), wrong);
                assertTrue(refused.getErrorMessage().contains("capture-time"), wrong);
            }
            assertEquals(List.of(), objects(server), "a refused append stores nothing");
            append(oss, "elsewhere.ts", clip.bytes(), "what others mean by it");
            String right =
                    now.minus(Duration.ofDays(30)).atOffset(ZoneOffset.ofHours(8)).toString();
            append(oss, DEVICE + "/right.ts", clip.bytes(), right);
            assertEquals(1, objects(server).size());
            oss.shutdown();
        }
    }

    private static void append(OSS oss, String key, byte[] bytes, String captureTime) {
        com.aliyun.oss.model.ObjectMetadata metadata = new com.aliyun.oss.model.ObjectMetadata();
        metadata.addUserMetadata("capture-time", captureTime);
        AppendObjectRequest request =
                new AppendObjectRequest(BUCKET, key, new ByteArrayInputStream(bytes), metadata);
        request.setPosition(0L);
        oss.appendObject(request);
    }

    private MillraceServer server(Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(more);
        settings.putAll(
                Map.of(
                        "data", directory.resolve("data").toString(),
                        "bind", "127.0.0.1",
                        "root-key", ServerProcess.KEY_ID + ":" + ServerProcess.SECRET,
                        "doors.object.port", "0",
                        "doors.console.port", "0",
                        "doors.edge.port", "0",
                        "doors.rtmp.port", "0"));
        MillraceServer server = MillraceServer.open(settings);
        server.store().buckets().create(BUCKET, "root", BucketAcl.PRIVATE);
        return server;
    }

    private static String register(MillraceServer server) {
        Devices.Enrolment enrolment =
                server.access()
                        .devices()
                        .register(DEVICE, BUCKET, DEVICE + "/", server.access().root())
                        .orThrow();
        return enrolment.code();
    }

    private static Node player(MillraceServer server) {
        return player(server, "", Map.of("seconds", 11, "wait", true));
    }

    private static Node player(MillraceServer server, String query, Map<String, ?> more) {
        String path = "/_camera/" + DEVICE + "/index.m3u8";
        String proof =
                UrlAuth.A.sign(
                        path,
                        Instant.now().getEpochSecond(),
                        "r",
                        "0",
                        server.access().playbackKey());
        Map<String, Object> options = new HashMap<>(more);
        String door = "http://127.0.0.1:" + server.edgePort();
        options.put("url", door + path + "?" + query + "auth_key=" + proof);
        options.put("reloadManifest", true);
        return Node.start("play.mjs", options);
    }

    private Process camera(int port, String code, String... more) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "-Xmx160m",
                                "-cp",
                                System.getProperty("java.class.path"),
                                "io.millrace.examples.camera.Camera",
                                "--endpoint",
                                "http://127.0.0.1:" + port,
                                "--code",
                                code,
                                "--input",
                                "-",
                                "--every-ms",
                                "300",
                                "--identity",
                                directory.resolve("camera.json").toString()));
        command.addAll(List.of(more));
        return new ProcessBuilder(command)
                .redirectError(directory.resolve("camera.log").toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private Process encoder() throws IOException {
        List<String> command = new ArrayList<>(ClockPicture.arguments("640x360", 15));
        command.addAll(ClockPicture.encoding(15));
        command.addAll(
                List.of(
                        "-f",
                        "mpegts",
                        "-flush_packets",
                        "1",
                        "-muxdelay",
                        "0",
                        "-muxpreload",
                        "0",
                        "pipe:1"));
        return new ProcessBuilder(command)
                .redirectError(directory.resolve("encoder.log").toFile())
                .start();
    }

    private static void pump(
            Process encoder, Process camera, ByteArrayOutputStream sent, AtomicLong clockStart) {
        try (InputStream in = encoder.getInputStream();
                OutputStream out = camera.getOutputStream()) {
            byte[] buffer = new byte[188 * 64];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                clockStart.compareAndSet(0, System.currentTimeMillis());
                synchronized (sent) {
                    sent.write(buffer, 0, n);
                }
                out.write(buffer, 0, n);
                out.flush();
            }
        } catch (IOException e) {
            // the camera ended
        }
    }

    private static List<ObjectInfo> objects(MillraceServer server) {
        Listing listing =
                server.store().objects().list(new ListObjects(BUCKET, DEVICE + "/", "", "", 100));
        return listing.entries();
    }

    private static Optional<ObjectInfo> object(MillraceServer server) {
        return objects(server).stream().findFirst();
    }

    private static long awaitFirstAppend(MillraceServer server) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (System.nanoTime() < end) {
            if (object(server).isPresent()) {
                return System.currentTimeMillis();
            }
            Thread.sleep(10);
        }
        throw new AssertionError("the camera appended nothing");
    }

    private static byte[] read(MillraceServer server) throws IOException {
        try (InputStream in =
                server
                        .store()
                        .objects()
                        .open(BUCKET, object(server).orElseThrow().key())
                        .orElseThrow()
                        .stream()) {
            return in.readAllBytes();
        }
    }

    private static void append(OSS oss, String bucket, String key) {
        AppendObjectRequest request =
                new AppendObjectRequest(bucket, key, new ByteArrayInputStream(new byte[188]));
        request.setPosition(0L);
        oss.appendObject(request);
    }

    private static JsonNode enrol(MillraceServer server, String code, int status) throws Exception {
        return answered(status, DeviceClient.enrol(door(server), code));
    }

    private static JsonNode token(MillraceServer server, JsonNode identity, int status)
            throws Exception {
        return answered(
                status,
                DeviceClient.token(
                        door(server),
                        identity.path("deviceId").asText(),
                        identity.path("deviceSecret").asText()));
    }

    private static URI door(MillraceServer server) {
        return URI.create("http://127.0.0.1:" + server.objectPort());
    }

    private static JsonNode answered(int status, DeviceClient.Answer answer) {
        assertEquals(status, answer.status(), answer.toString());
        return answer.body();
    }
}
