package io.millrace.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.access.FirstStart;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FailedStartTest {
    @TempDir Path directory;

    private Map<String, String> settings() throws IOException {
        Map<String, String> settings = new HashMap<>();
        settings.put("data", directory.toString());
        for (String door : new String[] {"object", "console", "edge", "rtmp"}) {
            try (ServerSocket free = new ServerSocket(0)) {
                settings.put("doors." + door + ".port", Integer.toString(free.getLocalPort()));
            }
        }
        return settings;
    }

    /** The parts are opened in this order; each that does not open stands for those before it. */
    @ParameterizedTest
    @ValueSource(strings = {"keyspace", "master.key", "extents", "spool", "edge"})
    void aStartThatFailsLeavesNoDoorAndNoLock(String part) throws IOException {
        Map<String, String> settings = settings();
        Path obstacle = directory.resolve(part);
        if (part.equals("master.key")) {
            Files.createDirectory(obstacle);
        } else {
            Files.createFile(obstacle);
        }
        assertThrows(RuntimeException.class, () -> MillraceServer.open(settings));
        Files.delete(obstacle);
        try (MillraceServer server = MillraceServer.open(settings)) {
            assertEquals(settings.get("doors.object.port"), Integer.toString(server.objectPort()));
            assertTrue(server.edgePort() > 0);
        }
    }

    /** They are kept by then: a later start does not make them anew. */
    @Test
    void whatAFailedFirstStartMadeIsTold() throws IOException {
        Settings settings = Settings.load(null, Map.of(), settings());
        Path obstacle = Files.createFile(directory.resolve("edge"));
        List<FirstStart> told = new ArrayList<>();
        assertThrows(RuntimeException.class, () -> MillraceServer.open(settings, told::add));
        assertEquals(1, told.size());
        Files.delete(obstacle);
        try (MillraceServer server = MillraceServer.open(settings, told::add)) {
            assertEquals(1, told.size());
            assertTrue(server.firstStart().isEmpty());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0, 127.0.0.1",
        "::, [::1]",
        "::1, [::1]",
        "192.0.2.7, 192.0.2.7",
        "media.example.com, media.example.com"
    })
    void theEdgeReachesTheDoorsOfAnyAddress(String bind, String host) {
        assertEquals(host, Addresses.local(bind));
    }
}
