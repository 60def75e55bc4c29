package io.millrace.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.media.MediaOptions;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.objects.PutObject;
import io.millrace.work.outgoing.Sender;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong with any part stands on the overview, and goes when it is over. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConcernsTest {
    private ConsoleFixture f;

    @BeforeEach
    void open(@TempDir Path directory) {
        MediaOptions standard = MediaOptions.defaults();
        f =
                new ConsoleFixture(
                        directory,
                        new MediaOptions(
                                1,
                                1,
                                standard.queue(),
                                standard.imageDeadline(),
                                standard.videoDeadline(),
                                standard.libvips(),
                                directory.resolve("no-ffmpeg").toString()));
        f.signIn();
    }

    @AfterEach
    void close() throws Exception {
        f.close();
    }

    private List<JsonNode> concerns(String kind) {
        JsonNode all = f.get("/api/overview").json().path("concerns");
        return StreamSupport.stream(all.spliterator(), false)
                .filter(c -> c.path("kind").asText().equals(kind))
                .toList();
    }

    private JsonNode await(String kind, Predicate<List<JsonNode>> holds) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(90).toNanos();
        List<JsonNode> found = concerns(kind);
        while (!holds.test(found)) {
            assertTrue(System.nanoTime() < end, kind + ": " + found);
            Thread.sleep(50);
            found = concerns(kind);
        }
        return found.isEmpty() ? f.get("/api/overview").json() : found.getFirst();
    }

    @Test
    void whatFailsIsToldWithWhyAndWhereToLook() throws Exception {
        JsonNode media = await("media", found -> !found.isEmpty());
        assertEquals("Videos are neither probed nor cut.", media.path("title").asText());
        assertTrue(media.path("text").asText().contains("apt-get install ffmpeg"), "" + media);
        assertEquals(List.of(), concerns("edge"));
        report();
        f.clock.advance(Duration.ofSeconds(5));
        JsonNode edge = await("edge", found -> !found.isEmpty());
        assertEquals("The edge gone reports no more.", edge.path("title").asText());
        assertEquals("/domains", edge.path("link").asText());
        report();
        await("edge", List::isEmpty);

        f.sender.test(Sender.EVENTS);
        JsonNode hook = await("outgoing", found -> !found.isEmpty());
        assertTrue(hook.path("severe").asBoolean());
        assertEquals("/outgoing", hook.path("link").asText());
        assertTrue(hook.path("text").asText().startsWith("http://127.0.0.1:1/"), "" + hook);

        f.store.buckets().create("films", "o", BucketAcl.PRIVATE);
        byte[] broken = "\u0000\u0000\u0000\u0018ftypisom but no film follows".getBytes();
        f.store
                .objects()
                .put(
                        PutObject.of("films", "a b.mp4", broken.length),
                        new ByteArrayInputStream(broken));
        JsonNode probe = await("probe", found -> !found.isEmpty());
        assertEquals("/buckets/films?object=a%20b.mp4", probe.path("link").asText());
        assertTrue(probe.path("title").asText().contains("films/a b.mp4"), "" + probe);
        f.store.objects().delete("films", "a b.mp4");
        await("probe", List::isEmpty);
    }

    private void report() {
        assertEquals(
                200,
                f.signed(
                                f.access.serviceKey("edge"),
                                "POST",
                                "/api/edge/report",
                                Map.of("edge", "gone", "domains", List.of()))
                        .status());
    }
}
