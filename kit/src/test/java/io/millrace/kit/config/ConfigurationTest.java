package io.millrace.kit.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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
                    new Setting("edge.key", Setting.Kind.SECRET, "", ""),
                    new Setting("keyspace.url", Setting.Kind.SECRET, "", ""),
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

    private Path secret(String name, String text, String mode) throws IOException {
        Path file = Files.writeString(directory.resolve(name), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    @Test
    void aSecretMayStandInAFileThatTheSettingNames() throws IOException {
        Path first = secret("first", "ID:one\n", "rw-------");
        Path second = secret("second", "ID:two", "rw-------");
        Path third = secret("third", " ID:three \n", "rw-------");
        String yaml = "edge: {key-file: " + first + "}";
        Configuration written = load(yaml, Map.of(), Map.of());
        assertEquals("ID:one", written.text("edge.key"));
        assertEquals(List.of(), written.warnings());
        Map<String, String> environment = Map.of("MILLRACE_EDGE_KEY_FILE", second.toString());
        assertEquals("ID:two", load(yaml, environment, Map.of()).text("edge.key"));
        Configuration typed = load(yaml, environment, Map.of("edge.key-file", third.toString()));
        assertEquals("ID:three", typed.text("edge.key"));
        assertEquals(List.of(), typed.warnings());
        Map<String, String> plain = Map.of("MILLRACE_EDGE_KEY", "ID:plain");
        assertEquals("ID:plain", load(yaml, plain, Map.of()).text("edge.key"));
    }

    @Test
    void whereOthersMayReadASecretIsSaidWithoutIt() throws IOException {
        Path open = secret("open", "ID:hidden", "rw-r--r--");
        Configuration file = load("edge: {key-file: " + open + "}", Map.of(), Map.of());
        assertEquals(1, file.warnings().size());
        assertTrue(file.warnings().getFirst().contains("chmod 600 " + open), "" + file.warnings());

        Path settings = secret("millrace.yml", "", "rw-r--r--");
        Configuration inside = load("edge: {key: ID:hidden}", Map.of(), Map.of());
        assertTrue(inside.warnings().getFirst().contains("chmod 600 " + settings));

        secret("millrace.yml", "", "rw-------");
        Configuration typed =
                load(
                        "",
                        Map.of(),
                        Map.of(
                                "edge.key",
                                "ID:hidden",
                                "keyspace.url",
                                "jdbc:x://h/d?password=hidden"));
        assertEquals(2, typed.warnings().size());
        String text = String.join("\n", typed.warnings());
        assertTrue(text.contains("'edge.key-file'") && text.contains("MILLRACE_EDGE_KEY"), text);
        assertTrue(text.contains("MILLRACE_KEYSPACE_URL"), text);
        assertFalse((text + typed).contains("hidden"), text);
        assertEquals(
                List.of(),
                load("", Map.of(), Map.of("keyspace.url", "jdbc:x://h/d?user=u")).warnings());
        assertEquals(List.of(), load("", Map.of("MILLRACE_EDGE_KEY", "a:b"), Map.of()).warnings());
    }

    @Test
    void aSecretsFileThatSaysNothingIsRefused() throws IOException {
        Path empty = secret("empty", "\n", "rw-------");
        for (String yaml :
                List.of(
                        "edge: {key-file: " + empty + "}",
                        "edge: {key-file: " + directory.resolve("absent") + "}",
                        "edge: {key: 'ID:hidden', key-file: " + empty + "}",
                        "edge: {memory-file: x}")) {
            var e = assertThrows(ConfigException.class, () -> load(yaml, Map.of(), Map.of()));
            assertFalse(e.getMessage().contains("hidden"), e.getMessage());
        }
    }
}
