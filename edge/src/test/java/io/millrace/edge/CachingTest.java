package io.millrace.edge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.testkit.RangeVector;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a viewer sees of the cache, with the JDK's client before a real edge. */
@Timeout(300)
class CachingTest {
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

    @Test
    void everySizeIsFetchedOnceAndComesBackByteForByte() throws Exception {
        for (int size :
                new int[] {
                    0,
                    1,
                    1000,
                    16_384,
                    16_385,
                    100_000,
                    131_072,
                    131_073,
                    1 << 20,
                    (1 << 20) + 1,
                    5_000_000
                }) {
            byte[] body = EdgeFixture.bytes(size, size);
            String path = "/b/size-" + size;
            edge.origin.object(path, body, "\"v" + size + "\"", "Cache-Control: max-age=60");
            HttpResponse<byte[]> miss = edge.get(path);
            assertEquals(200, miss.statusCode());
            assertArrayEquals(body, miss.body(), "miss of " + size);
            assertTrue(
                    EdgeFixture.cacheStatus(miss).contains("fwd=uri-miss"),
                    EdgeFixture.cacheStatus(miss));
            assertTrue(miss.headers().firstValue("X-Millrace-Origin-Ms").isPresent());
            for (int i = 0; i < 3; i++) {
                HttpResponse<byte[]> hit = edge.get(path);
                assertArrayEquals(body, hit.body(), "hit of " + size);
                assertTrue(
                        EdgeFixture.cacheStatus(hit).contains("hit; ttl="),
                        EdgeFixture.cacheStatus(hit));
            }
            assertEquals(1, edge.origin.count(path));
        }
    }

    @Test
    void ageGrowsAndStaleIsRevalidatedWithAnEtag() throws Exception {
        byte[] body = EdgeFixture.bytes(5000, 1);
        edge.origin.object("/a", body, "\"one\"", "Cache-Control: max-age=10");
        edge.get("/a");
        edge.clock.advance(Duration.ofSeconds(4));
        assertEquals("4", edge.get("/a").headers().firstValue("Age").orElse(""));
        edge.clock.advance(Duration.ofSeconds(7));
        HttpResponse<byte[]> again = edge.get("/a");
        assertArrayEquals(body, again.body());
        assertTrue(EdgeFixture.cacheStatus(again).contains("fwd=stale; fwd-status=304"));
        assertEquals("\"one\"", edge.origin.requests().getLast().header("if-none-match"));
        assertTrue(EdgeFixture.cacheStatus(edge.get("/a")).contains("hit"));
        assertEquals(2, edge.origin.count("/a"));
    }

    @Test
    void settingTheWallClockNeitherAgesWhatIsKeptNorKeepsItFresh() throws Exception {
        byte[] body = EdgeFixture.bytes(5000, 1);
        edge.origin.object("/a", body, "\"one\"", "Cache-Control: max-age=10");
        edge.get("/a");
        edge.clock.stepWall(Duration.ofHours(1));
        assertEquals("0", edge.get("/a").headers().firstValue("Age").orElse(""));
        assertEquals(1, edge.origin.count("/a"), "still fresh");
        edge.clock.stepWall(Duration.ofHours(-2));
        edge.clock.advance(Duration.ofSeconds(11));
        assertArrayEquals(body, edge.get("/a").body());
        assertEquals(2, edge.origin.count("/a"), "stale, and so asked for again");
    }

    @Test
    void aChangedObjectReplacesTheStaleOne() throws Exception {
        edge.origin.object(
                "/a", EdgeFixture.bytes(3_000_000, 1), "\"one\"", "Cache-Control: max-age=10");
        edge.get("/a");
        byte[] next = EdgeFixture.bytes(3_000_001, 2);
        edge.origin.object("/a", next, "\"two\"", "Cache-Control: max-age=10");
        edge.clock.advance(Duration.ofSeconds(11));
        assertArrayEquals(next, edge.get("/a").body());
        assertArrayEquals(next, edge.get("/a").body());
        assertEquals(2, edge.origin.count("/a"));
    }

    @Test
    void viewersConditionsAndHeadAreAnsweredFromTheCache() throws Exception {
        edge.origin.object(
                "/a", EdgeFixture.bytes(5000, 1), "\"one\"", "Cache-Control: max-age=10");
        edge.get("/a");
        assertEquals(304, edge.get("/a", "If-None-Match", "\"one\"").statusCode());
        assertEquals(200, edge.get("/a", "If-None-Match", "\"other\"").statusCode());
        HttpResponse<byte[]> head = edge.send("HEAD", "/a");
        assertEquals(200, head.statusCode());
        assertEquals("5000", head.headers().firstValue("Content-Length").orElse(""));
        assertEquals(1, edge.origin.count("/a"));
    }

