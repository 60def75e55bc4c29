package io.millrace.edge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Viewers follow a fill byte by byte, on raw sockets with a clock of their own. */
@Timeout(300)
class StreamingTest {
    private static final int SIZE = 1 << 20;
    private static final int STEPS = 40;
    private static final int VIEWERS = 30;

    @TempDir Path directory;

    /** One viewer: when its first body byte came, and what came. */
    private static final class Viewer implements Runnable {
        final int port;
        final long startAfterMillis;
        final CountDownLatch begun;
        volatile long askedNanos;
        volatile long firstByteNanos;
        volatile byte[] body = new byte[0];
        volatile @Nullable Exception failure;

        Viewer(int port, long startAfterMillis, CountDownLatch begun) {
            this.begun = begun;
            this.port = port;
            this.startAfterMillis = startAfterMillis;
        }

        @Override
        public void run() {
            try {
                Thread.sleep(startAfterMillis);
                try (Socket socket = new Socket("127.0.0.1", port)) {
                    askedNanos = System.nanoTime();
                    socket.getOutputStream()
                            .write(
                                    "GET /trickle HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                                            .getBytes(StandardCharsets.US_ASCII));
                    read(socket.getInputStream());
                }
            } catch (IOException | InterruptedException e) {
                failure = e;
            }
        }

        private void read(InputStream in) throws IOException {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            byte[] buffer = new byte[64 * 1024];
            int head = -1;
            int n;
            while ((n = in.read(buffer)) > 0) {
                all.write(buffer, 0, n);
                if (head < 0) {
                    int end = all.toString(StandardCharsets.ISO_8859_1).indexOf("\r\n\r\n");
                    head = end < 0 ? -1 : end + 4;
                }
                if (head >= 0 && all.size() > head && firstByteNanos == 0) {
                    firstByteNanos = System.nanoTime();
                    begun.countDown();
                }
            }
            body = Arrays.copyOfRange(all.toByteArray(), Math.max(0, head), all.size());
        }
    }

    @Test
    void thirtyViewersOfATrickleCostOneFetchAndNoneWaits() throws Exception {
        byte[] content = EdgeFixture.bytes(SIZE, 30);
        AtomicLong firstSent = new AtomicLong();
        CountDownLatch begun = new CountDownLatch(VIEWERS);
        AtomicBoolean allBegan = new AtomicBoolean();
        try (EdgeFixture edge = new EdgeFixture(directory)) {
            edge.origin.on(
                    "/trickle",
                    (request, out) -> {
                        out.write(
                                ("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nETag: \"t\"\r\nContent-Length: "
                                                + SIZE
                                                + "\r\n\r\n")
                                        .getBytes(StandardCharsets.US_ASCII));
                        int step = SIZE / STEPS;
                        for (int at = 0; at < SIZE; at += step) {
                            if (at + step >= SIZE) {
                                allBegan.set(begun.await(2, TimeUnit.MINUTES));
                            }
                            firstSent.compareAndSet(0, System.nanoTime());
                            out.write(content, at, Math.min(step, SIZE - at));
                            out.flush();
                            Thread.sleep(4000 / STEPS);
                        }
                    });
            // The first request of a process pays for loading its classes.
            edge.origin.object("/warm", new byte[200_000], "\"w\"", "Cache-Control: max-age=60");
            for (int i = 0; i < 5; i++) {
                edge.get("/warm");
            }
            List<Viewer> viewers = new ArrayList<>();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < VIEWERS; i++) {
                // Half come at once, the others while it trickles.
                Viewer viewer =
                        new Viewer(edge.edge().port(), i < VIEWERS / 2 ? 0 : i * 100L, begun);
                viewers.add(viewer);
                threads.add(Thread.ofVirtual().start(viewer));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            long worst = 0;
            for (Viewer viewer : viewers) {
                assertNull(viewer.failure, () -> "a viewer failed: " + viewer.failure);
                assertArrayEquals(content, viewer.body);
                long possible = Math.max(firstSent.get(), viewer.askedNanos);
                worst = Math.max(worst, viewer.firstByteNanos - possible);
            }
            assertEquals(1, edge.origin.count("/trickle"));
            System.out.println("worst time to first byte: " + worst / 1000 + " µs");
            assertTrue(allBegan.get(), "a viewer had nothing before the end was sent");
        }
    }

