package io.millrace.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.gateway.api.Dialect;
import io.millrace.testkit.FakeExchange;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a browser might run of what somebody stored is sandboxed; media are not. */
class StoredPagesTest {
    private static final List<String> ACTIVE =
            List.of(
                    "text/html",
                    "TEXT/HTML",
                    " text/html",
                    "text/html ; charset=utf-8",
                    "text/html;charset=\"utf-8, x\"",
                    "application/xhtml+xml",
                    "image/svg+xml",
                    "Image/SVG+XML; a=b",
                    "text/xml",
                    "application/xml",
                    "application/atom+xml",
                    "video/x+xml",
                    "text/xsl",
                    "multipart/x-mixed-replace; boundary=b",
                    "multipart/related",
                    "message/rfc822",
                    // Browsers take the last of a list.
                    "image/png, text/html",
                    "image/png;a=b,text/html",
                    "text/html,image/png",
                    "image",
                    "/",
                    "*/*",
                    "nothing");

    private static final List<String> PASSIVE =
            List.of(
                    "image/png",
                    "IMAGE/JPEG",
                    "image/webp; q=1",
                    "video/mp4",
                    "video/mp2t",
                    "audio/mpeg",
                    "font/woff2",
                    "application/pdf",
                    "application/octet-stream",
                    "application/vnd.apple.mpegurl",
                    "text/plain; charset=utf-8");

    @TempDir Path directory;

    @Test
    void aTypeThatABrowserRunsIsSandboxedAndAMediaTypeIsNot() throws Exception {
        try (InnerDoor door = new InnerDoor(directory)) {
            door.ask(Dialect.S3, "PUT", "/pages", "");
            for (Dialect dialect : Dialect.values()) {
                for (String type : ACTIVE) {
                    check(door, dialect, type, true);
                }
                for (String type : PASSIVE) {
                    check(door, dialect, type, false);
                }
                door.ask(dialect, "PUT", "/pages/untyped", "x");
                assertNull(policy(door.ask(dialect, "GET", "/pages/untyped", "")));
            }
        }
    }

    private static void check(InnerDoor door, Dialect dialect, String type, boolean active)
            throws Exception {
        Map<String, String> typed = Map.of("Content-Type", type);
        FakeExchange put = door.ask(InnerDoor.ROOT, dialect, "PUT", "/pages/p", "0123", typed);
        assertEquals(200, put.status(), put.answerText());
        for (String method : List.of("GET", "HEAD")) {
            verify(door.ask(dialect, method, "/pages/p", ""), type, active);
        }
        Map<String, String> range = Map.of("Range", "bytes=1-2");
        verify(door.ask(InnerDoor.ROOT, dialect, "GET", "/pages/p", "", range), type, active);

        // What the object is called by whoever asks counts, not what it was stored as.
        String other = active ? "image/png" : "text/html";
        door.ask(InnerDoor.ROOT, dialect, "PUT", "/pages/o", "0", Map.of("Content-Type", other));
        String query =
                "?response-content-type="
                        + URLEncoder.encode(type, StandardCharsets.UTF_8).replace("+", "%20");
        verify(door.ask(dialect, "GET", "/pages/o" + query, ""), type, active);
    }

    private static void verify(FakeExchange answer, String type, boolean active) {
        assertTrue(answer.status() == 200 || answer.status() == 206, type + answer.answerText());
        assertEquals("nosniff", answer.answerHeader("X-Content-Type-Options"));
        String policy = policy(answer);
        if (active) {
            assertTrue(policy != null && policy.startsWith("sandbox; default-src 'none'"), type);
        } else {
            assertNull(policy, type);
        }
    }

    private static String policy(FakeExchange answer) {
        return answer.answerHeader("Content-Security-Policy");
    }
}
