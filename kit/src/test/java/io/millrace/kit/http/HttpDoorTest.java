package io.millrace.kit.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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
import java.util.Random;
import java.util.concurrent.CompletableFuture;
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

@Timeout(30)
class HttpDoorTest {
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private HttpDoor door;

    private HttpDoor open(HttpHandler handler) {
        door =
                HttpDoor.open(
                        new HttpDoorOptions(
                                "test", "127.0.0.1", 0, 8192, Duration.ofSeconds(2), 100, 100),
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

    private String raw(String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", door.port())) {
            socket.setSoTimeout(5000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (java.net.SocketException e) {
            return "";
        }
    }

    private static void echo(Exchange exchange) throws IOException {
        byte[] bytes = exchange.body().readAllBytes();
        exchange.setHeader("X-Length", Long.toString(exchange.contentLength()));
        exchange.send(bytes);
    }

    @Test
    void aSmallBodyComesBack() throws Exception {
        open(HttpDoorTest::echo);
        var answer =
                client.send(
                        HttpRequest.newBuilder(uri("/a%20b?x=1"))
                                .POST(HttpRequest.BodyPublishers.ofString("hello"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertEquals(200, answer.statusCode());
        assertEquals("hello", answer.body());
        assertEquals("5", answer.headers().firstValue("X-Length").orElseThrow());
        assertTrue(answer.headers().firstValue("Date").isPresent());
    }

    @Test
    void aLargeBodyStreamsBothWaysWithAndWithoutALength() throws Exception {
        byte[] bytes = new byte[9_000_001];
        new Random(7).nextBytes(bytes);
        open(
                exchange -> {
                    boolean chunked = exchange.rawQuery().equals("chunked");
                    // One way after the other: the client reads only after it has sent everything.
                    byte[] received = exchange.body().readAllBytes();
                    try (OutputStream out = exchange.stream(chunked ? -1 : bytes.length)) {
                        out.write(received);
                    }
                });
        for (String query : new String[] {"", "?chunked"}) {
            for (boolean known : new boolean[] {true, false}) {
                var publisher =
                        known
                                ? HttpRequest.BodyPublishers.ofByteArray(bytes)
                                : HttpRequest.BodyPublishers.ofInputStream(
                                        () -> new java.io.ByteArrayInputStream(bytes));
                var answer =
                        client.send(
                                HttpRequest.newBuilder(uri("/" + query)).PUT(publisher).build(),
                                HttpResponse.BodyHandlers.ofByteArray());
                assertArrayEquals(bytes, answer.body());
            }
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
        AtomicInteger failed = new AtomicInteger();
        open(
                exchange -> {
                    AnswerBody out = exchange.stream(1 << 20);
                    out.write(new byte[1000]);
                    Thread.currentThread().interrupt();
                    assertThrows(
                            IOException.class,
                            () ->
                                    out.transfer(
                                            (1 << 20) - 1000,
                                            (at, into) -> into.position(into.limit())));
                    failed.incrementAndGet();
                    exchange.abort();
                });
        long before = descriptors();
        int answers = 30;
        for (int i = 1; i <= answers; i++) {
            try (Socket socket = asking("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0)) {
                while (failed.get() < i) {
                    TimeUnit.MILLISECONDS.sleep(1); // or the test's time is over
                }
            }
        }
        while (descriptors() > before + 5) {
            TimeUnit.MILLISECONDS.sleep(10); // or the test's time is over
        }
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

    @Test
    void aLargeBodyThatComesInCrumbsIsReadToItsEnd() throws Exception {
        open(exchange -> exchange.send("" + exchange.body().readNBytes(70_000).length));
        try (Socket socket = new Socket("127.0.0.1", door.port())) {
            socket.setSoTimeout(20_000);
            socket.setTcpNoDelay(true);
            OutputStream out = socket.getOutputStream();
            out.write("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n".getBytes());
            for (int i = 0; i < 70; i++) {
                out.write(new byte[1000]);
                out.flush();
            }
            byte[] answer = new byte[15];
            assertEquals(15, socket.getInputStream().readNBytes(answer, 0, 15));
            assertEquals("HTTP/1.1 200 OK", new String(answer, StandardCharsets.US_ASCII));
        }
    }

    @Test
    void aFailedStreamResetsTheConnection() {
        open(
                exchange -> {
                    OutputStream out = exchange.stream(-1);
                    out.write(new byte[1000]);
                    throw new IOException("the disk went away");
                });
        assertThrows(
                IOException.class,
                () ->
                        client.send(
                                HttpRequest.newBuilder(uri("/")).build(),
                                HttpResponse.BodyHandlers.ofByteArray()));
    }

    @Test
    void aHandlerThatThrowsAnswers500() throws Exception {
        open(
                exchange -> {
                    throw new IllegalStateException("broken");
                });
        var answer =
                client.send(
                        HttpRequest.newBuilder(uri("/")).build(),
                        HttpResponse.BodyHandlers.ofString());
        assertEquals(500, answer.statusCode());
    }

    @Test
    void ambiguousRequestsAreRefused() throws Exception {
        open(HttpDoorTest::echo);
        String[] bad = {
            "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "GET http://other/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX-A : b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX-A: " + "y".repeat(9000) + "\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        };
        for (String request : bad) {
            String answer = raw(request);
            assertTrue(
                    answer.isEmpty() || answer.matches("(?s)HTTP/1[.][01] 4.*"),
                    request.substring(0, Math.min(90, request.length())) + " -> " + answer);
        }
    }

    @Test
    void aHeadThatComesByteByByteIsUnderstood() throws Exception {
        open(HttpDoorTest::echo);
        try (Socket socket = new Socket("127.0.0.1", door.port())) {
            socket.setTcpNoDelay(true);
            for (byte b :
                    "POST / HTTP/1.1\r\nHost: a b\r\nContent-Length: 5\r\nConnection: close\r\n\r\n hi \n"
                            .getBytes(StandardCharsets.US_ASCII)) {
                socket.getOutputStream().write(b);
                Thread.sleep(1);
            }
            String answer =
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
            assertTrue(answer.endsWith(" hi \n"), answer);
        }
    }

    @Test
    void expectContinueIsAnsweredAtTheFirstRead() throws Exception {
        open(
                exchange -> {
                    if (exchange.rawPath().equals("/no")) {
                        exchange.status(403).send("no");
                    } else {
                        echo(exchange);
                    }
                });
        for (String path : new String[] {"/yes", "/no"}) {
            try (Socket socket = new Socket("127.0.0.1", door.port())) {
                socket.getOutputStream()
                        .write(
                                ("PUT %s HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
                                                .formatted(path))
                                        .getBytes(StandardCharsets.US_ASCII));
                InputStream in = socket.getInputStream();
                String first = new String(in.readNBytes(12), StandardCharsets.US_ASCII);
                assertEquals(path.equals("/yes") ? "HTTP/1.1 100" : "HTTP/1.1 403", first);
                if (path.equals("/yes")) {
                    socket.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
                    assertTrue(
                            new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                                    .endsWith("hello"));
                }
            }
        }
    }

    /** A client that waits for it before an empty body took the answer for the next request's. */
    @Test
    void expectContinueIsAnsweredBeforeAnEmptyBodyToo() throws Exception {
        open(HttpDoorTest::echo);
        try (Socket socket = new Socket("127.0.0.1", door.port())) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream()
                    .write(
                            ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n"
                                            + "Expect: 100-continue\r\nConnection: close\r\n\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
            String answer =
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertTrue(answer.startsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200"), answer);
        }
    }

    @Test
    void anEarlyAnswerReachesAClientThatIsStillSending() throws Exception {
        open(exchange -> exchange.status(403).send("no"));
        var answer =
                client.send(
                        HttpRequest.newBuilder(uri("/"))
                                .PUT(HttpRequest.BodyPublishers.ofByteArray(new byte[5_000_000]))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertEquals(403, answer.statusCode());
    }

    @Test
    void aClientThatGoesAwayFailsTheReadAndTellsTheListener() throws Exception {
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        CompletableFuture<Boolean> closed = new CompletableFuture<>();
        open(
                exchange -> {
                    exchange.onClose(() -> closed.complete(true));
                    try {
                        exchange.body().readAllBytes();
                        failure.complete(new AssertionError("looked whole"));
                    } catch (IOException e) {
                        failure.complete(e);
                        throw e;
                    }
                });
        try (Socket socket = new Socket("127.0.0.1", door.port())) {
            socket.getOutputStream()
                    .write(
                            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\nabc"
                                    .getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            Thread.sleep(100);
        }
        assertTrue(failure.get(5, TimeUnit.SECONDS) instanceof IOException);
        assertTrue(closed.get(5, TimeUnit.SECONDS));
    }

    @Test
    void aTrickledSmallBodyIsCutOff() throws Exception {
        open(HttpDoorTest::echo);
        try (Socket socket = new Socket("127.0.0.1", door.port())) {
            OutputStream out = socket.getOutputStream();
            out.write(
                    "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            boolean cut = false;
            for (int i = 0; i < 100 && !cut; i++) {
                try {
                    out.write('a');
                    out.flush();
                    Thread.sleep(100);
                } catch (IOException e) {
                    cut = true;
                }
            }
            assertTrue(cut);
        }
    }

    @Test
    void manyRequestsShareAConnectionEvenPipelined() throws Exception {
        open(HttpDoorTest::echo);
        String one = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok";
        String last = one.replace("Host: a", "Host: a\r\nConnection: close");
        String answer = raw(one + one + one + last);
        assertEquals(4, answer.split("HTTP/1.1 200 OK", -1).length - 1, answer);
    }

    @Test
    void aControlCharacterInAnAnswerHeaderIsRefused() throws Exception {
        open(
                exchange -> {
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> exchange.setHeader("X-A", "b\r\nSet-Cookie: c"));
                    exchange.setHeader("X-B", "1").setHeader("x-b", "2").send("ok");
                });
        var answer =
                client.send(
                        HttpRequest.newBuilder(uri("/")).build(),
                        HttpResponse.BodyHandlers.ofString());
        assertEquals("ok", answer.body());
        assertEquals(java.util.List.of("2"), answer.headers().allValues("x-b"));
        assertFalse(answer.headers().firstValue("Set-Cookie").isPresent());
    }

    @Test
    void headKeepsTheLengthThatWasSet() throws Exception {
        open(exchange -> exchange.setHeader("Content-Length", "12345").send());
        var answer =
                client.send(
                        HttpRequest.newBuilder(uri("/")).HEAD().build(),
                        HttpResponse.BodyHandlers.discarding());
        assertEquals("12345", answer.headers().firstValue("Content-Length").orElseThrow());
    }

    @Test
    void announcedBodiesThatNeverComeCostNoMemoryForOthers() throws Exception {
        open(HttpDoorTest::echo);
        java.util.List<Socket> silent = new java.util.ArrayList<>();
        try {
            for (int i = 0; i < 90; i++) {
                Socket socket = new Socket("127.0.0.1", door.port());
                silent.add(socket);
                socket.getOutputStream()
                        .write(
                                "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\n"
                                        .getBytes(StandardCharsets.US_ASCII));
            }
            var answer =
                    client.send(
                            HttpRequest.newBuilder(uri("/"))
                                    .PUT(HttpRequest.BodyPublishers.ofByteArray(new byte[60_000]))
                                    .build(),
                            HttpResponse.BodyHandlers.ofByteArray());
            assertEquals(60_000, answer.body().length);
            assertEquals(0, door.inFlight());
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
        }
    }
}
