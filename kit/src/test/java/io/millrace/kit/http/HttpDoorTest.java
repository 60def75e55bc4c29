package io.millrace.kit.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class HttpDoorTest {
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

    /** RFC 9112, section 9.6: who has said that a connection ends reads nothing more from it. */
    @Test
    void nothingIsDoneBehindTheLastRequestOfAConnection() throws Exception {
        List<String> last =
                List.of(
                        "GET http://other/ HTTP/1.1\r\nHost: a\r\n\r\n",
                        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                        "GET / HTTP/1.1\r\n\r\n",
                        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                        "GET / HTTP/1.1\r\nHost: a\r\nConnection: TE, Close\r\n\r\n",
                        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close , x\r\n\r\n",
                        "GET / HTTP/1.0\r\n\r\n",
                        // More than is read ahead: it can't be whole when the answer is made.
                        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n"
                                + "x".repeat(5_000_000));
        for (String first : last) {
            AtomicInteger behind = new AtomicInteger();
            open(
                    exchange -> {
                        if (exchange.rawPath().equals("/behind")) {
                            behind.incrementAndGet();
                        }
                        exchange.status(200).send();
                    });
            String answer = raw(first + "DELETE /behind HTTP/1.1\r\nHost: a\r\n\r\n");
            door.close(); // what began has ended then
            String what = first.substring(0, Math.min(90, first.length()));
            assertEquals(0, behind.get(), what);
            assertEquals(2, answer.split("HTTP/1\\.[01] ", -1).length, what + " -> " + answer);
        }
    }

    /** The time of its own that the server takes is no silence of the client. */
    @Test
    void whoWaitsForTheServersWorkIsNotIdle() throws Exception {
        door =
                HttpDoor.open(
                        HttpDoorOptions.of("test", "127.0.0.1", 0)
                                .idleAfter(Duration.ofMillis(200)),
                        exchange -> {
                            Thread.sleep(1_000);
                            exchange.send("done");
                        });
        try (Socket socket = new Socket("127.0.0.1", door.port())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            String answer =
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertTrue(answer.endsWith("done"), "answered, then closed as idle: " + answer);
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
