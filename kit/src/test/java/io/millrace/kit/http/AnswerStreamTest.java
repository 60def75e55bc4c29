package io.millrace.kit.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What is written to a client from a source: around the event loop, through it, and cut off. */
@Timeout(30)
class AnswerStreamTest {
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private HttpDoor door;

    private HttpDoor open(HttpHandler handler) {
        door =
                HttpDoor.open(
                        HttpDoorOptions.of("test", "127.0.0.1", 0)
                                .atMost(8192, 100)
                                .idleAfter(Duration.ofSeconds(2)),
                        handler);
        return door;
    }

    @AfterEach
    void close() {
        if (door != null) {
            door.close();
        }
        client.close();
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + door.port() + path);
    }

    @Test
    void bytesReadBeforeTheHeadAreWrittenOnce() throws Exception {
        byte[] bytes = new byte[900_001];
        new Random(9).nextBytes(bytes);
        AnswerBody.Source source = (at, into) -> into.put(bytes, (int) at, into.remaining());
        AtomicInteger refused = new AtomicInteger();
        open(
                exchange -> {
                    try (Piece first = Piece.read(65_000, source)) {
                        exchange.setHeader("X-First", Integer.toString(first.length()));
                        AnswerBody out = exchange.stream(bytes.length);
                        out.write(first);
                        if (assertThrows(IllegalStateException.class, () -> out.write(first))
                                != null) {
                            refused.incrementAndGet();
                        }
                        out.transfer(
                                bytes.length - 65_000,
                                (at, into) -> source.fill(at + 65_000, into));
                        out.close();
                    }
                });
        for (int i = 1; i <= 5; i++) {
            var answer =
                    client.send(
                            HttpRequest.newBuilder(uri("/")).build(),
                            HttpResponse.BodyHandlers.ofByteArray());
            assertEquals("65000", answer.headers().firstValue("X-First").orElse(""));
            assertArrayEquals(bytes, answer.body());
            assertEquals(i, refused.get());
        }
    }

    @Test
    void whatCannotBeReadIsNoPiece() throws Exception {
        assertThrows(IOException.class, () -> Piece.read(10, (at, into) -> into.put((byte) 1)));
        Piece unused = Piece.read(10, (at, into) -> into.put(new byte[10]));
        unused.close();
        unused.close();
        assertThrows(IllegalStateException.class, unused::toByteArray);
    }

    @Test
    void aPiecesMemoryIsGivenBackWrittenRefusedOrUnread() throws Exception {
        int bytes = 200 << 10;
        open(
                exchange -> {
                    AnswerBody.Source source = (at, into) -> into.position(into.limit());
                    try (Piece right = Piece.read(bytes, source);
                            Piece tooMuch = Piece.read(bytes, source)) {
                        AnswerBody out = exchange.stream(bytes);
                        out.write(right);
                        assertThrows(IOException.class, () -> out.write(tooMuch));
                        assertThrows(IOException.class, () -> Piece.read(bytes, (at, into) -> {}));
                        out.close();
                    }
                });
        PooledByteBufAllocator direct = PooledByteBufAllocator.DEFAULT;
        long before = direct.pinnedDirectMemory();
        for (int i = 0; i < 5; i++) {
            var answer =
                    client.send(
                            HttpRequest.newBuilder(uri("/")).build(),
                            HttpResponse.BodyHandlers.ofByteArray());
            assertEquals(bytes, answer.body().length);
        }
        while (direct.pinnedDirectMemory() >= before + 3L * bytes) {
            Thread.sleep(5); // or the test's time is over
        }
    }

    @Test
    void aSourceFillsTheAnswersBuffersItself() throws Exception {
        byte[] bytes = new byte[3_000_001];
        new Random(8).nextBytes(bytes);
        open(
                exchange -> {
                    AnswerBody out = exchange.stream(bytes.length);
                    out.write(bytes, 0, 1000);
                    out.transfer(
                            bytes.length - 1000,
                            (at, into) -> {
                                into.put(bytes, 1000 + (int) at, into.remaining());
                                assertTrue(
                                        into.capacity() >= into.limit() + AnswerBody.SCRATCH_BYTES);
                            });
                    out.close();
                });
        for (int i = 0; i < 10; i++) {
            var answer =
                    client.send(
                            HttpRequest.newBuilder(uri("/")).build(),
                            HttpResponse.BodyHandlers.ofByteArray());
            assertArrayEquals(bytes, answer.body());
        }
    }

    @Test
    void inACrowdAnAnswerBeginsWithLittlePieces() throws Exception {
        byte[] bytes = new byte[2_000_001];
        new Random(7).nextBytes(bytes);
        Queue<Integer> pieces = new ConcurrentLinkedQueue<>();
        open(
                exchange -> {
                    AnswerBody out = exchange.stream(bytes.length);
                    out.transfer(
                            bytes.length,
                            (at, into) -> {
                                pieces.add(into.remaining());
                                into.put(bytes, (int) at, into.remaining());
                            });
                    out.close();
                });
        List<Socket> crowd = new ArrayList<>();
        try {
            for (int i = 0; i < 1_001; i++) {
                Socket one = new Socket();
                crowd.add(one);
                one.bind(new InetSocketAddress("127.7." + i / 100 + ".1", 0));
                one.connect(new InetSocketAddress("127.0.0.1", door.port()));
            }
            var answer =
                    client.send(
                            HttpRequest.newBuilder(uri("/")).build(),
                            HttpResponse.BodyHandlers.ofByteArray());
            assertArrayEquals(bytes, answer.body());
            assertEquals(List.of(16384, 16384, 16384, 16384), pieces.stream().limit(4).toList());
            assertTrue(pieces.stream().skip(4).findFirst().orElseThrow() > 64 << 10);
        } finally {
            for (Socket one : crowd) {
                one.close();
            }
        }
    }

    /** Answers random bytes, the first thousand written, the others from a source. */
    private byte[] openTransfer(int length, boolean known) {
        byte[] bytes = new byte[length];
        new Random(9).nextBytes(bytes);
        open(
                exchange -> {
                    AnswerBody out = exchange.stream(known ? length : -1);
                    out.write(bytes, 0, 1000);
                    out.transfer(
                            length - 1000,
                            (at, into) -> into.put(bytes, 1000 + (int) at, into.remaining()));
                    out.close();
                });
        return bytes;
    }

    private Socket asking(String request, int receiveBufferBytes) throws IOException {
        Socket socket = new Socket();
        if (receiveBufferBytes > 0) {
            socket.setReceiveBufferSize(receiveBufferBytes);
        }
        socket.connect(new InetSocketAddress("127.0.0.1", door.port()));
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static void skipHead(InputStream in) throws IOException {
        int last = 0;
        while ((last = last << 8 | in.read()) != 0x0D0A0D0A) {
            // on to the body
        }
    }

    @Test
    void aReaderWhoseSocketIsOftenFullGetsEachByteInItsPlace() throws Exception {
        byte[] bytes = openTransfer(24_000_001, true);
        try (Socket socket = asking("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 16 << 10)) {
            InputStream in = socket.getInputStream();
            skipHead(in);
            assertArrayEquals(bytes, in.readNBytes(bytes.length));
        }
    }

    @Test
    void nothingGoesAroundTheEventLoopBeforeItHasWrittenAll() throws Exception {
        int length = 64 << 20;
        byte[] piece = new byte[64 << 10];
        CompletableFuture<Thread> writer = new CompletableFuture<>();
        CompletableFuture<Integer> waiting = new CompletableFuture<>();
        open(
                exchange -> {
                    AnswerStream out = (AnswerStream) exchange.stream(length);
                    int written = 0;
                    while (out.waiting() < 4 * piece.length) {
                        out.write(piece);
                        written += piece.length;
                        if (out.waiting() >= 4 * piece.length) {
                            // The socket is full, or the event loop late: then it gets its turn.
                            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
                        }
                    }
                    writer.complete(Thread.currentThread());
                    out.transfer(
                            length - written,
                            (at, into) -> {
                                waiting.complete(out.waiting());
                                into.position(into.limit());
                            });
                    out.close();
                });
        try (Socket socket = asking("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 16 << 10)) {
            Thread waiter = writer.get(20, TimeUnit.SECONDS);
            while (waiter.getState() != Thread.State.WAITING && !waiting.isDone()) {
                TimeUnit.MILLISECONDS.sleep(1); // or the test's time is over
            }
            InputStream in = socket.getInputStream();
            skipHead(in);
            in.skipNBytes(length);
        }
        assertEquals(0, waiting.get());
    }

    /** The second descriptor keeps a connection open that the event loop has closed. */
    @Test
    void aConnectionThatTheDoorHasEndedIsWrittenToNoMore() throws Exception {
        int length = 1000 + 100 * SendBuffers.BYTES;
        long endedAt = 4L * SendBuffers.BYTES;
        CompletableFuture<Void> ended = new CompletableFuture<>();
        AtomicLong last = new AtomicLong();
        CompletableFuture<IOException> failure = new CompletableFuture<>();
        open(
                exchange -> {
                    exchange.onClose(() -> ended.complete(null));
                    AnswerBody out = exchange.stream(length);
                    out.write(new byte[1000]);
                    AnswerBody.Source source =
                            (at, into) -> {
                                if (at == endedAt) {
                                    exchange.abort();
                                    ended.join();
                                }
                                last.set(at);
                                into.position(into.limit());
                            };
                    failure.complete(
                            assertThrows(
                                    IOException.class, () -> out.transfer(length - 1000, source)));
                });
        assertThrows(
                IOException.class,
                () ->
                        client.send(
                                HttpRequest.newBuilder(uri("/")).build(),
                                HttpResponse.BodyHandlers.discarding()));
        failure.get(10, TimeUnit.SECONDS);
        assertEquals(endedAt, last.get());
    }

    @Test
    void answersThatAreInterruptedLeaveNoDescriptorOpen() throws Exception {
        AtomicInteger ended = new AtomicInteger();
        AtomicInteger failed = new AtomicInteger();
        open(
                exchange -> {
                    AnswerBody out = exchange.stream(1 << 20);
                    out.write(new byte[1000]);
                    Thread.currentThread().interrupt();
                    try {
                        out.transfer((1 << 20) - 1000, (at, into) -> into.position(into.limit()));
                    } catch (IOException e) {
                        failed.incrementAndGet(); // who never waits isn't interrupted
                    } finally {
                        ended.incrementAndGet();
                        exchange.abort();
                    }
                });
        long before = descriptors();
        int answers = 30;
        for (int i = 1; i <= answers; i++) {
            try (Socket socket = asking("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0)) {
                while (ended.get() < i) {
                    TimeUnit.MILLISECONDS.sleep(1); // or the test's time is over
                }
            }
        }
        while (descriptors() > before + 5) {
            TimeUnit.MILLISECONDS.sleep(10); // or the test's time is over
        }
        assertTrue(failed.get() > 0, "none was interrupted");
    }

    @Test
    void twoRequestsAtOnceAreAnsweredOneAfterTheOther() throws Exception {
        byte[] bytes = openTransfer(3_000_001, true);
        String request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        try (Socket socket = asking(request + request, 0)) {
            InputStream in = socket.getInputStream();
            for (int i = 0; i < 2; i++) {
                skipHead(in);
                assertArrayEquals(bytes, in.readNBytes(bytes.length));
            }
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void theSocketCanBeWrittenToAroundTheEventLoop() throws Exception {
        CompletableFuture<Boolean> had = new CompletableFuture<>();
        open(
                exchange -> {
                    try (SocketTwin twin = ((VertxExchange) exchange).twin()) {
                        had.complete(twin != null);
                    }
                    exchange.send("");
                });
        client.send(
                HttpRequest.newBuilder(uri("/")).build(), HttpResponse.BodyHandlers.discarding());
        assertTrue(had.get(), "the native transport is missing");
    }

    @Test
    void aSourceWithoutALengthGoesInChunks() throws Exception {
        byte[] bytes = openTransfer(3_000_001, false);
        var answer =
                client.send(
                        HttpRequest.newBuilder(uri("/")).build(),
                        HttpResponse.BodyHandlers.ofByteArray());
        assertArrayEquals(bytes, answer.body());
    }

    @Test
    void aSlowSourceIsNotTakenForASilentConnection() throws Exception {
        int pieces = 12;
        int length = 1000 + pieces * SendBuffers.BYTES;
        open(
                exchange -> {
                    AnswerBody out = exchange.stream(length);
                    out.write(new byte[1000]);
                    out.transfer(
                            length - 1000,
                            (at, into) -> {
                                // A slow disk; the reader takes all at once, longer than a door
                                // leaves a connection on which nothing moves.
                                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));
                                into.position(into.limit());
                            });
                    out.close();
                });
        var answer =
                client.send(
                        HttpRequest.newBuilder(uri("/")).build(),
                        HttpResponse.BodyHandlers.ofByteArray());
        assertEquals(length, answer.body().length);
    }

    @Test
    void readersThatLeaveTakeNeitherBufferNorDescriptorAway() throws Exception {
        AtomicInteger failed = new AtomicInteger();
        AtomicBoolean direct = new AtomicBoolean();
        int length = 16 << 20;
        open(
                exchange -> {
                    AnswerBody out = exchange.stream(length);
                    out.write(new byte[1000]);
                    try {
                        out.transfer(
                                length - 1000,
                                (at, into) -> {
                                    direct.set(into.isDirect());
                                    into.position(into.limit());
                                });
                        out.close();
                    } catch (IOException e) {
                        failed.incrementAndGet();
                        throw e;
                    }
                });
        long before = descriptors();
        int leavers = SendBuffers.MOST + 1;
        for (int i = 0; i < leavers; i++) {
            try (Socket socket = asking("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 16 << 10)) {
                socket.getInputStream().readNBytes(2000);
            }
        }
        while (failed.get() < leavers || descriptors() > before + 5) {
            TimeUnit.MILLISECONDS.sleep(10); // or the test's time is over
        }
        var answer =
                client.send(
                        HttpRequest.newBuilder(uri("/")).build(),
                        HttpResponse.BodyHandlers.ofByteArray());
        assertEquals(length, answer.body().length);
        assertTrue(direct.get(), "the buffers are all out");
    }

    private static long descriptors() throws IOException {
        try (var open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }

    @Test
    void aSourceThatFailsResetsTheConnection() {
        open(
                exchange ->
                        exchange.stream(1_000_000)
                                .transfer(
                                        1_000_000,
                                        (at, into) -> {
                                            if (at > 0) {
                                                throw new IOException("the disk went away");
                                            }
                                            into.position(into.limit());
                                        }));
        assertThrows(
                IOException.class,
                () ->
                        client.send(
                                HttpRequest.newBuilder(uri("/")).build(),
                                HttpResponse.BodyHandlers.ofByteArray()));
    }

    @Test
    void aSourceThatGivesTooLittleResetsTheConnection() {
        open(
                exchange ->
                        exchange.stream(1_000_000)
                                .transfer(
                                        1_000_000,
                                        (at, into) -> into.position(at > 0 ? 1 : into.limit())));
        assertThrows(
                IOException.class,
                () ->
                        client.send(
                                HttpRequest.newBuilder(uri("/")).build(),
                                HttpResponse.BodyHandlers.ofByteArray()));
    }

    @Test
    void sourcesThatFailTakeNoBufferAway() throws Exception {
        int more = SendBuffers.MOST + 1;
        AtomicBoolean direct = new AtomicBoolean();
        open(
                exchange -> {
                    AnswerBody out = exchange.stream(1);
                    for (int i = 0; i < more; i++) {
                        assertThrows(IOException.class, () -> out.transfer(1, (at, into) -> {}));
                    }
                    out.transfer(1, (at, into) -> direct.set(into.put((byte) 1).isDirect()));
                    out.close();
                });
        client.send(
                HttpRequest.newBuilder(uri("/")).build(), HttpResponse.BodyHandlers.ofByteArray());
        assertTrue(direct.get(), "the buffers are all out");
    }

    @Test
    void sourcesThatFailAroundTheEventLoopTakeNoBufferAway() throws Exception {
        int more = SendBuffers.MOST + 1;
        AtomicBoolean direct = new AtomicBoolean();
        open(
                exchange -> {
                    AnswerBody out = exchange.stream(1 + SendBuffers.BYTES);
                    out.write(1);
                    for (int i = 0; i < more; i++) {
                        assertThrows(
                                IOException.class,
                                () -> out.transfer(SendBuffers.BYTES, (at, into) -> {}));
                    }
                    out.transfer(
                            SendBuffers.BYTES,
                            (at, into) -> direct.set(into.position(into.limit()).isDirect()));
                    out.close();
                });
        client.send(
                HttpRequest.newBuilder(uri("/")).build(), HttpResponse.BodyHandlers.ofByteArray());
        assertTrue(direct.get(), "the buffers are all out");
    }
}
