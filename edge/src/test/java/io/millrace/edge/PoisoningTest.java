package io.millrace.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nobody makes the edge keep, for others, an answer that depends on what only he has sent. */
class PoisoningTest {
    /** What an origin may heed that is no part of a key: each is tried by itself. */
    private static final List<String> UNKEYED =
            List.of(
                    "X-Forwarded-Host",
                    "X-Forwarded-Proto",
                    "X-Forwarded-Port",
                    "X-Forwarded-Prefix",
                    "X-Forwarded-Scheme",
                    "X-Forwarded-Server",
                    "X-Forwarded-For",
                    "Forwarded",
                    "X-Host",
                    "X-Real-IP",
                    "X-Original-URL",
                    "X-Rewrite-URL",
                    "X-HTTP-Method-Override",
                    "X-Method-Override",
                    "Cookie",
                    "Authorization",
                    "Accept",
                    "Accept-Language",
                    "Origin",
                    "Referer",
                    "User-Agent",
                    "Via",
                    "Pragma",
                    "Cache-Control",
                    "Range",
                    "If-Range",
                    "If-None-Match",
                    "X-Anything");

    @TempDir Path directory;

    /** An origin that shows all that it was sent, in the body and in a header. */
    private static void reflects(TestOrigin origin, String path, String... more) {
        origin.on(
                path,
                (request, out) -> {
                    String seen = new TreeMap<>(request.headers()).toString();
                    String[] headers = java.util.Arrays.copyOf(more, more.length + 2);
                    headers[more.length] = "Cache-Control: max-age=60";
                    headers[more.length + 1] = "X-Seen: " + seen;
                    TestOrigin.send(
                            request, out, 200, seen.getBytes(StandardCharsets.UTF_8), headers);
                });
    }

    @Test
    void whatIsNoPartOfTheKeyReachesNoOriginAndNoOtherViewer() throws Exception {
        try (EdgeFixture edge = new EdgeFixture(directory)) {
            for (String name : UNKEYED) {
                String path = "/" + name;
                reflects(edge.origin, path);
                String value = name.equals("Range") ? "bytes=666-999" : "evil-666";
                String first = raw(edge, "GET", path, name + ": " + value);
                HttpResponse<byte[]> second = edge.get(path);
                String kept = new String(second.body(), StandardCharsets.UTF_8) + second.headers();
                assertFalse(kept.contains("666"), name + ": " + kept);
                if (!name.equals("Cache-Control")) {
                    assertTrue(EdgeFixture.cacheStatus(second).contains("hit"), name + first);
                }
            }
            for (TestOrigin.Seen seen : edge.origin.requests()) {
                assertEquals("GET", seen.method());
                assertEquals(
                        Set.of("host", "user-agent", "via", "cdn-loop", "x-forwarded-for"),
                        without(seen.headers(), "content-length", "accept-encoding", "range"),
                        seen.toString());
                assertEquals("127.0.0.1", seen.header("x-forwarded-for"));
            }
        }
    }

    private static Set<String> without(Map<String, String> headers, String... names) {
        Set<String> left = new TreeSet<>(headers.keySet());
        left.removeAll(Set.of(names));
        return left;
    }

    /** A viewer's word on where he is and what he called is replaced, whatever the method. */
    @Test
    void whoTheViewerIsTheConnectionSays() throws Exception {
        try (EdgeFixture edge = new EdgeFixture(directory)) {
            reflects(edge.origin, "/form");
            raw(
                    edge,
                    "POST",
                    "/form",
                    "X-Forwarded-For: 6.6.6.6",
                    "X-Forwarded-Host: evil.example",
                    "X-Forwarded-Proto: https",
                    "Forwarded: for=6.6.6.6",
                    "X-Original-URL: /admin",
                    "Cookie: session=mine",
                    "Content-Length: 0");
            TestOrigin.Seen seen = edge.origin.requests().getFirst();
            assertEquals("127.0.0.1", seen.header("x-forwarded-for"));
            assertEquals("http", seen.header("x-forwarded-proto"));
            assertEquals("viewer.example", seen.header("x-forwarded-host"));
            assertEquals(null, seen.header("forwarded"));
            assertEquals(null, seen.header("x-original-url"));
            assertEquals("session=mine", seen.header("cookie"), "a form is one viewer's own");
        }
    }

