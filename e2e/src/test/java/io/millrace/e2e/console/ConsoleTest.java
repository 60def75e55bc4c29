package io.millrace.e2e.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.access.Access;
import io.millrace.app.MillraceServer;
import io.millrace.e2e.Node;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A person's way through the console, in headless Chromium. */
@Tag("realtime")
class ConsoleTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int LARGE_BYTES = 30_000_000;

    @TempDir Path directory;

    @Test
    void aPersonFindsEverythingAndNothingFailsOnTheWay() throws Exception {
        WebPage.build();
        Path image = directory.resolve("picture.png");
        ImageIO.write(
                new BufferedImage(800, 600, BufferedImage.TYPE_INT_RGB), "png", image.toFile());
        Path large = directory.resolve("large.bin");
        byte[] bytes = new byte[LARGE_BYTES];
        new Random(7).nextBytes(bytes);
        Files.write(large, bytes);
        try (MillraceServer server = server()) {
            String link =
                    server.access()
                            .sessions()
                            .createLink(
                                    server.firstStart().orElseThrow().administrator(),
                                    Duration.ofMinutes(10))
                            .orThrow();
            String console = "http://127.0.0.1:" + server.consolePort();
            Map<String, Object> options =
                    Map.of(
                            "console",
                            console,
                            "link",
                            console + "/sign-in?link=" + link,
                            "narrow",
                            console + "/sign-in?link=" + narrowLink(server.access()),
                            "image",
                            image.toString(),
                            "large",
                            large.toString());
            try (Node browser = Node.start("console.mjs", options)) {
                check(browser.finish(LIMIT));
            }
            byte[] stored = new byte[LARGE_BYTES + 1];
            int length =
                    server.store()
                            .objects()
                            .open("e2e-uploads", "large.bin")
                            .orElseThrow()
                            .range(0, LARGE_BYTES)
                            .readNBytes(stored, 0, stored.length);
            assertEquals(LARGE_BYTES, length);
            assertTrue(java.util.Arrays.equals(bytes, 0, length, stored, 0, length));
        }
    }

    /** For somebody who may do all but overwrite the image and write below cameras. */
    private static String narrowLink(Access access) {
        access.policies()
                .put(
                        "narrow",
                        """
                        {"Version":"1","Statement":[
                        {"Effect":"Allow","Action":"*","Resource":"*"},
                        {"Effect":"Deny","Action":"oss:PutObject","Resource":[
                        "acs:oss:*:*:e2e-uploads/picture.png","acs:oss:*:*:e2e-uploads/cameras/*"
                        ]}]}""")
                .orThrow();
        access.users().create("narrow", null, List.of("narrow")).orThrow();
        return access.sessions().createLink("narrow", Duration.ofMinutes(10)).orThrow();
    }

    private static void check(List<JsonNode> events) {
        assertEquals("[]", one(events, "problems").path("problems").toString());
        assertTrue(one(events, "link-spent").path("text").asText().contains("used already"));
        assertEquals(4, one(events, "overview").path("plots").asInt());
        assertEquals("800 × 600", one(events, "probed").path("dimensions").asText());
        assertTrue(one(events, "probed").path("width").asInt() <= 640);
        assertEquals(2, one(events, "resumed").path("before").asInt());
        assertEquals(2, one(events, "resumed").path("after").asInt());
        assertTrue(one(events, "stream").path("line").asText().contains("rtmp://127.0.0.1"));
        assertTrue(one(events, "device").path("code").asText().length() >= 12);
        assertEquals("/outgoing", one(events, "outgoing").path("path").asText());
        JsonNode keys = one(events, "keys");
        assertNotEquals(keys.path("light").asText(), keys.path("dark").asText());
        assertEquals(keys.path("dark").asText(), keys.path("kept").asText());
        assertTrue(keys.path("focused").asBoolean());
        String upload = one(events, "narrow").path("upload").asText();
        assertTrue(upload.contains("You may not write e2e-uploads/picture.png."), upload);
        assertTrue(upload.contains("A policy denies it."), upload);
        for (JsonNode said : one(events, "narrow").path("said")) {
            assertTrue(said.asText().contains("below e2e-uploads/cameras/e2e-cam/"), said.asText());
        }
        assertEquals(401, one(events, "signed-out").path("status").asInt());
    }

    private static JsonNode one(List<JsonNode> events, String kind) {
        List<JsonNode> found = Node.of(events, kind);
        assertEquals(1, found.size(), kind + " in " + events);
        return found.getFirst();
    }

    private MillraceServer server() {
        Map<String, String> settings = new HashMap<>();
        settings.put("data", directory.resolve("data").toString());
        settings.put("bind", "127.0.0.1");
        for (String door : List.of("object", "console", "edge", "rtmp")) {
            settings.put("doors." + door + ".port", "0");
        }
        return MillraceServer.open(settings);
    }
}
