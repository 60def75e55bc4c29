package io.millrace.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionTest {
    private ConsoleFixture f;

    @BeforeEach
    void open(@TempDir Path directory) {
        f = new ConsoleFixture(directory);
    }

    @AfterEach
    void close() throws Exception {
        f.close();
    }

    @Test
    void aPasswordOpensASessionWithAStrictCookie() {
        assertEquals(401, f.get("/api/me").status());
        ConsoleFixture.Answer in =
                f.post(
                        "/api/session",
                        Map.of("user", f.first.administrator(), "password", f.first.password()));
        assertEquals(200, in.status());
        String cookie = in.headers().firstValue("Set-Cookie").orElseThrow();
        assertTrue(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), cookie);
        f.keep(in);
        ConsoleFixture.Answer me = f.get("/api/me");
        assertEquals(f.first.administrator(), me.json().path("name").asText());
        assertEquals("http://127.0.0.1:8080", me.json().path("doors").path("edge").asText());
    }

    @Test
    void aWrongPasswordIsRefusedAndThenSlowedDown() {
        int status = 0;
        for (int i = 0; i < 40 && status != 429; i++) {
            status =
                    f.post("/api/session", Map.of("user", "nobody", "password", "wrong " + i))
                            .status();
            assertTrue(status == 401 || status == 429, "status " + status);
        }
        assertEquals(429, status);
    }

    @Test
    void aChangeNeedsTheTokenOfTheSession() {
        f.signIn();
        Map<String, String> bucket = Map.of("name", "photos");
        ConsoleFixture.Answer refused =
                f.call("POST", "/api/buckets", bucket, "Millrace-Csrf", "guess");
        assertEquals(403, refused.status());
        assertEquals("Csrf", refused.json().path("code").asText());
        assertEquals(201, f.post("/api/buckets", bucket).status());
    }

    @Test
    void aCookieAloneChangesNothing() {
        f.signIn();
        String csrf = f.csrf;
        for (String given : new String[] {null, "", " ", csrf + "0", csrf.substring(1)}) {
            f.csrf = given;
            for (String[] change :
                    new String[][] {
                        {"POST", "/api/buckets"},
                        {"DELETE", "/api/buckets/photos"},
                        {"DELETE", "/api/session"}
                    }) {
                ConsoleFixture.Answer refused =
                        f.call(change[0], change[1], Map.of("name", "photos"));
                assertEquals(403, refused.status(), change[1] + " with " + given);
                assertEquals("Csrf", refused.json().path("code").asText());
            }
        }
        f.csrf = csrf;
        assertEquals(200, f.get("/api/me").status());
        assertEquals(201, f.post("/api/buckets", Map.of("name", "photos")).status());
    }

    @Test
    void anotherSitesPageChangesNothing() {
        f.signIn();
        ConsoleFixture.Answer refused =
                f.call(
                        "POST",
                        "/api/buckets",
                        Map.of("name", "photos"),
                        "Origin",
                        "https://evil.example");
        assertEquals(403, refused.status());
        assertEquals("CrossSite", refused.json().path("code").asText());
    }

    @Test
    void lookingAtALinkDoesNotSpendItAndUsingItDoes() {
        String link =
                f.access
                        .sessions()
                        .createLink(f.first.administrator(), Duration.ofMinutes(10))
                        .orThrow();
        assertEquals(200, f.get("/sign-in?link=" + link).status());
        assertEquals(200, f.get("/sign-in?link=" + link).status());
        ConsoleFixture.Answer in = f.post("/api/session/link", Map.of("link", link));
        assertEquals(200, in.status());
        assertEquals("/", in.json().path("next").asText());
        f.keep(in);
        assertEquals(200, f.get("/api/me").status());
        f.cookie = null;
        assertEquals(401, f.post("/api/session/link", Map.of("link", link)).status());
    }

    @Test
    void signingOutEndsTheSession() {
        f.signIn();
        assertEquals(200, f.call("DELETE", "/api/session", null).status());
        assertEquals(401, f.get("/api/me").status());
    }

    @Test
    void aBodyHasABound() {
        f.signIn();
        String big = "x".repeat(Call.MAX_BODY_BYTES);
        assertEquals(413, f.post("/api/buckets", Map.of("name", big)).status());
    }

    @Test
    void thePageHasItsHeadersAndOnlyTheEmbeddedOneMayBeFramed() {
        ConsoleFixture.Answer page = f.get("/buckets/some");
        assertEquals(200, page.status());
        assertTrue(page.text().contains("test page"));
        String policy = page.headers().firstValue("Content-Security-Policy").orElseThrow();
        assertTrue(policy.contains("frame-ancestors 'none'"), policy);
        assertTrue(policy.contains("connect-src 'self' http://127.0.0.1:8080"), policy);
        assertFalse(policy.contains("unsafe"), policy);
        assertEquals("nosniff", page.headers().firstValue("X-Content-Type-Options").orElse(""));
        assertEquals("no-cache", page.headers().firstValue("Cache-Control").orElse(""));
        ConsoleFixture.Answer embed = f.get("/embed/live/demo");
        assertTrue(
                embed.headers()
                        .firstValue("Content-Security-Policy")
                        .orElseThrow()
                        .contains("frame-ancestors *"));
        ConsoleFixture.Answer asset = f.get("/assets/page-test.js");
        assertTrue(asset.headers().firstValue("Cache-Control").orElse("").contains("immutable"));
        assertEquals(404, f.get("/assets/none.js").status());
        assertEquals(404, f.get("/assets/../../secret").status());
        assertEquals("fine", f.get("/healthz").text());
    }
}