    @Test
    void eachQueryIsAResourceOfItsOwnWhateverTheMethodThatCameFirst() throws Exception {
        edge.origin.on(
                "/q",
                (request, out) -> {
                    byte[] body = request.target().getBytes(StandardCharsets.UTF_8);
                    String etag = "ETag: \"" + request.target().hashCode() + "\"";
                    TestOrigin.send(request, out, 200, body, etag, "Cache-Control: max-age=60");
                });
        // Lengths differ, so that a HEAD tells which resource it is about.
        String[] targets = {"/q", "/q?a=1", "/q?a=22", "/q?b=1&c=333", "/q?A=4444"};
        for (int round = 0; round < 3; round++) {
            for (String target : targets) {
                HttpResponse<byte[]> head = edge.send("HEAD", target);
                assertEquals(200, head.statusCode());
                assertEquals(
                        Integer.toString(target.length()),
                        head.headers().firstValue("Content-Length").orElse(""));
                assertEquals(0, head.body().length);
                assertEquals(target, new String(edge.get(target).body(), StandardCharsets.UTF_8));
            }
        }
        long gets = edge.origin.requests().stream().filter(r -> r.method().equals("GET")).count();
        assertEquals(targets.length, gets);
    }

    @Test
    void aWriteForgetsTheResourceWithItsQueryAndNoOther() throws Exception {
        for (String path : new String[] {"/one", "/two"}) {
            edge.origin.object(
                    path, EdgeFixture.bytes(10, 1), "\"1\"", "Cache-Control: max-age=60");
        }
        edge.get("/one?a=1");
        edge.get("/one?a=2");
        edge.get("/two?a=1");
        edge.send("DELETE", "/one?a=1");
        edge.get("/one?a=2");
        edge.get("/two?a=1");
        assertEquals(1, edge.origin.count("/two"));
        assertEquals(3, edge.origin.count("/one"));
        edge.get("/one?a=1");
        assertEquals(4, edge.origin.count("/one"));
    }

    @Test
    void rangesComeFromTheCache() throws Exception {
        byte[] body = EdgeFixture.bytes(3_500_000, 3);
        edge.origin.object("/v", body, "\"v\"", "Cache-Control: max-age=60");
        edge.get("/v");
        int[][] ranges = {{0, 0}, {10, 20}, {1_048_570, 1_048_580}, {2_000_000, 3_499_999}};
        for (int[] r : ranges) {
            HttpResponse<byte[]> part = edge.get("/v", "Range", "bytes=" + r[0] + "-" + r[1]);
            assertEquals(206, part.statusCode());
            assertArrayEquals(java.util.Arrays.copyOfRange(body, r[0], r[1] + 1), part.body());
            assertEquals(
                    "bytes " + r[0] + "-" + r[1] + "/3500000",
                    part.headers().firstValue("Content-Range").orElse(""));
        }
        HttpResponse<byte[]> suffix = edge.get("/v", "Range", "bytes=-7");
        assertArrayEquals(
                java.util.Arrays.copyOfRange(body, body.length - 7, body.length), suffix.body());
        assertEquals(416, edge.get("/v", "Range", "bytes=3500000-").statusCode());
        assertEquals(200, edge.get("/v", "Range", "bytes=0-9", "If-Range", "\"old\"").statusCode());
        assertEquals(206, edge.get("/v", "Range", "bytes=0-9", "If-Range", "\"v\"").statusCode());
        assertEquals(1, edge.origin.count("/v"));
    }

    @Test
    void rangesAreWhatTheObjectDoorGives() throws Exception {
        for (int size : new int[] {0, 10}) {
            byte[] body = EdgeFixture.bytes(size, 7);
            String path = "/range-" + size;
            edge.origin.object(path, body, "\"v\"", "Cache-Control: max-age=60");
            edge.get(path);
            for (RangeVector vector : RangeVector.all()) {
                if (vector.size() == size) {
                    HttpResponse<byte[]> answer = edge.get(path, "Range", vector.header());
                    assertEquals(vector.status(), answer.statusCode(), vector.header());
                    if (vector.status() != 200) {
                        assertEquals(
                                vector.contentRange(),
                                answer.headers().firstValue("Content-Range").orElse(""));
                    }
                    if (vector.status() != 416) {
                        assertArrayEquals(vector.of(body), answer.body(), vector.header());
                    }
                }
            }
            assertEquals(1, edge.origin.count(path));
        }
    }

