package io.millrace.kit.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationTest {
    private static final List<Setting> SETTINGS =
            List.of(
                    new Setting("data", Setting.Kind.TEXT, "./data", ""),
                    new Setting("doors.object.port", Setting.Kind.PORT, "9000", ""),
                    new Setting("extents.directories", Setting.Kind.LIST, "", ""),
                    new Setting("edge.memory", Setting.Kind.BYTES, "64MiB", ""),
                    new Setting("live.grace", Setting.Kind.DURATION, "60s", ""));

    @TempDir Path directory;

    private Configuration load(
            String yaml, Map<String, String> environment, Map<String, String> overrides)
            throws IOException {
        Path file = Files.writeString(directory.resolve("millrace.yml"), yaml);
        return Configuration.load(
                SETTINGS, file, environment, List.of("MILLRACE_JAVA_OPTS"), overrides);
    }

    @Test
    void commandLineWinsOverEnvironmentOverFileOverDefaults() throws IOException {
        Configuration c =
                load(
                        "data: /file\ndoors:\n  object:\n    port: 1\nextents: {directories: [/a, /b]}\n",
                        Map.of(
                                "MILLRACE_DOORS_OBJECT_PORT",
                                "2",
                                "MILLRACE_DATA",
                                "/env",
                                "MILLRACE_JAVA_OPTS",
                                "x",
                                "HOME",
                                "/"),
                        Map.of("data", "/line"));
        assertEquals("/line", c.text("data"));
        assertEquals(2, c.port("doors.object.port"));
        assertEquals(List.of("/a", "/b"), c.list("extents.directories"));
        assertEquals(64L << 20, c.bytes("edge.memory"));
        assertEquals(Duration.ofMinutes(1), c.duration("live.grace"));
    }

    @Test
    void anUnknownKeyNamesTheNearestKnownOne() {
        var e =
                assertThrows(
                        ConfigException.class,
                        () -> load("doors: {objct: {port: 1}}", Map.of(), Map.of()));
        assertTrue(e.getMessage().contains("'doors.objct.port'"), e.getMessage());
        assertTrue(e.getMessage().contains("Did you mean 'doors.object.port'?"), e.getMessage());
        var v =
                assertThrows(
                        ConfigException.class,
                        () -> load("", Map.of("MILLRACE_DATUM", "x"), Map.of()));
        assertTrue(v.getMessage().contains("Did you mean 'MILLRACE_DATA'?"), v.getMessage());
    }

    @Test
    void aValueOfTheWrongKindSaysWhatIsWanted() {
        var e =
                assertThrows(
                        ConfigException.class,
                        () -> load("doors: {object: {port: 99999}}", Map.of(), Map.of()));
        assertTrue(e.getMessage().contains("a port from 0 to 65535"), e.getMessage());
        assertThrows(ConfigException.class, () -> load("live: {grace: 60}", Map.of(), Map.of()));
        assertThrows(ConfigException.class, () -> load("- a\n- b\n", Map.of(), Map.of()));
        assertThrows(ConfigException.class, () -> load("a: [", Map.of(), Map.of()));
    }
}
