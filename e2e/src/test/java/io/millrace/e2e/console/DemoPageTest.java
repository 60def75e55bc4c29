package io.millrace.e2e.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.e2e.Node;
import io.millrace.e2e.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code millrace demo}, and what its page shows without a click. */
@Tag("realtime")
class DemoPageTest {
    private static final Pattern LINK = Pattern.compile("http://\\S+/sign-in\\?link=\\S+");
    private static final int WATCHED_SECONDS = 10;

    @TempDir Path directory;

    @Test
    void theDemoShowsEverythingWithoutAClick() throws Exception {
        WebPage.build();
        Path log = directory.resolve("demo.log");
        Process demo = start(log);
        try {
            String link = link(demo, log);
            Map<String, Object> options = Map.of("link", link, "seconds", WATCHED_SECONDS);
            try (Node browser = Node.start("demopage.mjs", options)) {
                check(browser.finish(Duration.ofMinutes(4)));
            }
            demo.destroy();
            assertTrue(demo.waitFor(2, TimeUnit.MINUTES), "the demo did not stop");
            assertTrue(Files.readString(log).contains("nothing lost"), Files.readString(log));
        } finally {
            demo.descendants().forEach(ProcessHandle::destroyForcibly);
            demo.destroyForcibly();
        }
    }

    private static void check(List<JsonNode> events) {
        assertEquals("[]", one(events, "problems").path("problems").toString());
        for (String picture : List.of("live", "camera")) {
            JsonNode seen = one(events, "watched").path(picture);
            assertTrue(seen.path("seconds").asDouble() > WATCHED_SECONDS * 0.6, picture + seen);
            assertTrue(seen.path("delay").asDouble() < 10, picture + seen);
        }
        JsonNode camera = one(events, "watched").path("camera");
        assertTrue(camera.path("bytesAfter").asLong() > camera.path("bytesBefore").asLong());
        JsonNode picture = one(events, "picture");
        assertEquals("[320,400]", picture.path("second").toString());
        assertTrue(picture.path("url").asText().contains("format,jpg"), picture.toString());
        JsonNode race = one(events, "race");
        assertTrue(race.path("after").asInt() > race.path("before").asInt(), race.toString());
        String refused = one(events, "refused").path("text").asText();
        assertTrue(refused.contains("403 Forbidden") && refused.contains("auth_key"), refused);
    }

    private static JsonNode one(List<JsonNode> events, String kind) {
        List<JsonNode> found = Node.of(events, kind);
        assertEquals(1, found.size(), kind + " in " + events);
        return found.getFirst();
    }

    private Process start(Path log) throws IOException {
        int[] ports = ServerProcess.freePorts(4);
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-Xmx512m",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-cp",
                                System.getProperty("java.class.path"),
                                "io.millrace.app.Main",
                                "demo",
                                "--data",
                                directory.resolve("data").toString()));
        String[] settings = {
            "bind=127.0.0.1",
            "public-host=127.0.0.1",
            "doors.object.port=" + ports[0],
            "doors.console.port=" + ports[1],
            "doors.edge.port=" + ports[2],
            "doors.rtmp.port=" + ports[3],
        };
        for (String setting : settings) {
            command.addAll(List.of("--set", setting));
        }
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(k -> k.startsWith("MILLRACE_"));
        return builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    }

    private static String link(Process demo, Path log) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(150);
        while (System.nanoTime() < end && demo.isAlive()) {
            String text = Files.readString(log);
            Matcher link = LINK.matcher(text);
            if (text.contains("Ready in") && link.find()) {
                return link.group();
            }
            Thread.sleep(200);
        }
        throw new AssertionError("the demo did not become ready:\n" + Files.readString(log));
    }
}
