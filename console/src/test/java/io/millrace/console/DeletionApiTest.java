package io.millrace.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.PutObject;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many objects go at once, whole buckets too, and no more than whoever asks may delete: all but
 * what lies below {@code kept/}.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeletionApiTest {
    private static ConsoleFixture f;

    @BeforeAll
    static void open(@TempDir Path directory) {
        f = new ConsoleFixture(directory);
        f.access
                .policies()
                .put(
                        "narrow",
                        """
                        {"Version":"1","Statement":[
                        {"Effect":"Allow","Action":"*","Resource":"*"},
                        {"Effect":"Deny","Action":"oss:DeleteObject","Resource":
                        "acs:oss:*:*:films/kept/*"}]}""")
                .orThrow();
        f.access.users().create("ann", null, List.of("narrow")).orThrow();
        String link = f.access.sessions().createLink("ann", Duration.ofMinutes(5)).orThrow();
        f.keep(f.post("/api/session/link", Map.of("link", link)));
    }

    @BeforeEach
    void bucket() {
        f.store.buckets().create("films", "o", BucketAcl.PRIVATE);
    }

    /** Leaves no bucket to the next test. */
    @AfterEach
    void emptied() {
        f.store
                .buckets()
                .get("films")
                .ifPresent(
                        bucket -> {
                            List.of("a", "b", "kept/c", "a b.mp4")
                                    .forEach(k -> f.store.objects().delete("films", k));
                            f.store.buckets().delete("films");
                        });
    }

    @Test
    void aKeyThatIsNoneKeepsTheOthers() {
        put("a");
        for (List<String> keys : List.of(List.of("a", "k".repeat(1025)), List.of("a", ""))) {
            assertEquals(400, f.post("/api/buckets/films/delete", Map.of("keys", keys)).status());
            assertTrue(f.store.objects().head("films", "a").isPresent());
        }
    }

    @Test
    void whoMayNotDeleteTheBucketEmptiesNothing() {
        put("a");
        f.access
                .policies()
                .put(
                        "no-bucket",
                        """
                        {"Version":"1","Statement":[
                        {"Effect":"Allow","Action":"*","Resource":"*"},
                        {"Effect":"Deny","Action":"oss:DeleteBucket","Resource":"*"}]}""")
                .orThrow();
        f.access.users().create("bob", null, List.of("no-bucket")).orThrow();
        signIn("bob");
        try {
            ConsoleFixture.Answer denied =
                    f.post("/api/buckets/films/emptying", Map.of("name", "films"));
            assertEquals(403, denied.status());
            assertTrue(f.store.objects().head("films", "a").isPresent());
        } finally {
            signIn("ann");
        }
    }

    private static void signIn(String user) {
        String link = f.access.sessions().createLink(user, Duration.ofMinutes(5)).orThrow();
        f.keep(f.post("/api/session/link", Map.of("link", link)));
    }

    @AfterAll
    static void close() throws Exception {
        f.close();
    }

    private static void put(String key) {
        f.store.objects().put(PutObject.of("films", key, 5), new ByteArrayInputStream(new byte[5]));
    }

    private static JsonNode ended() throws InterruptedException {
        JsonNode now = f.get("/api/buckets/films/emptying").json();
        while (now.path("state").asText().equals("running")) {
            Thread.sleep(20);
            now = f.get("/api/buckets/films/emptying").json();
        }
        return now;
    }

    @Test
    void chosenObjectsGoAndThoseThatMayNotAreNamed() {
        List.of("a", "b", "kept/c").forEach(DeletionApiTest::put);
        JsonNode done =
                f.post("/api/buckets/films/delete", Map.of("keys", List.of("a", "kept/c", "no")))
                        .json();
        assertEquals(2, done.path("deleted").asInt(), "what is not there is gone, too");
        assertEquals("kept/c", done.at("/refused/0/key").asText());
        JsonNode bucket = f.get("/api/buckets/films").json();
        assertEquals(2, bucket.path("objects").asInt());
        assertEquals(10, bucket.path("bytes").asInt());
        assertEquals(400, f.post("/api/buckets/films/delete", Map.of("keys", List.of())).status());
    }

    @Test
    void aFullBucketGoesWithAllThatItHoldsOnceItsNameIsTyped() throws Exception {
        for (int i = 0; i < 1_100; i++) {
            put("o" + i);
        }
        f.store.uploads().initiate("films", "half", ObjectMetadata.ofType("video/mp4"));
        assertEquals(404, f.get("/api/buckets/films/emptying").status());
        assertEquals(400, f.post("/api/buckets/films/emptying", Map.of("name", "film")).status());
        assertEquals(1_100, f.store.statistics("films").objects());
        ConsoleFixture.Answer begun =
                f.post("/api/buckets/films/emptying", Map.of("name", "films"));
        assertEquals(202, begun.status(), begun.text());
        assertEquals(1_100, begun.json().path("total").asInt());
        JsonNode ended = ended();
        assertEquals("done", ended.path("state").asText(), ended.toString());
        assertEquals(1_100, ended.path("deleted").asInt());
        assertEquals(404, f.get("/api/buckets/films").status());
    }

    @Test
    void whatMayNotBeDeletedKeepsTheBucket() throws Exception {
        List.of("a", "kept/c").forEach(DeletionApiTest::put);
        f.post("/api/buckets/films/emptying", Map.of("name", "films"));
        JsonNode ended = ended();
        assertEquals("failed", ended.path("state").asText());
        assertTrue(ended.path("reason").asText().contains("kept/c"), ended.toString());
        assertTrue(f.store.objects().head("films", "kept/c").isPresent());
        assertEquals(200, f.get("/api/buckets/films").status());
    }

    @Test
    void aLinkLivesAsLongAsIsAskedUpToAWeek() {
        put("a b.mp4");
        Map<String, Object> wanted = Map.of("bucket", "films", "key", "a b.mp4");
        Instant hour = Instant.parse(f.post("/api/links", wanted).json().path("expires").asText());
        assertEquals(3600, Duration.between(f.clock.instant(), hour).toSeconds(), 5);
        for (long seconds : List.of(0L, 604_801L)) {
            Map<String, Object> bad =
                    Map.of("bucket", "films", "key", "a b.mp4", "seconds", seconds);
            assertEquals(400, f.post("/api/links", bad).status());
        }
        JsonNode week =
                f.post(
                                "/api/links",
                                Map.of("bucket", "films", "key", "a b.mp4", "seconds", 604_800))
                        .json();
        assertTrue(week.path("url").asText().contains("/films/a%20b.mp4?auth_key="));
        assertEquals(404, f.post("/api/links", Map.of("bucket", "films", "key", "none")).status());
        URI saved =
                URI.create(
                        f.post(
                                        "/api/origin-url",
                                        Map.of(
                                                "bucket",
                                                "films",
                                                "key",
                                                "a b.mp4",
                                                "download",
                                                true))
                                .json()
                                .path("url")
                                .asText());
        assertTrue(
                saved.getQuery()
                        .contains(
                                "response-content-disposition=attachment;"
                                        + " filename*=UTF-8''a%20b.mp4"),
                saved.getQuery());
    }
}
