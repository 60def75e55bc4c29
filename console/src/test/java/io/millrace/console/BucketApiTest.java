package io.millrace.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.store.buckets.BucketAcl;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose a bucket is, and what is said of settings that can't be read. */
class BucketApiTest {
    private static ConsoleFixture f;

    @BeforeAll
    static void open(@TempDir Path directory) {
        f = new ConsoleFixture(directory);
        f.signIn();
    }

    @AfterAll
    static void close() throws Exception {
        f.close();
    }

    @Test
    void anOwnerIsToldByName() {
        f.access.users().create("ann", null, List.of()).orThrow();
        String ann = f.access.users().get("ann").orElseThrow().id();
        Map<String, String> owners =
                Map.of("by-ann", ann, "by-root", f.access.root().id(), "by-nobody", "u-gone");
        owners.forEach((name, id) -> f.store.buckets().create(name, id, BucketAcl.PRIVATE));
        assertEquals(201, f.post("/api/buckets", Map.of("name", "by-me")).status());
        JsonNode all = f.get("/api/buckets").json().path("buckets");
        assertEquals("ann", named(all, "by-ann"));
        assertEquals("root", named(all, "by-root"));
        assertEquals("u-gone", named(all, "by-nobody"));
        assertEquals(f.first.administrator(), named(all, "by-me"));
        assertEquals("ann", f.get("/api/buckets/by-ann").json().path("ownerName").asText());
    }

    private static String named(JsonNode all, String name) {
        for (JsonNode bucket : all) {
            if (bucket.path("name").asText().equals(name)) {
                return bucket.path("ownerName").asText();
            }
        }
        throw new AssertionError(name + " is not among " + all);
    }

    @Test
    void whatIsWrongWithSomebodysJsonIsToldByItsPlace() {
        f.store.buckets().create("photos", "o", BucketAcl.PRIVATE);
        assertEquals("rules is to be a list.", refused("{\"rules\": {\"origins\": \"*\"}}"));
        assertEquals(
                "rules[0].origins is to be a list.",
                refused("{\"rules\": [{\"origins\": \"*\", \"methods\": [\"GET\"]}]}"));
        assertEquals(
                "rules[1].maxAgeSeconds is to be a number.",
                refused("{\"rules\": [{}, {\"maxAgeSeconds\": \"long\"}]}"));
        assertEquals(
                "rules[0].methods[0] is to be a text.",
                refused("{\"rules\": [{\"methods\": [{}]}]}"));
        assertEquals("The body is to be an object.", refused("[]"));
        assertTrue(refused("{\"rules\": ").startsWith("The body is no JSON (line 1, column "));
        assertEquals(
                "The body is nested too deep, or holds too long a text.",
                refused("{\"other\": " + "[".repeat(40)));
    }

    private String refused(String body) {
        ConsoleFixture.Answer answer =
                f.raw(
                        "PUT",
                        "/api/buckets/photos/cors",
                        List.of(
                                Map.entry("Cookie", String.valueOf(f.cookie)),
                                Map.entry("Millrace-Csrf", String.valueOf(f.csrf))),
                        body.getBytes(StandardCharsets.UTF_8));
        assertEquals(400, answer.status(), answer.text());
        String text = answer.json().path("message").asText();
        for (String javas : List.of("java.", "`", "io.millrace", "Deserializ", "REDACTED")) {
            assertFalse(text.contains(javas), text);
        }
        return text;
    }
}
