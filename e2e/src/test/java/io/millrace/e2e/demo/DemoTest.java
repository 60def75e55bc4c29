package io.millrace.e2e.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.e2e.Node;
import io.millrace.e2e.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code millrace demo} as a newcomer meets it: the link, the page that shows everything without a
 * click, Ctrl-C.
 */
@Tag("realtime")
class DemoTest {
    @TempDir Path directory;

    @Test
    void theLinkOpensAPageWhereEverythingRuns() throws Exception {
        Path output = directory.resolve("output.txt");
        Process demo = start(output);
        try {
            String link = awaitLink(demo, output);
            try (Node browser = Node.start("demo.mjs", Map.of("link", link, "seconds", 8))) {
                List<JsonNode> events = browser.finish(Duration.ofSeconds(240));
                assertEquals(List.of(), Node.of(events, "pageerror"));
                check(Node.of(events, "demo").getFirst());
                String stranger = Node.of(events, "second-use").getFirst().path("url").asText();
                assertFalse(stranger.endsWith("/demo"), "the link worked twice: " + stranger);
            }
            String text = Files.readString(output);
            for (String line :
                    List.of(
                            "aws --endpoint-url",
                            "OSSClientBuilder",
                            "ffmpeg -re",
                            "stream key",
                            "curl -o small.webp")) {
                assertTrue(text.contains(line), "nothing to paste for: " + line);
            }
            assertCurlLineWorks(text);
        } finally {
            demo.destroy();
            assertTrue(demo.waitFor(2, TimeUnit.MINUTES), "the demo does not stop");
        }
        assertTrue(
                Files.readString(output).contains("Stopped; nothing lost"),
                Files.readString(output));
    }

    private void check(JsonNode demo) {
        assertTrue(demo.path("url").asText().endsWith("/demo"), demo.path("url").asText());
        for (int i = 0; i < 2; i++) {
            double played =
                    demo.path("after").path("videos").path(i).path("time").asDouble()
                            - demo.path("before").path("videos").path(i).path("time").asDouble();
            assertTrue(played > 4, "video " + i + " played only " + played + " s of 8: " + demo);
        }
        long grown =
                demo.path("after").path("bytes").asLong()
                        - demo.path("before").path("bytes").asLong();
        assertTrue(grown > 50_000, "the camera's object grew by " + grown);
        assertTrue(demo.path("live").asText().contains("behind"), demo.path("live").asText());
        assertTrue(
                demo.path("race").asText().contains("ms")
                        && demo.path("race").asText().contains("hit"),
                demo.path("race").asText());
        assertTrue(demo.path("refused").asText().contains("403"), demo.path("refused").asText());
        boolean picture = false;
        for (JsonNode image : demo.path("picture")) {
            picture |= image.path("width").asInt() == 640;
        }
        assertTrue(picture, "no processed picture: " + demo.path("picture"));
    }

    private static void assertCurlLineWorks(String text) throws IOException, InterruptedException {
        Matcher line = Pattern.compile("curl -o small.webp '([^']+)'").matcher(text);
        assertTrue(line.find());
        Process curl =
                new ProcessBuilder(
                                "curl",
                                "-s",
                                "-o",
                                "/dev/null",
                                "-w",
                                "%{http_code} %{content_type}",
                                line.group(1))
                        .start();
        String said =
                new String(
                        curl.getInputStream().readAllBytes(),
                        java.nio.charset.StandardCharsets.UTF_8);
        assertEquals("200 image/webp", said);
    }

    private Process start(Path output) throws IOException {
        int[] ports = ServerProcess.freePorts(4);
        ProcessBuilder builder =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx512m",
                        "-Dmillrace.log.level=WARN",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.millrace.app.Main",
                        "demo",
                        "--data",
                        directory.resolve("data").toString(),
                        "--host",
                        "127.0.0.1",
                        "--yes",
                        "--set",
                        "doors.object.port=" + ports[0],
                        "--set",
                        "doors.console.port=" + ports[1],
                        "--set",
                        "doors.edge.port=" + ports[2],
                        "--set",
                        "doors.rtmp.port=" + ports[3]);
        builder.environment().keySet().removeIf(k -> k.startsWith("MILLRACE_"));
        return builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    }

    private static String awaitLink(Process demo, Path output)
            throws IOException, InterruptedException {
        Pattern pattern = Pattern.compile("http://\\S+/sign-in\\?link=\\S+");
        for (int i = 0; i < 1200 && demo.isAlive(); i++) {
            String text = Files.readString(output);
            Matcher link = pattern.matcher(text);
            if (link.find() && text.contains("Ready in")) {
                return link.group();
            }
            Thread.sleep(100);
        }
        throw new AssertionError("no link:\n" + Files.readString(output));
    }
}
