package io.millrace.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections to the origin that died at rest, and what comes over them before the answer. */
@Timeout(120)
class OriginConnectionsTest {
    @TempDir Path directory;
    EdgeFixture edge;

    @BeforeEach
    void open() throws IOException {
        edge = new EdgeFixture(directory, o -> o.bounded(16L << 20, 256L << 20, 1));
    }

    @AfterEach
    void close() throws IOException {
        edge.close();
    }

    /** The connection is closed in the moment in which the next request comes over it. */
    private void dieOnTheSecondRequest(String path) {
        edge.origin.on(
                path,
                (request, out) -> {
                    if (request.turn() > 1) {
                        throw new IOException("closed while it rested");
                    }
                    TestOrigin.send(
                            request,
                            out,
                            200,
                            request.method().getBytes(StandardCharsets.UTF_8),
                            "Cache-Control: no-store");
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "PATCH", "DELETE", "MKCOL"})
    void whatMustNotBeSentTwiceMeetsNoConnectionThatRested(String method) throws Exception {
        dieOnTheSecondRequest("/a");
        for (int i = 0; i < 3; i++) {
            assertEquals(200, edge.get("/a").statusCode());
            HttpResponse<byte[]> answer = edge.send(method, "/a");
            assertEquals(200, answer.statusCode());
        }
        assertEquals(
                3, edge.origin.requests().stream().filter(r -> r.method().equals(method)).count());
    }

    @Test
    void aReadIsSentOnceMoreOnAFreshConnection() throws Exception {
        dieOnTheSecondRequest("/a");
        for (int i = 0; i < 3; i++) {
            assertEquals(200, edge.get("/a").statusCode());
        }
    }

    @Test
    void earlyHintsReachTheViewerAheadOfTheAnswer() throws Exception {
        edge.origin.on(
                "/a",
                (request, out) -> {
                    out.write(
                            ("HTTP/1.1 102 Processing\r\n\r\n"
                                            + "HTTP/1.1 103 Early Hints\r\n"
                                            + "Link: </s.css>; rel=preload\r\n"
                                            + "Set-Cookie: a=b\r\nConnection: X\r\nX: y\r\n\r\n")
                                    .getBytes(StandardCharsets.UTF_8));
                    out.flush();
                    TestOrigin.send(
                            request,
                            out,
                            200,
                            "page".getBytes(StandardCharsets.UTF_8),
                            "Cache-Control: max-age=60");
                });
        String answer = raw("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assertTrue(
                answer.startsWith(
                        "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n"
                                + "Link: </s.css>; rel=preload\r\n\r\nHTTP/1.1"
                                + " 200 "),
                answer);
        assertTrue(answer.endsWith("page"));
        String hit = raw("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assertTrue(hit.startsWith("HTTP/1.1 200 "), hit);
    }

    @Test
    void earlyHintsAreNotForOldClientsAndDoNotGoOnForEver() throws Exception {
        byte[] hint =
                "HTTP/1.1 103 Early Hints\r\nLink: </s.css>\r\n\r\n"
                        .getBytes(StandardCharsets.UTF_8);
        edge.origin.on(
                "/a",
                (request, out) -> {
                    out.write(hint);
                    TestOrigin.send(request, out, 200, new byte[0], "Cache-Control: no-store");
                });
        String old = raw("GET /a HTTP/1.0\r\nHost: a\r\n\r\n");
        assertTrue(old.startsWith("HTTP/1.1 200 "), old);
        edge.origin.on(
                "/b",
                (request, out) -> {
                    while (true) {
                        out.write(hint);
                    }
                });
        String broken = raw("GET /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assertTrue(broken.contains("HTTP/1.1 502 "), broken);
    }

    @Test
    void aViewerSpeaksForNoProxyInUnderscoresEither() throws Exception {
        edge.origin.on("/a", 200, new byte[0], "Cache-Control: no-store");
        raw(
                "POST /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX_Forwarded_For: 6.6.6.6\r\n"
                        + "x_real-ip: 6.6.6.6\r\nX_Original_URL: /admin\r\nTransfer_Encoding: x\r\n"
                        + "Content_Length: 9\r\nMy_Field: kept\r\nContent-Length: 0\r\n\r\n");
        TestOrigin.Seen seen = edge.origin.requests().getLast();
        assertEquals("kept", seen.header("my_field"));
        for (String name :
                new String[] {
                    "x_forwarded_for",
                    "x_real-ip",
                    "x_original_url",
                    "transfer_encoding",
                    "content_length"
                }) {
            assertFalse(seen.headers().containsKey(name), name);
        }
    }

    private String raw(String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", edge.edge().port())) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }
}
