package io.millrace.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.edge.cache.Purges;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A purge against what was on its way already, and where an answer is said to come from. */
@Timeout(120)
class PurgedFetchesTest {
    @TempDir Path directory;
    EdgeFixture edge;
    final AtomicReference<String> now = new AtomicReference<>("old");

    @BeforeEach
    void open() throws IOException {
        edge = new EdgeFixture(directory);
    }

    @AfterEach
    void close() throws IOException {
        edge.close();
    }

    private CompletableFuture<HttpResponse<String>> ask(String path) {
        return edge.client.sendAsync(
                HttpRequest.newBuilder(edge.uri(path)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** The origin reads its state when asked, and answers when it is let. */
    private CountDownLatch slow(String path, String... headers) {
        CountDownLatch go = new CountDownLatch(1);
        edge.origin.on(
                path,
                (request, out) -> {
                    byte[] state = now.get().getBytes(StandardCharsets.UTF_8);
                    if (now.get().equals("old")) {
                        go.await();
                    }
                    TestOrigin.send(request, out, 200, state, headers);
                });
        return go;
    }

    private void await(java.util.function.BooleanSupplier condition) throws Exception {
        while (!condition.getAsBoolean()) {
            Thread.sleep(5);
        }
    }

    @Test
    void whoAsksAfterAPurgeJoinsNoFetchThatBeganBeforeIt() throws Exception {
        CountDownLatch go = slow("/a", "Cache-Control: max-age=60");
        CompletableFuture<HttpResponse<String>> before = ask("/a");
        await(() -> edge.origin.count("/a") == 1);
        now.set("new");
        edge.edge().purge(Purges.Kind.URL, "/a");
        assertEquals("new", ask("/a").get().body(), "while the old answer is on its way");
        go.countDown();
        assertEquals("old", before.get().body(), "asked before");
        HttpResponse<String> after = ask("/a").get();
        assertEquals("new", after.body());
        assertTrue(EdgeFixture.cacheStatus(after).contains("hit"), "the late answer took no place");
        assertEquals(2, edge.origin.count("/a"));
    }

    @Test
    void whoAsksAfterAPurgeJoinsNoRevalidationThatBeganBeforeIt() throws Exception {
        edge.origin.on("/a", 200, new byte[0], "Cache-Control: max-age=1", "ETag: \"1\"");
        ask("/a").get();
        CountDownLatch go = slow("/a", "Cache-Control: max-age=60", "ETag: \"2\"");
        edge.clock.advance(Duration.ofSeconds(5));
        CompletableFuture<HttpResponse<String>> before = ask("/a");
        await(() -> edge.origin.count("/a") == 2);
        now.set("new");
        edge.edge().purge(Purges.Kind.PREFIX, "/");
        assertEquals("new", ask("/a").get().body());
        go.countDown();
        before.get();
        assertEquals("new", ask("/a").get().body());
    }

    @Test
    void aPurgeCoversAPathHoweverAViewerWroteIt() throws Exception {
        edge.origin.on("/b/a+b", 200, new byte[1], "Cache-Control: max-age=60");
        edge.origin.on("/b/a%2Bb", 200, new byte[1], "Cache-Control: max-age=60");
        for (String path : new String[] {"/b/a+b", "/b/a%2Bb"}) {
            ask(path).get();
            for (String purged : new String[] {"/b/a+b", "/b/a%2Bb"}) {
                edge.edge().purge(Purges.Kind.URL, purged);
                HttpResponse<String> answer = ask(path).get();
                assertTrue(EdgeFixture.cacheStatus(answer).contains("uri-miss"), path);
            }
        }
    }

    @Test
    void aHitIsOnlyWhatNeededNoByteOfTheOrigin() throws Exception {
        byte[] object = EdgeFixture.bytes(3_000_000, 1);
        CountDownLatch go = new CountDownLatch(1);
        edge.origin.on(
                "/a",
                (request, out) -> {
                    out.write(
                            ("HTTP/1.1 200 OK\r\nETag: \"v\"\r\nCache-Control: max-age=60\r\n"
                                            + "Content-Length: 3000000\r\n\r\n")
                                    .getBytes(StandardCharsets.UTF_8));
                    out.write(object, 0, 1_500_000);
                    out.flush();
                    go.await();
                    out.write(object, 1_500_000, 1_500_000);
                    out.flush();
                });
        CompletableFuture<HttpResponse<byte[]>> first =
                edge.client.sendAsync(
                        HttpRequest.newBuilder(edge.uri("/a")).build(),
                        HttpResponse.BodyHandlers.ofByteArray());
        await(() -> edge.origin.count("/a") == 1);
        HttpResponse<java.io.InputStream> follower =
                edge.client.send(
                        HttpRequest.newBuilder(edge.uri("/a")).build(),
                        HttpResponse.BodyHandlers.ofInputStream());
        assertTrue(
                EdgeFixture.cacheStatus(follower).contains("collapsed"),
                EdgeFixture.cacheStatus(follower));
        await(
                () -> {
                    try {
                        return EdgeFixture.cacheStatus(edge.get("/a", "Range", "bytes=0-99"))
                                .contains("hit");
                    } catch (IOException | InterruptedException e) {
                        return false;
                    }
                });
        go.countDown();
        follower.body().readAllBytes();
        first.get();
        await(() -> edge.counter("misses") == 2);
        double hits = edge.counter("hits");
        assertTrue(EdgeFixture.cacheStatus(edge.get("/a")).contains("hit"));
        await(() -> edge.counter("hits") == hits + 1);
    }

    @Test
    void aPartOfWhichChunksAreMissingIsNoHit() throws Exception {
        byte[] object = EdgeFixture.bytes(3_000_000, 1);
        edge.origin.object("/a", object, "\"v\"", "Cache-Control: max-age=60");
        edge.get("/a", "Range", "bytes=0-99");
        assertTrue(EdgeFixture.cacheStatus(edge.get("/a", "Range", "bytes=5-9")).contains("hit"));
        HttpResponse<byte[]> whole = edge.get("/a");
        assertTrue(EdgeFixture.cacheStatus(whole).startsWith("millrace; fwd=partial"));
        await(() -> edge.counter("hits") == 1 && edge.counter("misses") == 2);
        assertTrue(EdgeFixture.cacheStatus(edge.get("/a")).contains("hit"));
    }

    @Test
    void whoWaitedForAnothersFetchHadNoHit() throws Exception {
        CountDownLatch go = slow("/a", "Cache-Control: max-age=60");
        CompletableFuture<HttpResponse<String>> first = ask("/a");
        await(() -> edge.origin.count("/a") == 1);
        CompletableFuture<HttpResponse<String>> second = ask("/a");
        await(() -> edge.counter("requests") == 2);
        go.countDown();
        first.get();
        assertTrue(EdgeFixture.cacheStatus(second.get()).contains("collapsed"));
        await(() -> edge.counter("misses") == 2);
        assertEquals(0, edge.counter("hits"));
    }
}
