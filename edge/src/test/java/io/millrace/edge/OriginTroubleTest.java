package io.millrace.edge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An origin that fails, before a stored copy and half-way through an answer. */
@Timeout(120)
class OriginTroubleTest {
    @TempDir Path directory;
    EdgeFixture edge;

    @BeforeEach
    void open() throws IOException {
        edge = new EdgeFixture(directory);
    }

    @AfterEach
    void close() throws IOException {
        edge.close();
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void stored(String path, String... headers) throws Exception {
        edge.origin.on(path, 200, text("good"), headers);
        assertEquals("good", body(edge.get(path)));
    }

    private static String body(HttpResponse<byte[]> answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 502, 503, 504, 599})
    void aCopyWithoutAValidatorStandsInForAFailingOrigin(int status) throws Exception {
        stored("/a", "Cache-Control: max-age=5, stale-if-error=100");
        edge.origin.on("/a", status, text("bad"));
        edge.clock.advance(Duration.ofSeconds(20));
        HttpResponse<byte[]> answer = edge.get("/a");
        assertEquals("good", body(answer));
        assertFalse(EdgeFixture.cacheStatus(answer).contains("hit"), "the origin was asked");
        assertEquals("good", body(edge.get("/a")));
        edge.clock.advance(Duration.ofSeconds(200));
        assertEquals(status, edge.get("/a").statusCode(), "past what the origin allows");
    }

    @Test
    void aCopyWithoutAValidatorAnswersAHeadWhileTheOriginFails() throws Exception {
        stored("/a", "Cache-Control: max-age=5, stale-if-error=100");
        edge.origin.on("/a", 503, text("bad"));
        edge.clock.advance(Duration.ofSeconds(20));
        HttpResponse<byte[]> answer = edge.send("HEAD", "/a");
        assertEquals(200, answer.statusCode());
        assertEquals("4", answer.headers().firstValue("Content-Length").orElse(""));
    }

    @Test
    void aCopyWithoutAValidatorStandsInWhenTheOriginBreaksOff() throws Exception {
        stored("/a", "Cache-Control: max-age=5, stale-if-error=100");
        edge.origin.on(
                "/a",
                (request, out) -> {
                    throw new IOException("gone");
                });
        edge.clock.advance(Duration.ofSeconds(20));
        assertEquals("good", body(edge.get("/a")));
    }

    @Test
    void aFailureMeanwhileLeavesTheCopyThatIsServedMeanwhile() throws Exception {
        stored("/a", "Cache-Control: max-age=5, stale-while-revalidate=600", "ETag: \"1\"");
        edge.origin.on("/a", 500, text("bad"));
        for (int i = 0; i < 4; i++) {
            edge.clock.advance(Duration.ofSeconds(100));
            assertEquals("good", body(edge.get("/a")));
            long asked = 2 + i;
            await(() -> edge.origin.count("/a") >= asked);
            assertEquals("good", body(edge.get("/a")), "after the origin's failure");
        }
    }

    @Test
    void aPartThatIsShorterThanAskedForIsNotTakenForWhole() throws Exception {
        byte[] whole = new byte[3 << 20];
        new java.util.Random(5).nextBytes(whole);
        edge.origin.on(
                "/short",
                (request, out) -> {
                    if (request.header("range") == null) {
                        TestOrigin.send(request, out, 200, whole, "ETag: \"1\"");
                        return;
                    }
                    TestOrigin.send(
                            request,
                            out,
                            206,
                            java.util.Arrays.copyOf(whole, 100),
                            "ETag: \"1\"",
                            "Content-Range: bytes 0-99/" + whole.length);
                });
        HttpResponse<byte[]> answer = edge.get("/short", "Range", "bytes=0-200000");
        assertEquals(206, answer.statusCode());
        assertArrayEquals(java.util.Arrays.copyOf(whole, 200_001), answer.body());
    }

    @Test
    void aFailureThatMustBeShownTakesNoCopysPlace() throws Exception {
        stored("/a", "Cache-Control: max-age=20, must-revalidate", "ETag: \"1\"");
        edge.origin.on("/a", 500, text("bad"), "Cache-Control: max-age=15");
        edge.clock.advance(Duration.ofSeconds(30));
        assertEquals(500, edge.get("/a").statusCode(), "it must be revalidated");
        assertEquals(500, edge.get("/a").statusCode());
        assertEquals(2, edge.origin.count("/a"), "a storm asks once");
        edge.origin.on("/a", 304, new byte[0], "ETag: \"1\"");
        edge.clock.advance(Duration.ofSeconds(20));
        assertEquals("good", body(edge.get("/a")), "the copy was still there");
        edge.restart();
        assertEquals("good", body(edge.get("/a")));
    }