    @Test
    void aRangeOfWhatIsNotHereFetchesItsChunksOnlyAndTheRestLater() throws Exception {
        byte[] body = EdgeFixture.bytes(5_500_000, 4);
        edge.origin.object("/v", body, "\"v\"", "Cache-Control: max-age=60");
        HttpResponse<byte[]> part = edge.get("/v", "Range", "bytes=2500000-2600000");
        assertEquals(206, part.statusCode());
        assertArrayEquals(java.util.Arrays.copyOfRange(body, 2_500_000, 2_600_001), part.body());
        assertEquals("bytes=2097152-3145727", edge.origin.requests().getLast().header("range"));
        assertArrayEquals(body, edge.get("/v").body());
        assertEquals("\"v\"", edge.origin.requests().getLast().header("if-match"));
        long asked = edge.origin.count("/v");
        assertArrayEquals(body, edge.get("/v").body());
        assertEquals(asked, edge.origin.count("/v"));
        HttpResponse<byte[]> end = edge.get("/v2-none");
        assertEquals(404, end.statusCode());
    }

    @Test
    void chunksOfTwoVersionsNeverMix() throws Exception {
        byte[] one = EdgeFixture.bytes(5_500_000, 5);
        byte[] two = EdgeFixture.bytes(5_500_000, 6);
        edge.origin.object("/v", one, "\"one\"", "Cache-Control: max-age=600");
        edge.get("/v", "Range", "bytes=0-99");
        edge.origin.object("/v", two, "\"two\"", "Cache-Control: max-age=600");
        assertThrows(
                IOException.class, () -> edge.get("/v"), "the old head cannot go with new bytes");
        assertArrayEquals(two, edge.get("/v").body());
    }

    @Test
    void aRangedMissOfSomethingWithoutRangesIsStillRight() throws Exception {
        byte[] body = EdgeFixture.bytes(2_000_000, 7);
        edge.origin.on("/plain", 200, body, "Cache-Control: max-age=60");
        HttpResponse<byte[]> part = edge.get("/plain", "Range", "bytes=1500000-1500009");
        assertEquals(206, part.statusCode());
        assertArrayEquals(java.util.Arrays.copyOfRange(body, 1_500_000, 1_500_010), part.body());
    }

    @Test
    void aSuffixRangeOfWhatIsNotHere() throws Exception {
        byte[] body = EdgeFixture.bytes(3_000_000, 8);
        edge.origin.object("/v", body, "\"v\"", "Cache-Control: max-age=60");
        HttpResponse<byte[]> end = edge.get("/v", "Range", "bytes=-10");
        assertArrayEquals(java.util.Arrays.copyOfRange(body, 2_999_990, 3_000_000), end.body());
    }

    @Test
    void whatMayNotBeStoredIsPassedEachTime() throws Exception {
        edge.origin.on("/private", 200, new byte[100], "Cache-Control: private, max-age=60");
        edge.origin.on("/nostore", 200, new byte[100], "Cache-Control: no-store");
        for (int i = 0; i < 3; i++) {
            assertEquals(200, edge.get("/private").statusCode());
            assertEquals(100, edge.get("/nostore").body().length);
        }
        assertEquals(3, edge.origin.count("/private"));
        assertEquals(3, edge.origin.count("/nostore"));
    }

    @Test
    void errorsAreKeptForASecond() throws Exception {
        for (int i = 0; i < 5; i++) {
            assertEquals(404, edge.get("/missing").statusCode());
        }
        assertEquals(1, edge.origin.count("/missing"));
        edge.clock.advance(Duration.ofSeconds(2));
        edge.get("/missing");
        assertEquals(2, edge.origin.count("/missing"));
    }

    @Test
    void variantsAreKeptApart(@TempDir Path other) throws Exception {
        List<String> listed = List.of("Accept-Language");
        try (EdgeFixture listing = new EdgeFixture(other, o -> o.withHeaders(listed))) {
            listing.origin.on(
                    "/lang",
                    (request, out) ->
                            TestOrigin.send(
                                    request,
                                    out,
                                    200,
                                    String.valueOf(request.header("accept-language"))
                                            .getBytes(StandardCharsets.UTF_8),
                                    "Vary: Accept-Language",
                                    "Cache-Control: max-age=60"));
            for (int i = 0; i < 3; i++) {
                for (String language : new String[] {"de", "fr", "en"}) {
                    assertEquals(
                            language,
                            new String(
                                    listing.get("/lang", "Accept-Language", language).body(),
                                    StandardCharsets.UTF_8));
                }
            }
            assertEquals(3, listing.origin.count("/lang"));
        }
    }

