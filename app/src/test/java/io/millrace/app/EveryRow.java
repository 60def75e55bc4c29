package io.millrace.app;

import com.sun.net.httpserver.HttpServer;
import io.millrace.access.RootKey;
import io.millrace.formats.mpegts.TsBuffer;
import io.millrace.formats.mpegts.TsMuxer;
import io.millrace.live.camera.CameraRecording;
import io.millrace.signing.AccessKey;
import io.millrace.signing.SigV4Signer;
import io.millrace.signing.SignedRequest;
import io.millrace.store.Store;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.content.ExpectedDigests;
import io.millrace.store.objects.AppendObject;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.PutObject;
import io.millrace.store.uploads.UploadPart;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import javax.imageio.ImageIO;

/** A data directory with a row of nearly every kind, as a killed server leaves it. */
final class EveryRow {
    private static final RootKey ROOT = new RootKey("ROOTKEYFORTESTS00000", "secret-of-the-tests");
    private static final String BUCKET = "kept";
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final MillraceServer server;

    private EveryRow(MillraceServer server) {
        this.server = server;
    }

    /**
     * Writes it.
     *
     * @param complete asked of copies whether all rows are there that come by themselves
     */
    static void write(Path live, Path killed, Predicate<Path> complete) throws Exception {
        Map<String, String> settings = new HashMap<>(FlippedData.serverSettings(live));
        settings.put("root-key", ROOT.id() + ":" + ROOT.secret());
        HttpServer receiver = receiver();
        String url = "http://127.0.0.1:" + receiver.getAddress().getPort() + "/";
        settings.put("hooks.events", url);
        settings.put("hooks.events-secret", "a-secret-of-the-tests");
        settings.put("outgoing.allow", "127.0.0.1");
        try (MillraceServer server = MillraceServer.open(settings)) {
            EveryRow rows = new EveryRow(server);
            rows.outgoing();
            rows.store();
            rows.access();
            rows.console();
            rows.live();
            rows.probe();
            await("a row of each kind", () -> complete(live, killed, complete));
        } finally {
            receiver.stop(0);
        }
    }