    @Test
    void aFillGoesOnWhereItsOriginBrokeOff() throws Exception {
        byte[] object = EdgeFixture.bytes(3_500_000, 7);
        AtomicInteger asked = new AtomicInteger();
        edge.origin.on(
                "/a",
                (request, out) -> {
                    int turn = asked.incrementAndGet();
                    if (turn == 4) {
                        TestOrigin.sendObject(request, out, object, "\"v\"");
                        return;
                    }
                    int from = from(request.header("range"));
                    half(out, from, object, "ETag: \"v\"", from + 900_000);
                });
        assertArrayEquals(object, edge.get("/a").body());
        assertEquals(4, asked.get());
        assertEquals("\"v\"", edge.origin.requests().getLast().header("if-match"));
        assertArrayEquals(object, edge.get("/a").body());
        assertEquals(4, asked.get(), "all of it is kept");
    }

    @Test
    void aFillOfUnknownLengthGoesOnWhereItsOriginBrokeOff() throws Exception {
        byte[] object = EdgeFixture.bytes(1_500_000, 7);
        edge.origin.on(
                "/a",
                (request, out) -> {
                    if (request.header("range") != null) {
                        TestOrigin.sendObject(request, out, object, "\"v\"");
                        return;
                    }
                    out.write(
                            text(
                                    "HTTP/1.1 200 OK\r\nETag: \"v\"\r\nCache-Control: max-age=60\r\n"
                                            + "Transfer-Encoding: chunked\r\n\r\nf4240\r\n"));
                    out.write(object, 0, 700_000);
                    out.flush();
                    throw new IOException("gone");
                });
        assertArrayEquals(object, edge.get("/a").body());
        assertArrayEquals(object, edge.get("/a").body());
        assertEquals(2, edge.origin.count("/a"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ETag: W/\"v\"", "X-None: 1"})
    void aFillWithoutAStrongEtagEndsAsAReset(String validator) throws Exception {
        byte[] object = EdgeFixture.bytes(1_500_000, 7);
        edge.origin.on("/a", (request, out) -> half(out, 0, object, validator, 700_000));
        assertThrows(IOException.class, () -> edge.get("/a"));
        assertEquals(1, edge.origin.count("/a"));
    }

    @Test
    void aFillWhoseObjectChangedMeanwhileEndsAsAReset() throws Exception {
        byte[] object = EdgeFixture.bytes(1_500_000, 7);
        byte[] next = EdgeFixture.bytes(1_500_000, 8);
        edge.origin.on(
                "/a",
                (request, out) -> {
                    edge.origin.object("/a", next, "\"w\"", "Cache-Control: max-age=60");
                    half(out, 0, object, "ETag: \"v\"", 700_000);
                });
        assertThrows(IOException.class, () -> edge.get("/a"));
        assertArrayEquals(next, edge.get("/a").body());
    }

    @Test
    void aFillWhoseOriginKeepsBreakingOffEndsAsAReset() throws Exception {
        byte[] object = EdgeFixture.bytes(1_500_000, 7);
        edge.origin.on(
                "/a",
                (request, out) -> {
                    if (request.header("range") != null) {
                        throw new IOException("gone");
                    }
                    half(out, 0, object, "ETag: \"v\"", 700_000);
                });
        assertThrows(IOException.class, () -> edge.get("/a"));
        assertTrue(edge.origin.count("/a") < 10, "it gave up");
    }

    private static int from(String range) {
        return range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=(\\d+)-.*", "$1"));
    }

    /** The object from {@code from} as promised, broken off before {@code to}. */
    private static void half(OutputStream out, int from, byte[] object, String validator, int to)
            throws IOException {
        String status =
                from == 0
                        ? "200 OK"
                        : "206 Partial\r\nContent-Range: bytes %d-%d/%d"
                                .formatted(from, object.length - 1, object.length);
        out.write(
                text(
                        "HTTP/1.1 %s\r\nContent-Length: %d\r\nCache-Control: max-age=60\r\n%s\r\n\r\n"
                                .formatted(status, object.length - from, validator)));
        out.write(Arrays.copyOfRange(object, from, to));
        out.flush();
        throw new IOException("gone");
    }

    private static void await(java.util.function.BooleanSupplier condition) throws Exception {
        while (!condition.getAsBoolean()) {
            Thread.sleep(5);
        }
    }
}
