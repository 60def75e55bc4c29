package io.millrace.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
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
}
