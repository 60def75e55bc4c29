package io.millrace.e2e.durability;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.e2e.SmallDisk;
import io.millrace.edge.Edge;
import io.millrace.edge.EdgeOptions;
import io.millrace.kit.Clocks;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An edge whose cache may take more than its disk has, on a real file system. */
@Timeout(180)
final class EdgeFullDiskTest {
    private static final long DISK_BYTES = 48L << 20;

    @TempDir Path directory;
    private SmallDisk disk;
    private HttpServer origin;
    private Edge edge;
    private final AtomicInteger asked = new AtomicInteger();
    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeEach
    void open() throws IOException {
        disk = SmallDisk.mount(directory, DISK_BYTES);
        origin = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        origin.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        origin.createContext("/", this::answer);
        origin.start();
        URI uri = URI.create("http://127.0.0.1:" + origin.getAddress().getPort());
        edge =
                Edge.open(
                        EdgeOptions.of(uri, disk.path().resolve("edge"))
                                .bounded(16L << 20, 64L << 20, 1),
                        Clocks.system(),
                        new SimpleMeterRegistry());
    }

    @AfterEach
    void close() throws IOException {
        http.shutdownNow();
        if (edge != null) {
            edge.close();
        }
        if (origin != null) {
            origin.stop(0);
        }
        if (disk != null) {
            disk.close();
        }
    }

    /** The path's number is the seed and the number behind it the length; no validator. */
    private void answer(HttpExchange exchange) throws IOException {
        asked.incrementAndGet();
        byte[] body = body(exchange.getRequestURI().getPath());
        exchange.getResponseHeaders().add("Cache-Control", "max-age=3600");
        exchange.sendResponseHeaders(200, body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
        exchange.close();
    }

    private static byte[] body(String path) {
        String[] parts = path.split("/");
        byte[] body = new byte[Integer.parseInt(parts[2])];
        new Random(Long.parseLong(parts[1])).nextBytes(body);
        return body;
    }

    private HttpRequest request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + edge.port() + path)).build();
    }

    private boolean isHit(String path) throws Exception {
        HttpResponse<byte[]> answer =
                http.send(request(path), HttpResponse.BodyHandlers.ofByteArray());
        assertEquals(200, answer.statusCode());
        assertArrayEquals(body(path), answer.body(), path);
        return answer.headers().firstValue("Cache-Status").orElse("").contains("hit");
    }

    @Test
    void aFullDiskGivesUpTheOldestAndKeepsTheNew() throws Exception {
        for (int i = 0; i < 24; i++) {
            isHit("/" + i + "/3000000");
        }
        int before = asked.get();
        assertTrue(before == 24, "each was fetched once");
        awaitHit("/23/3000000");
        try (OutputStream others = Files.newOutputStream(disk.path().resolve("others"))) {
            byte[] block = new byte[1 << 16];
            while (true) {
                others.write(block);
            }
        } catch (IOException full) {
            // as meant
        }
        for (int i = 100; i < 106; i++) {
            assertTrue(!isHit("/" + i + "/3000000"), "served all the same");
        }
        Files.delete(disk.path().resolve("others"));
        awaitHit("/200/3000000");
    }

    @Test
    void aSlowViewerOfWhatFindsNoRoomGetsItWhole() throws Exception {
        Path others = disk.path().resolve("others");
        try (OutputStream out = Files.newOutputStream(others)) {
            byte[] block = new byte[1 << 12];
            while (true) {
                out.write(block);
            }
        } catch (IOException full) {
            // as meant
        }
        String path = "/1/12000000";
        HttpResponse<InputStream> slow =
                http.send(request(path), HttpResponse.BodyHandlers.ofInputStream());
        assertEquals(200, slow.statusCode());
        byte[] body = body(path);
        byte[] got = new byte[body.length];
        try (InputStream in = slow.body()) {
            // What the socket doesn't take meanwhile is at the edge alone.
            Thread.sleep(500);
            assertEquals(got.length, in.readNBytes(got, 0, got.length));
        }
        assertArrayEquals(body, got);
    }

    private void awaitHit(String path) throws Exception {
        while (!isHit(path)) {
            Thread.sleep(20);
        }
    }
}