    /** What a session begins with goes to whom it was made for, and is never kept. */
    @Test
    void aCookieIsNobodyElses() throws Exception {
        try (EdgeFixture edge = new EdgeFixture(directory)) {
            int[] count = {0};
            edge.origin.on(
                    "/in",
                    (request, out) ->
                            TestOrigin.send(
                                    request,
                                    out,
                                    200,
                                    new byte[3],
                                    "Set-Cookie: session=" + ++count[0],
                                    "Cache-Control: public, max-age=600"));
            for (int i = 1; i <= 3; i++) {
                HttpResponse<byte[]> answer = edge.get("/in");
                assertEquals(List.of("session=" + i), answer.headers().allValues("set-cookie"));
            }
            assertEquals(3, edge.origin.count("/in"));
            edge.origin.on(
                    "/again",
                    (request, out) -> {
                        boolean known = request.header("if-none-match") != null;
                        TestOrigin.send(
                                request,
                                out,
                                known ? 304 : 200,
                                new byte[3],
                                "ETag: \"x\"",
                                "Cache-Control: max-age=1",
                                known ? "Set-Cookie: session=leaked" : "X-First: yes");
                    });
            edge.get("/again");
            edge.clock.advance(Duration.ofSeconds(5));
            assertEquals(List.of(), edge.get("/again").headers().allValues("set-cookie"));
            assertEquals(List.of(), edge.get("/again").headers().allValues("set-cookie"));
        }
    }

    /** A header that the operator lists reaches the origin and is part of what selects. */
    @Test
    void aListedHeaderIsPartOfTheKey() throws Exception {
        List<String> listed = List.of("Cookie", "X-Tenant");
        try (EdgeFixture edge = new EdgeFixture(directory, o -> o.withHeaders(listed))) {
            edge.origin.on(
                    "/t",
                    (request, out) ->
                            TestOrigin.send(
                                    request,
                                    out,
                                    200,
                                    (request.header("x-tenant") + request.header("cookie"))
                                            .getBytes(StandardCharsets.UTF_8),
                                    "Cache-Control: max-age=60"));
            for (int i = 0; i < 3; i++) {
                for (String tenant : List.of("a", "b")) {
                    String got =
                            new String(
                                    edge.get("/t", "X-Tenant", tenant, "Cookie", "c").body(),
                                    StandardCharsets.UTF_8);
                    assertEquals(tenant + "c", got);
                }
                assertEquals("nullnull", new String(edge.get("/t").body(), StandardCharsets.UTF_8));
            }
            assertEquals(3, edge.origin.count("/t"));
            // Nobody keeps, under a value, what the origin made without it or of another form.
            String[] forms = {
                "X-Tenant: c\r\nConnection: X-Tenant",
                "X-Tenant: c ,,\r\nX-Tenant: , d ",
                "X-Tenant: ",
            };
            for (String form : forms) {
                String answer = raw(edge, "GET", "/t", form, "Cookie: c");
                assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
            }
            for (TestOrigin.Seen seen : edge.origin.requests()) {
                String told = String.valueOf(seen.header("x-tenant"));
                assertTrue(List.of("a", "b", "c", "", "null", "c,,,,d").contains(told), told);
            }
            assertEquals(
                    "cc",
                    new String(
                            edge.get("/t", "X-Tenant", "c", "Cookie", "c").body(),
                            StandardCharsets.UTF_8));
        }
        for (String own : List.of("Host", "Range", "X-Forwarded-For", "Connection", "a b", "")) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new EdgeFixture(directory, o -> o.withHeaders(List.of(own))));
        }
    }

    /** An origin that compresses and forgets to say so is not read by who can't. */
    @Test
    void anEncodedAnswerIsForThoseWhoAskedSo() throws Exception {
        try (EdgeFixture edge = new EdgeFixture(directory)) {
            edge.origin.on(
                    "/z",
                    (request, out) -> {
                        boolean zipped = request.header("accept-encoding") != null;
                        TestOrigin.send(
                                request,
                                out,
                                200,
                                new byte[zipped ? 3 : 30],
                                "Cache-Control: max-age=60",
                                zipped ? "Content-Encoding: br" : "X-Plain: yes");
                    });
            assertEquals(3, edge.get("/z", "Accept-Encoding", "br").body().length);
            assertEquals(30, edge.get("/z").body().length);
            assertEquals(2, edge.origin.count("/z"));
            assertEquals(30, edge.get("/z").body().length);
            assertEquals(2, edge.origin.count("/z"), "the plain answer is for everybody");
        }
    }

    /** A head as an attacker writes it; gives the whole answer. */
    private static String raw(EdgeFixture edge, String method, String path, String... headers)
            throws IOException {
        try (Socket socket = new Socket("127.0.0.1", edge.edge().port())) {
            String head =
                    method
                            + " "
                            + path
                            + " HTTP/1.1\r\nHost: viewer.example\r\n"
                            + String.join("\r\n", headers)
                            + "\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }
}
