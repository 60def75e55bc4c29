package io.millrace.e2e.time;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.app.MillraceServer;
import io.millrace.e2e.ServerProcess;
import io.millrace.testkit.TestClock;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Somebody sets the wall clock, ten minutes ahead and back, while a stream, cameras and tokens run.
 */
@Execution(ExecutionMode.CONCURRENT) // they wait more than they work
class SteppedClockTest {
    private static final Duration TEN_MINUTES = Duration.ofMinutes(10);

    @TempDir Path directory;

    @Test
    void aClockThatATestMovesFreezesNoPlaylistHidesNoCameraAndRevivesNoToken() throws Exception {
        TestClock clock = TestClock.running();
        Map<String, String> settings = new HashMap<>();
        settings.put("data", directory.resolve("data").toString());
        settings.put("bind", "127.0.0.1");
        settings.put("root-key", ServerProcess.KEY_ID + ":" + ServerProcess.SECRET);
        settings.put("live.segment", "1s");
        for (String door : new String[] {"object", "console", "edge", "rtmp"}) {
            settings.put("doors." + door + ".port", "0");
        }
        try (MillraceServer server = MillraceServer.open(settings, clock.clocks());
                ClockSteps steps =
                        new ClockSteps(
                                address(server.objectPort()),
                                address(server.consolePort()),
                                address(server.edgePort()),
                                server.rtmpPort(),
                                directory)) {
            String over = steps.expiredToken();
            String good = steps.token(1800);
            hold(steps, "before", over, good);
            clock.stepWall(TEN_MINUTES.negated());
            hold(steps, "after-a-step-back", over, good);
            clock.stepWall(TEN_MINUTES.multipliedBy(2));
            hold(steps, "after-a-step-ahead", over, good);
            clock.stepWall(TEN_MINUTES.negated());
            hold(steps, "after-its-correction", over, good);
        }
    }

    @Test
    void aServerWhoseMachineIsSetTenMinutesAheadAndBackDoesTheSame() throws Exception {
        Path time = directory.resolve("faketime");
        Files.writeString(time, "+0");
        Map<String, String> environment =
                Map.of(
                        "LD_PRELOAD", faketime().toString(),
                        "FAKETIME_TIMESTAMP_FILE", time.toString(),
                        "FAKETIME_CACHE_DURATION", "1",
                        "FAKETIME_DONT_FAKE_MONOTONIC", "1",
                        "DONT_FAKE_MONOTONIC", "1");
        try (ServerProcess server =
                        ServerProcess.start(
                                directory.resolve("data"), environment, "live.segment=1s");
                ClockSteps steps =
                        new ClockSteps(
                                server.object(),
                                server.console(),
                                server.edge(),
                                server.rtmpPort(),
                                directory)) {
            String over = steps.expiredToken();
            String good = steps.token(1800);
            hold(steps, "faketime-before", over, good);
            set(server, time, "-600");
            hold(steps, "faketime-back", over, good);
            set(server, time, "+600");
            hold(steps, "faketime-ahead", over, good);
        }
    }

    private static void hold(ClockSteps steps, String when, String over, String good)
            throws Exception {
        assertFalse(steps.good(over), when + ": a token is good beyond its time");
        assertTrue(steps.good(good), when + ": a token is refused before its time");
        steps.assertThePlaylistIsFresh(when);
        steps.assertANewCameraPlays(when);
        assertTrue(steps.good(steps.token(60)), when + ": a fresh token is refused");
    }

    private static URI address(int port) {
        return URI.create("http://127.0.0.1:" + port);
    }

    private static Path faketime() {
        for (String machine : new String[] {"x86_64-linux-gnu", "aarch64-linux-gnu"}) {
            Path library = Path.of("/usr/lib", machine, "faketime", "libfaketimeMT.so.1");
            if (Files.exists(library)) {
                return library;
            }
        }
        throw new AssertionError("install the package faketime");
    }

    /** Sets the server's clock and waits until it says so itself. */
    private static void set(ServerProcess server, Path time, String offsetSeconds)
            throws Exception {
        Files.writeString(time, offsetSeconds);
        long offset = Long.parseLong(offsetSeconds);
        long end = System.nanoTime() + Duration.ofMinutes(3).toNanos();
        while (Math.abs(
                        server.epochSecond()
                                - Duration.ofMillis(System.currentTimeMillis()).toSeconds()
                                - offset)
                > 5) {
            assertTrue(System.nanoTime() < end, "the server's clock did not move");
            Thread.sleep(200);
        }
    }
}