    @Test
    void aDeadOriginIsStoodInForByWhatIsStale() throws Exception {
        edge.origin.object("/a", new byte[10], "\"a\"", "Cache-Control: max-age=10");
        edge.origin.object(
                "/strict", new byte[10], "\"a\"", "Cache-Control: max-age=10, must-revalidate");
        edge.get("/a");
        edge.get("/strict");
        edge.origin.on("/a", 500, new byte[5]);
        edge.origin.on("/strict", 500, new byte[5]);
        edge.clock.advance(Duration.ofSeconds(20));
        HttpResponse<byte[]> stale = edge.get("/a");
        assertEquals(200, stale.statusCode());
        assertEquals(500, edge.get("/strict").statusCode());
        edge.origin.close();
        assertEquals(502, edge.get("/new").statusCode());
        assertEquals(200, edge.get("/a").statusCode());
    }

    @Test
    void staleWhileRevalidateAnswersAtOnceAndAsksBehind() throws Exception {
        edge.origin.object(
                "/a",
                new byte[10],
                "\"a\"",
                "Cache-Control: max-age=10, stale-while-revalidate=60");
        edge.get("/a");
        edge.clock.advance(Duration.ofSeconds(20));
        assertTrue(EdgeFixture.cacheStatus(edge.get("/a")).contains("hit"));
        while (edge.origin.count("/a") < 2) { // the class's time-out ends it
            Thread.sleep(10);
        }
        assertEquals(2, edge.origin.count("/a"));
    }

    @Test
    void unsafeMethodsGoThroughAndVoidWhatIsStored() throws Exception {
        edge.origin.on("/a", 200, new byte[10], "Cache-Control: max-age=100");
        edge.get("/a");
        assertEquals(200, edge.send("DELETE", "/a").statusCode());
        assertFalse(EdgeFixture.cacheStatus(edge.get("/a")).contains("hit"));
    }

    @Test
    void purgesByAddressPrefixAndAllHoldOverARestart() throws Exception {
        for (String path : new String[] {"/p/a.jpg", "/p/b.jpg", "/q/c.jpg"}) {
            edge.origin.object(path, new byte[200_000], "\"x\"", "Cache-Control: max-age=1000");
            edge.get(path);
        }
        edge.edge().purge(io.millrace.edge.cache.Purges.Kind.URL, "/p/a.jpg");
        edge.restart();
        assertFalse(EdgeFixture.cacheStatus(edge.get("/p/a.jpg")).contains("hit"));
        assertTrue(EdgeFixture.cacheStatus(edge.get("/p/b.jpg")).contains("hit"));
        edge.edge().purge(io.millrace.edge.cache.Purges.Kind.PREFIX, "/p/");
        assertFalse(EdgeFixture.cacheStatus(edge.get("/p/b.jpg")).contains("hit"));
        assertTrue(EdgeFixture.cacheStatus(edge.get("/q/c.jpg")).contains("hit"));
        edge.edge().purge(io.millrace.edge.cache.Purges.Kind.ALL, "*");
        assertFalse(EdgeFixture.cacheStatus(edge.get("/q/c.jpg")).contains("hit"));
    }

    @Test
    void theCacheSurvivesARestart() throws Exception {
        byte[] small = EdgeFixture.bytes(4000, 9);
        byte[] large = EdgeFixture.bytes(4_000_000, 10);
        edge.origin.object("/small", small, "\"s\"", "Cache-Control: max-age=1000");
        edge.origin.object("/large", large, "\"l\"", "Cache-Control: max-age=1000");
        edge.get("/small");
        edge.get("/large");
        edge.restart();
        for (int i = 0; i < 2; i++) {
            HttpResponse<byte[]> hit = edge.get("/small");
            assertTrue(EdgeFixture.cacheStatus(hit).contains("hit"));
            assertArrayEquals(small, hit.body());
            assertArrayEquals(large, edge.get("/large").body());
        }
        assertEquals(1, edge.origin.count("/small"));
        assertEquals(1, edge.origin.count("/large"));
    }

