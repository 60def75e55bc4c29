package io.millrace.e2e.backup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.e2e.Clients;
import io.millrace.e2e.ClockPicture;
import io.millrace.e2e.ConsoleClient;
import io.millrace.e2e.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.services.s3.S3Client;

/** One stream of a server, recorded: pushed by ffmpeg, played by ffprobe through the edge. */
record LiveStream(ServerProcess server) {
    static final String BUCKET = "recordings";
    private static final String NAME = "power";
    private static final Duration SOON = Duration.ofMinutes(3);

    static LiveStream make(ServerProcess server) {
        try (ConsoleClient console = new ConsoleClient(server.console())) {
            console.post(
                    "/api/streams", "{\"name\":\"%s\",\"bucket\":\"%s\"}".formatted(NAME, BUCKET));
        }
        return new LiveStream(server);
    }

    static LiveStream of(ServerProcess server) {
        return new LiveStream(server);
    }

    /** A publisher that goes on until it is closed. */
    record Push(Process process, Map<String, byte[]> stored) implements AutoCloseable {
        boolean isAlive() {
            return process.isAlive();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    /** Publishes; returns when so many segments are stored, which it names. */
    Push push(int segments) throws Exception {
        List<String> command = new ArrayList<>(ClockPicture.arguments("320x180", 25));
        command.addAll(ClockPicture.encoding(25));
        command.addAll(List.of("-t", "300", "-f", "flv", ingest()));
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try (S3Client s3 =
                Clients.s3(server.object(), ServerProcess.KEY_ID, ServerProcess.SECRET)) {
            for (long end = System.nanoTime() + SOON.toNanos(); System.nanoTime() < end; ) {
                Map<String, byte[]> stored = new TreeMap<>(Restored.objects(s3, BUCKET));
                stored.keySet().removeIf(key -> !key.endsWith(".ts"));
                if (stored.size() >= segments) {
                    return new Push(process, stored);
                }
                Thread.sleep(100);
            }
        }
        process.destroyForcibly();
        throw new AssertionError("no segments are stored: " + server.log());
    }

    private String ingest() {
        try (ConsoleClient console = new ConsoleClient(server.console())) {
            JsonNode stream = console.get("/api/streams/" + NAME);
            return "rtmp://127.0.0.1:%d/live/%s"
                    .formatted(server.rtmpPort(), stream.at("/publish/obsKey").asText());
        }
    }

    private String playlist() {
        try (ConsoleClient console = new ConsoleClient(server.console())) {
            String token =
                    console.post(
                                    "/api/playback",
                                    "{\"stream\":\"%s\",\"seconds\":600}".formatted(NAME))
                            .path("authKey")
                            .asText();
            return server.edge() + "/_live/" + NAME + "/index.m3u8?auth_key=" + token;
        }
    }

    /** Its recording has ended, decodes without an error and is at least so many seconds long. */
    void assertPlaysWhole(int seconds) throws Exception {
        String url = playlist();
        awaitEnd(url);
        Tool probe =
                Tool.run(
                        "ffprobe",
                        "-v",
                        "error",
                        "-show_entries",
                        "format=duration",
                        "-of",
                        "csv=p=0",
                        url);
        assertEquals(0, probe.code(), probe.said());
        double duration = Double.parseDouble(probe.said().strip());
        assertTrue(duration > seconds - 0.5, duration + " s of " + seconds + " segments of 1 s");
        Tool decoded = Tool.run("ffmpeg", "-v", "error", "-i", url, "-f", "null", "-");
        assertEquals(0, decoded.code(), decoded.said());
        assertEquals("", decoded.said());
        System.out.printf("the restored recording plays %.1f s%n", duration);
    }

    private static void awaitEnd(String url) throws Exception {
        String last = "";
        try (HttpClient http = HttpClient.newHttpClient()) {
            for (long end = System.nanoTime() + SOON.toNanos(); System.nanoTime() < end; ) {
                HttpResponse<String> answer = get(http, URI.create(url));
                last = answer.body();
                if (answer.statusCode() == 200) {
                    String media =
                            last.lines().filter(l -> !l.startsWith("#")).findFirst().orElseThrow();
                    last = get(http, URI.create(url).resolve(media)).body();
                    if (last.contains("#EXT-X-ENDLIST")) {
                        return;
                    }
                }
                Thread.sleep(100);
            }
        }
        throw new AssertionError("the recording does not end: " + last);
    }

    private static HttpResponse<String> get(HttpClient http, URI uri) throws Exception {
        return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** What a program said and how it ended. */
    private record Tool(int code, String said) {
        static Tool run(String... command) throws IOException, InterruptedException {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String said =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(1, TimeUnit.MINUTES)) {
                process.destroyForcibly();
            }
            return new Tool(process.exitValue(), said);
        }
    }
}
