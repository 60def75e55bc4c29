package io.millrace.e2e.objects;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** A command-line client from the machine's packages, run as people run it. */
final class Tool {
    private static final long LIMIT_SECONDS = 120;

    private final Path directory;
    private final List<String> command;
    private final Map<String, String> environment = new HashMap<>();

    private Tool(Path directory, List<String> command) {
        this.directory = directory;
        this.command = command;
    }

    /** The tool with the arguments that every call has; the test is skipped where it is absent. */
    static Tool find(Path directory, String name, String... always) {
        Assumptions.assumeTrue(onPath(name), name + " is not installed on this machine");
        List<String> command = new ArrayList<>();
        command.add(name);
        command.addAll(List.of(always));
        return new Tool(directory, command);
    }

    private static boolean onPath(String name) {
        String path = System.getenv("PATH");
        for (String place : (path == null ? "" : path).split(File.pathSeparator)) {
            if (Files.isExecutable(Path.of(place, name))) {
                return true;
            }
        }
        return false;
    }

    Tool with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** Runs the tool; it must succeed. Answers what it printed. */
    String run(String... arguments) throws Exception {
        Result result = result(arguments);
        assertEquals(0, result.status(), String.join(" ", arguments) + "\n" + result.output());
        return result.output();
    }

    /** Runs the tool; it must fail and say so. */
    void refused(String text, String... arguments) throws Exception {
        Result result = result(arguments);
        assertTrue(result.status() != 0, "succeeded: " + String.join(" ", arguments));
        assertTrue(result.output().contains(text), result.output());
    }

    private record Result(int status, String output) {}

    private Result result(String... arguments) throws IOException, InterruptedException {
        List<String> whole = new ArrayList<>(command);
        whole.addAll(List.of(arguments));
        Path output = Files.createTempFile(directory, "tool", ".out");
        ProcessBuilder builder =
                new ProcessBuilder(whole)
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("AWS_"));
        builder.environment().putAll(environment);
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().put("HOME", directory.toString());
        Process process = builder.start();
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("still running: " + whole + "\n" + Files.readString(output));
        }
        String text = new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
        Files.delete(output);
        return new Result(process.exitValue(), text);
    }
}
