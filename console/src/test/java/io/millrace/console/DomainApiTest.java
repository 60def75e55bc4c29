package io.millrace.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.store.buckets.BucketAcl;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a domain opens, whom it serves in place of, and what its edges say of themselves. */
class DomainApiTest {
    private static ConsoleFixture f;

    @BeforeAll
    static void open(@TempDir Path directory) {
        f = new ConsoleFixture(directory);
        f.signIn();
        f.store.buckets().create("secret", "o", BucketAcl.PRIVATE);
        f.store.buckets().create("open", "o", BucketAcl.PUBLIC_READ);
    }

    @AfterAll
    static void close() throws Exception {
        f.close();
    }

    private static Map<String, Object> domain(String host, Map<String, String> origin) {
        return new HashMap<>(Map.of("host", host, "origin", origin));
    }

    private static Map<String, String> bucket(String name) {
        return Map.of("type", "bucket", "bucket", name);
    }

    @Test
    void nothingPrivateIsOpenedToAnyoneUnlessThatIsSaid() {
        List<Map<String, String>> origins =
                List.of(
                        bucket("secret"),
                        bucket("not-made-yet"),
                        Map.of("type", "stream", "stream", "show"),
                        Map.of("type", "camera", "device", "gate"));
        for (Map<String, String> origin : origins) {
            Map<String, Object> asked = domain("img.example.com", origin);
            ConsoleFixture.Answer silent = f.post("/api/domains", asked);
            assertEquals(400, silent.status(), silent.text());
            assertEquals("OpensToAnyone", silent.json().path("code").asText());
            assertTrue(silent.json().path("hint").asText().contains("anyone"), silent.text());
            assertEquals(0, domains());
            asked.put("anyone", true);
            assertEquals(201, f.post("/api/domains", asked).status());
            f.call("DELETE", "/api/domains/img.example.com", null);
        }
    }

    @Test
    void whatAnyoneMayReadAnywayNeedsNoWord() {
        assertEquals(
                201, f.post("/api/domains", domain("img.example.com", bucket("open"))).status());
        ConsoleFixture.Answer other =
                f.call(
                        "PUT",
                        "/api/domains/img.example.com",
                        domain("img.example.com", bucket("secret")));
        assertEquals(400, other.status(), other.text());
        Map<String, Object> said = domain("img.example.com", bucket("secret"));
        said.put("anyone", true);
        assertEquals(200, f.call("PUT", "/api/domains/img.example.com", said).status());
        said.remove("anyone");
        said.put("ttlSeconds", 60);
        assertEquals(
                200,
                f.call("PUT", "/api/domains/img.example.com", said).status(),
                "it stays as open as it was");
        f.call("DELETE", "/api/domains/img.example.com", null);
    }

    @Test
    void aDomainThatAsksForNoProofAnyMoreOpensToAnyone() {
        Map<String, Object> proven = domain("proven.example.com", bucket("secret"));
        proven.put("auth", Map.of("type", "A", "key", "k".repeat(32), "validitySeconds", 600));
        assertEquals(201, f.post("/api/domains", proven).status());
        Map<String, Object> open = domain("proven.example.com", bucket("secret"));
        ConsoleFixture.Answer silent = f.call("PUT", "/api/domains/proven.example.com", open);
        assertEquals(400, silent.status(), silent.text());
        open.put("anyone", true);
        assertEquals(200, f.call("PUT", "/api/domains/proven.example.com", open).status());
        f.call("DELETE", "/api/domains/proven.example.com", null);
    }

    @Test
    void noDomainTakesThePlaceOfTheDefaultOne() {
        for (String own :
                List.of("media.example.com", "MEDIA.example.com", "localhost", "127.0.0.1")) {
            ConsoleFixture.Answer refused = f.post("/api/domains", domain(own, bucket("open")));
            assertEquals(409, refused.status(), refused.text());
            assertEquals("OwnName", refused.json().path("code").asText());
            assertTrue(refused.json().path("hint").asText().contains("DNS"), refused.text());
        }
        assertEquals(0, domains());
    }

    private static int domains() {
        return f.get("/api/domains").json().path("domains").size();
    }

    @Test
    void tlsIsSaidToListenWhereAnEdgeSaysSo() {
        assertFalse(f.get("/api/domains").json().path("tls").asBoolean(true));
        report("one", false);
        report("two", true);
        JsonNode both = f.get("/api/domains").json();
        assertTrue(both.path("tls").asBoolean());
        assertFalse(both.at("/edges/0/tls").asBoolean());
        f.clock.advance(Duration.ofSeconds(5));
        report("one", false);
        JsonNode one = f.get("/api/domains").json();
        assertFalse(one.path("tls").asBoolean(), "the edge that listened is silent");
        assertTrue(one.at("/edges/0/alive").asBoolean());
        assertFalse(one.at("/edges/1/alive").asBoolean());
    }

    private static void report(String edge, boolean tls) {
        assertEquals(
                200,
                f.signed(
                                f.access.serviceKey("edge"),
                                "POST",
                                "/api/edge/report",
                                Map.of("edge", edge, "tls", tls, "domains", List.of()))
                        .status());
    }
}
