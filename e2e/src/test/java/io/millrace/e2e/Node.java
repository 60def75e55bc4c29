package io.millrace.e2e;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** Runs a script of {@code e2e/web} with Node; its output is one JSON object a line. */
public final class Node implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final List<JsonNode> events = new CopyOnWriteArrayList<>();
    private final List<String> other = new CopyOnWriteArrayList<>();
    private final Thread reader;

    private Node(Process process) {
        this.process = process;
        this.reader = Thread.ofPlatform().daemon().start(this::read);
    }

    /** Starts {@code node SCRIPT '{options as JSON}'}. */
    public static Node start(String script, Map<String, ?> options) {
        Path web = Files.isDirectory(Path.of("web")) ? Path.of("web") : Path.of("e2e", "web");
        try {
            return new Node(
                    new ProcessBuilder("node", script, JSON.writeValueAsString(options))
                            .directory(web.toFile())
                            .redirectErrorStream(true)
                            .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read() {
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                try {
                    events.add(JSON.readTree(line));
                } catch (JsonProcessingException e) {
                    other.add(line);
                }
            }
        } catch (IOException e) {
            other.add(e.toString());
        }
    }

    /** Sends a line to its standard input. */
    public void send(String line) {
        try {
            process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until it has said something of a kind. */
    public JsonNode await(String kind, Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        while (System.nanoTime() < end) {
            List<JsonNode> found = of(events, kind);
            if (!found.isEmpty()) {
                return found.getFirst();
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        throw new AssertionError("no '" + kind + "' within " + limit + ": " + this);
    }

    /** Waits for its end; fails when it takes longer or ends badly. */
    public List<JsonNode> finish(Duration limit) {
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                close();
                throw new AssertionError("the script took longer than " + limit + ": " + this);
            }
            reader.join(2_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (process.exitValue() != 0) {
            throw new AssertionError("the script failed: " + this);
        }
        return List.copyOf(events);
    }

    /** What it has said so far. */
    public List<JsonNode> events() {
        return List.copyOf(events);
    }

    /** The events of one kind. */
    public static List<JsonNode> of(List<JsonNode> events, String kind) {
        return events.stream().filter(e -> e.path("event").asText().equals(kind)).toList();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    @Override
    public String toString() {
        return events + "\n" + String.join("\n", other);
    }
}
