package io.millrace.kit.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
final class ChildRunTest {
    @TempDir Path directory;

    @Test
    void outputErrorsAndExitCodeComeBack() {
        var exited =
                assertInstanceOf(ChildResult.Exited.class, sh("echo out; echo err >&2; exit 7"));
        assertEquals(7, exited.exitCode());
        assertEquals("out\n", new String(exited.output(), StandardCharsets.UTF_8));
        assertEquals("err", exited.errors());
    }

    @Test
    void aChildPastItsDeadlineIsKilled() {
        long start = System.nanoTime();
        ChildResult result =
                ChildRun.run(command(List.of("sleep", "20"), 64), Duration.ofMillis(300), 10);
        assertInstanceOf(ChildResult.TimedOut.class, result);
        assertTrue(System.nanoTime() - start < 5_000_000_000L);
    }

    @Test
    void tooMuchOutputEndsTheChild() {
        ChildResult result =
                ChildRun.run(command(List.of("yes"), 64), Duration.ofSeconds(10), 1 << 20);
        assertInstanceOf(ChildResult.TooMuchOutput.class, result);
    }

    @Test
    void processorTimeIsLimited() {
        var exited =
                assertInstanceOf(
                        ChildResult.Exited.class,
                        ChildRun.run(
                                command(List.of("sh", "-c", "while :; do :; done"), 64),
                                Duration.ofSeconds(20),
                                10));
        assertTrue(exited.exitCode() > 128, "a signal ended it");
    }

    @Test
    void memoryIsLimited() {
        var exited =
                assertInstanceOf(
                        ChildResult.Exited.class,
                        sh("x=$(head -c 200000000 /dev/zero | tr '\\0' a)"));
        assertTrue(exited.exitCode() != 0, exited.errors());
    }

    @Test
    void theServersEnvironmentStaysAtHome() {
        var exited = assertInstanceOf(ChildResult.Exited.class, sh("env"));
        String text = new String(exited.output(), StandardCharsets.UTF_8);
        assertTrue(text.contains("GIVEN=1"), text);
        assertTrue(!text.contains("HOME="), text);
    }

    @Test
    void argumentsAreNotShellText() {
        var exited =
                assertInstanceOf(
                        ChildResult.Exited.class,
                        ChildRun.run(
                                command(List.of("printf", "%s", "$(id); `id` \"x\""), 64),
                                Duration.ofSeconds(10),
                                1000));
        assertEquals("$(id); `id` \"x\"", new String(exited.output(), StandardCharsets.UTF_8));
    }

    private ChildResult sh(String script) {
        return ChildRun.run(
                command(List.of("sh", "-c", script), 64), Duration.ofSeconds(15), 1 << 20);
    }

    private ChildCommand command(List<String> command, int megabytes) {
        return new ChildCommand(
                command,
                Map.of("GIVEN", "1"),
                directory,
                new ChildLimits(Duration.ofSeconds(1), (long) megabytes << 20, 0, 32, 5));
    }
}