    @Test
    void anAnswerOfUnknownLengthIsStreamedAndKept() throws Exception {
        byte[] body = EdgeFixture.bytes(1_500_000, 11);
        edge.origin.on(
                "/chunked",
                (request, out) -> {
                    out.write(
                            "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
                    for (int at = 0; at < body.length; at += 100_000) {
                        out.write(
                                (Integer.toHexString(100_000) + "\r\n")
                                        .getBytes(StandardCharsets.US_ASCII));
                        out.write(body, at, 100_000);
                        out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
                    }
                    out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                });
        assertArrayEquals(body, edge.get("/chunked").body());
        assertArrayEquals(body, edge.get("/chunked").body());
        edge.restart();
        assertArrayEquals(body, edge.get("/chunked").body());
        assertEquals(1, edge.origin.count("/chunked"));
    }

    @Test
    void anAnswerThatBreaksOffReachesTheViewerAsAnError() throws Exception {
        edge.origin.on(
                "/broken",
                (request, out) -> {
                    out.write(
                            "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 1000000\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
                    out.write(new byte[300_000]);
                    throw new IOException("pulled the plug");
                });
        edge.origin.on(
                "/broken-chunks",
                (request, out) -> {
                    out.write(
                            "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
                    out.write(new byte[100]);
                    out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
                    throw new IOException("pulled the plug");
                });
        assertThrows(IOException.class, () -> edge.get("/broken"));
        assertThrows(IOException.class, () -> edge.get("/broken-chunks"));
        assertThrows(IOException.class, () -> edge.get("/broken-chunks"));
        edge.origin.on("/broken", 200, new byte[1_000_000], "Cache-Control: max-age=60");
        assertEquals(1_000_000, edge.get("/broken").body().length);
    }

    @Test
    void rangesOfAGrowingCameraObjectAreKeptByExactRange() throws Exception {
        byte[] body = EdgeFixture.bytes(300_000, 12);
        edge.origin.on(
                "/_camera/cam1/7.ts",
                (request, out) -> {
                    String[] ends = request.header("range").substring(6).split("-");
                    int from = Integer.parseInt(ends[0]);
                    int to = Integer.parseInt(ends[1]);
                    TestOrigin.send(
                            request,
                            out,
                            206,
                            java.util.Arrays.copyOfRange(body, from, to + 1),
                            "ETag: \"incarnation-7\"",
                            "Cache-Control: max-age=3600, immutable",
                            "Content-Range: bytes " + from + "-" + to + "/*");
                });
        for (int i = 0; i < 2; i++) {
            for (int from : new int[] {0, 1000, 150_000}) {
                HttpResponse<byte[]> part =
                        edge.get(
                                "/_camera/cam1/7.ts",
                                "Range",
                                "bytes=" + from + "-" + (from + 99_999));
                assertEquals(206, part.statusCode());
                assertArrayEquals(
                        java.util.Arrays.copyOfRange(body, from, from + 100_000), part.body());
                assertEquals(
                        "bytes " + from + "-" + (from + 99_999) + "/*",
                        part.headers().firstValue("Content-Range").orElse(""));
                assertEquals(i == 1, EdgeFixture.cacheStatus(part).contains("; hit"));
            }
        }
        assertEquals(3, edge.origin.count("/_camera/cam1/7.ts"));
        edge.edge().purge(io.millrace.edge.cache.Purges.Kind.URL, "/_camera/cam1/7.ts");
        HttpResponse<byte[]> purged = edge.get("/_camera/cam1/7.ts", "Range", "bytes=0-99999");
        assertFalse(EdgeFixture.cacheStatus(purged).contains("; hit"));
    }

    @Test
    void ffmpegReadsAVideoThroughTheEdgeAndSeeksInIt() throws Exception {
        Path video = directory.resolve("in.mp4");
        run(
                "ffmpeg",
                "-v",
                "error",
                "-f",
                "lavfi",
                "-i",
                "testsrc2=s=640x360:d=20",
                "-g",
                "25",
                "-b:v",
                "3M",
                "-pix_fmt",
                "yuv420p",
                video.toString());
        edge.origin.object(
                "/v.mp4",
                java.nio.file.Files.readAllBytes(video),
                "\"v\"",
                "Cache-Control: max-age=60",
                "Content-Type: video/mp4");
        for (int i = 0; i < 2; i++) {
            String seen =
                    run(
                            "ffprobe",
                            "-v",
                            "error",
                            "-count_packets",
                            "-show_entries",
                            "stream=nb_read_packets",
                            "-of",
                            "csv=p=0",
                            edge.uri("/v.mp4").toString());
            assertEquals("500", seen.strip());
            run(
                    "ffmpeg",
                    "-v",
                    "error",
                    "-ss",
                    "15",
                    "-i",
                    edge.uri("/v.mp4").toString(),
                    "-frames:v",
                    "1",
                    "-f",
                    "null",
                    "-");
        }
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), out);
        return out;
    }
}
