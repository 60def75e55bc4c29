package io.millrace.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests that no honest client sends, on raw sockets. */
@Timeout(300)
class SafetyTest {
    @TempDir Path directory;
    EdgeFixture edge;

    @BeforeEach
    void open() throws IOException {
        edge =
                new EdgeFixture(
                        directory, o -> o.timeouts(Duration.ofSeconds(2), Duration.ofSeconds(2)));
        edge.origin.on(
                "/a",
                200,
                "hello".getBytes(StandardCharsets.US_ASCII),
                "Cache-Control: max-age=60");
    }

    @AfterEach
    void close() throws IOException {
        edge.close();
    }

    /** Sends bytes, closes that side, and gives all that comes back. */
    private String raw(String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", edge.edge().port())) {
            socket.setSoTimeout(120_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "400|GET /a HTTP/1.1^Host: x^Content-Length: 5^Transfer-Encoding: chunked^^0^^",
                "400|GET /a HTTP/1.1^Host: x^Content-Length: 5^Content-Length: 6^^",
                "400|GET /a HTTP/1.1^Host: x^Content-Length: +5^^",
                "400|GET /a HTTP/1.1^Host: x^Content-Length: 5, 5^^",
                "501|GET /a HTTP/1.1^Host: x^Transfer-Encoding: xchunked^^",
                "400|GET /a HTTP/1.1^Host: x^Transfer-Encoding : chunked^^",
                "400|GET /a HTTP/1.0^Host: x^Transfer-Encoding: chunked^^",
                "400|GET /a HTTP/1.1^Host: x^X: a^ folded^^",
                "400|GET /a HTTP/1.1^Host: x^Host: y^^",
                "400|GET /a HTTP/1.1^^",
                "400|GET http://other/a HTTP/1.1^Host: x^^",
                "400|GET /a HTTP/1.1^Host: x y^^",
                "400|GET /%zz HTTP/1.1^Host: x^^",
                "400|GET /%00 HTTP/1.1^Host: x^^",
                "400|GET /../../etc/passwd HTTP/1.1^Host: x^^",
                "400|GET /%2e%2e/secret HTTP/1.1^Host: x^^",
                "505|GET /a HTTP/2.0^Host: x^^",
                "400|GET  /a HTTP/1.1^Host: x^^",
                "400|GET /a^^",
            })
    void ambiguousOrBrokenRequestsAreRefusedAndTheConnectionEnds(int status, String request)
            throws IOException {
        String answer =
                raw(request.replace("^", "\r\n") + "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
        assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
        assertEquals(
                1, answer.split("HTTP/1.1 [2-5]", -1).length - 1, "one answer only: " + answer);
        assertEquals(0, edge.origin.requests().size());
    }

    @Test
    void bareLineFeedsAndControlCharactersAreRefused() throws IOException {
        assertTrue(raw("GET /a HTTP/1.1\nHost: x\n\n").startsWith("HTTP/1.1 400"));
        assertTrue(raw("GET /a HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n").startsWith("HTTP/1.1 400"));
        assertTrue(raw("GET /a HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n").startsWith("HTTP/1.1 400"));
    }

    @Test
    void headsAreBounded() throws IOException {
        assertTrue(
                raw("GET /a HTTP/1.1\r\nHost: x\r\nX: " + "y".repeat(20_000) + "\r\n\r\n")
                        .startsWith("HTTP/1.1 431"));
        assertTrue(
                raw("GET /" + "y".repeat(10_000) + " HTTP/1.1\r\nHost: x\r\n\r\n")
                        .startsWith("HTTP/1.1 414"));
        assertTrue(
                raw("GET /a HTTP/1.1\r\nHost: x\r\n" + "X: y\r\n".repeat(200) + "\r\n")
                        .startsWith("HTTP/1.1 431"));
    }

    @Test
    void dotsAndEscapesHaveOneFormForKeyAndOrigin() throws Exception {
        raw("GET /x/../a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        raw("GET /x/%2e%2E/%61 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        String answer = raw("GET /./a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assertTrue(answer.contains("; hit"), answer);
        assertEquals(1, edge.origin.requests().size());
        assertEquals("/a", edge.origin.requests().getFirst().target());
        raw("GET /b//c%2fd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assertEquals("/b//c%2Fd", edge.origin.requests().getLast().target());
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws IOException {
        StringBuilder requests = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            requests.append("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
        }
        String answer = raw(requests + "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assertEquals(201, answer.split("HTTP/1.1 200 OK", -1).length - 1);
        assertEquals(1, edge.origin.requests().size());
    }

    @Test
    void aLoopIsRefused() throws Exception {
        edge.get("/a");
        String id = edge.origin.requests().getFirst().header("cdn-loop");
        assertEquals(508, edge.get("/b", "CDN-Loop", "other; x=1, " + id).statusCode());
        assertEquals("1.1 millrace", edge.origin.requests().getFirst().header("via"));
    }

    @Test
    void aSlowHeadIsCutOff() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", edge.edge().port());
                EdgeFixture.Passing _ = edge.timePasses()) {
            socket.setSoTimeout(120_000);
            socket.getOutputStream().write("GET /a HT".getBytes(StandardCharsets.US_ASCII));
            String answer =
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertTrue(answer.startsWith("HTTP/1.1 408"), answer);
        }
    }

    @Test
    void aSilentOriginIsATimeout() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answered = new CountDownLatch(1);
        edge.origin.on(
                "/silent",
                (request, out) -> {
                    asked.countDown();
                    answered.await(2, TimeUnit.MINUTES);
                });
        try (EdgeFixture.Passing _ = edge.timePasses()) {
            assertEquals(504, edge.get("/silent").statusCode());
        }
        assertEquals(0, asked.getCount());
        answered.countDown();
    }

    @Test
    void anOriginThatClosesKeptConnectionsIsAskedAgain() throws Exception {
        edge.origin.on(
                "/once",
                (request, out) -> {
                    TestOrigin.send(request, out, 200, new byte[10], "Cache-Control: no-store");
                    throw new IOException("closes without saying so");
                });
        for (int i = 0; i < 5; i++) {
            assertEquals(200, edge.get("/once").statusCode());
            Thread.sleep(20);
        }
    }
}