    /** It knows the first event for no good, and takes none of the others. */
    private static HttpServer receiver() throws IOException {
        HttpServer receiver =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 5);
        AtomicInteger status = new AtomicInteger(404);
        receiver.createContext(
                "/",
                exchange -> {
                    exchange.getRequestBody().readAllBytes();
                    exchange.sendResponseHeaders(status.getAndSet(503), -1);
                    exchange.close();
                });
        receiver.start();
        return receiver;
    }

    private void outgoing() throws Exception {
        post("/api/outgoing/events/test", "{}");
        post("/api/outgoing/events/test", "{\"n\":2}");
    }

    /** Copies as a kill leaves it, and looks at a second copy, which opening it changes. */
    private static boolean complete(Path live, Path killed, Predicate<Path> complete) {
        Path looked = killed.resolveSibling("looked-at");
        try {
            FlippedData.delete(killed);
            FlippedData.delete(looked);
            FlippedData.copy(live, killed);
            FlippedData.copy(killed, looked);
            return complete.test(looked);
        } catch (NoSuchFileException e) {
            return false; // The engine deleted one while it was copied.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void store() {
        Store store = server.store();
        store.buckets().create(BUCKET, "root", BucketAcl.PRIVATE);
        for (int length : List.of(500, 200_000)) {
            String key = "put-" + length;
            byte[] bytes = FlippedData.bytes(key, length);
            store.objects().put(PutObject.of(BUCKET, key, length), bytes);
            store.objects().put(PutObject.of(BUCKET, "gone", length), bytes);
        }
        store.objects().delete(BUCKET, "gone");
        String id = store.uploads().initiate(BUCKET, "open", ObjectMetadata.NONE).uploadId();
        byte[] part = FlippedData.bytes("part", 150_000);
        store.uploads()
                .uploadPart(
                        new UploadPart(BUCKET, "open", id, 1, part.length, ExpectedDigests.NONE),
                        new ByteArrayInputStream(part));
    }

    private void access() {
        String policy =
                "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"oss:*\","
                        + "\"Resource\":\"*\"}]}";
        server.access().policies().put("all", policy).orThrow();
        server.access().users().create("somebody", null, List.of("all")).orThrow();
        server.access().keys().create("somebody").orThrow();
        server.access()
                .devices()
                .register("yard", BUCKET, "yard/", server.access().root())
                .orThrow();
    }

    private void console() throws Exception {
        post(
                "/api/domains",
                "{\"host\":\"media.example.com\",\"anyone\":true,\"origin\":{\"type\":\"bucket\",\"bucket\":\""
                        + BUCKET
                        + "\",\"prefix\":\"\"}}");
        post("/api/purges", "{\"kind\":\"all\"}");
    }

    private void live() throws Exception {
        server.live().streams().create("show", BUCKET, "shows/");
        byte[] seconds = seconds(4);
        server.store()
                .objects()
                .append(AppendObject.of(BUCKET, "yard/a.ts", 0, seconds.length), seconds);
        await("the camera's runs", () -> indexed() == seconds.length);
    }

    private long indexed() {
        return server.live().cameras().recordings("yard", 0, 10).stream()
                .mapToLong(CameraRecording::indexedBytes)
                .sum();
    }

    /** Four access units a second, the first one a keyframe. */
    private static byte[] seconds(int count) {
        TsMuxer muxer = new TsMuxer(true, false);
        TsBuffer out = new TsBuffer(64 << 10);
        for (int unit = 0; unit < 4 * count; unit++) {
            boolean key = unit % 4 == 0;
            if (key) {
                muxer.tables(out);
            }
            byte[] bytes = new byte[400];
            byte[] head = {0, 0, 0, 1, 9, 16, 0, 0, 0, 1, (byte) (key ? 0x65 : 0x41)};
            Arrays.fill(bytes, (byte) 0x55);
            System.arraycopy(head, 0, bytes, 0, head.length);
            long ticks = 90_000 + unit * (TsMuxer.TICKS / 4L);
            muxer.video(out, bytes, bytes.length, ticks, ticks, key);
        }
        return Arrays.copyOf(out.bytes(), out.length());
    }

    private void probe() throws Exception {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB), "png", png);
        byte[] bytes = png.toByteArray();
        server.store().objects().put(PutObject.of(BUCKET, "small.png", bytes.length), bytes);
        await("a probe", () -> server.media().probe(BUCKET, "small.png").isPresent());
    }

    private static void await(String what, BooleanSupplier holds) throws InterruptedException {
        for (long end = System.nanoTime() + PATIENCE.toNanos(); !holds.getAsBoolean(); ) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not within " + PATIENCE + ": " + what);
            }
            Thread.sleep(50);
        }
    }

    private void post(String path, String body) throws Exception {
        HttpResponse<String> answer = call("POST", path, body);
        if (answer.statusCode() / 100 != 2) {
            throw new AssertionError(path + ": " + answer.statusCode() + " " + answer.body());
        }
    }

    private HttpResponse<String> call(String method, String path, String body)
            throws IOException, InterruptedException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        URI uri = URI.create("http://127.0.0.1:" + server.consolePort() + path);
        SignedRequest unsigned =
                new SignedRequest(method, path, "", List.of(Map.entry("Host", uri.getAuthority())));
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri)
                        .method(method, HttpRequest.BodyPublishers.ofByteArray(bytes))
                        .header("Content-Type", "application/json");
        new SigV4Signer(new AccessKey(ROOT.id(), ROOT.secret()), MillraceServer.REGION, "millrace")
                .signOnce(unsigned, SigV4Signer.payloadHash(bytes), Instant.now())
                .forEach(h -> request.header(h.getKey(), h.getValue()));
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        }
    }
}