    @Test
    void aFillGoesOnWhenItsFirstViewerLeaves() throws Exception {
        byte[] content = EdgeFixture.bytes(SIZE, 31);
        try (EdgeFixture edge = new EdgeFixture(directory)) {
            edge.origin.on(
                    "/trickle",
                    (request, out) -> {
                        out.write(
                                ("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: "
                                                + SIZE
                                                + "\r\n\r\n")
                                        .getBytes(StandardCharsets.US_ASCII));
                        for (int at = 0; at < SIZE; at += SIZE / 8) {
                            out.write(content, at, SIZE / 8);
                            out.flush();
                            Thread.sleep(50);
                        }
                    });
            try (Socket socket = new Socket("127.0.0.1", edge.edge().port())) {
                socket.getOutputStream()
                        .write(
                                "GET /trickle HTTP/1.1\r\nHost: x\r\n\r\n"
                                        .getBytes(StandardCharsets.US_ASCII));
                socket.getInputStream().read();
            }
            assertArrayEquals(content, edge.get("/trickle").body());
            assertEquals(1, edge.origin.count("/trickle"));
        }
    }

    @Test
    void aSlowViewerOfALargeBodyHoldsNoMemoryAndGetsEveryByte() throws Exception {
        byte[] content = EdgeFixture.bytes(40 << 20, 32);
        try (EdgeFixture edge = new EdgeFixture(directory)) {
            edge.origin.object("/large", content, "\"l\"", "Cache-Control: max-age=60");
            try (Socket slow = new Socket()) {
                slow.setReceiveBufferSize(16 * 1024);
                slow.connect(new java.net.InetSocketAddress("127.0.0.1", edge.edge().port()));
                slow.getOutputStream()
                        .write(
                                "GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                                        .getBytes(StandardCharsets.US_ASCII));
                InputStream in = slow.getInputStream();
                in.read(new byte[10_000]);
                // The fill goes on meanwhile and others are served.
                assertArrayEquals(content, edge.get("/large").body());
                byte[] rest = in.readAllBytes();
                assertTrue(rest.length > content.length - 10_000);
                assertArrayEquals(
                        Arrays.copyOfRange(content, content.length - 1000, content.length),
                        Arrays.copyOfRange(rest, rest.length - 1000, rest.length));
            }
            assertEquals(1, edge.origin.count("/large"));
        }
    }

    @Test
    void aHundredViewersOfAPlaylistCostOneFetchASecond() throws Exception {
        try (EdgeFixture edge = new EdgeFixture(directory)) {
            edge.origin.on(
                    "/live.m3u8",
                    (request, out) -> {
                        Thread.sleep(30);
                        TestOrigin.send(
                                request,
                                out,
                                200,
                                "#EXTM3U\n".getBytes(StandardCharsets.US_ASCII),
                                "Cache-Control: max-age=1",
                                "Content-Type: application/vnd.apple.mpegurl");
                    });
            for (int second = 0; second < 3; second++) {
                List<Thread> threads = new ArrayList<>();
                for (int i = 0; i < 100; i++) {
                    threads.add(
                            Thread.ofVirtual()
                                    .start(
                                            () -> {
                                                try {
                                                    edge.get("/live.m3u8");
                                                } catch (IOException | InterruptedException e) {
                                                    throw new IllegalStateException(e);
                                                }
                                            }));
                }
                for (Thread thread : threads) {
                    thread.join();
                }
                edge.clock.advance(java.time.Duration.ofSeconds(2));
            }
            assertEquals(3, edge.origin.count("/live.m3u8"));
        }
    }
}
