package io.millrace.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.kit.config.Setting;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What is secret among the settings is printed nowhere. */
class SecretsTest {
    private static final String HIDDEN = "hunter2hunter2hunter2";

    @TempDir Path directory;

    @Test
    void everySecretMayComeFromAFileAndIsInNoText() throws Exception {
        Path file = Files.writeString(directory.resolve("secret"), "ID:" + HIDDEN + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        List<Setting> secrets =
                Settings.KNOWN.stream().filter(s -> s.kind() == Setting.Kind.SECRET).toList();
        assertEquals(
                List.of(
                        "keyspace.postgres.url",
                        "edge.key",
                        "edge.purge-token",
                        "root-key",
                        "metrics.token",
                        "devices.hook",
                        "devices.hook-secret",
                        "hooks.events",
                        "hooks.events-secret"),
                secrets.stream().map(Setting::name).toList());
        Path hook =
                Files.writeString(
                        directory.resolve("hook"), "https://u:" + HIDDEN + "@h/" + HIDDEN + "\n");
        Files.setPosixFilePermissions(hook, PosixFilePermissions.fromString("rw-------"));
        Map<String, String> environment = new java.util.HashMap<>();
        for (Setting s : secrets) {
            boolean address = List.of("devices.hook", "hooks.events").contains(s.name());
            environment.put(s.environmentName() + "_FILE", (address ? hook : file).toString());
        }
        List<String> warnings = new ArrayList<>();
        Settings settings = Settings.load(null, environment, Map.of(), warnings::add);
        assertEquals("ID:" + HIDDEN, settings.rootKey().orElseThrow());
        assertEquals("ID:" + HIDDEN, settings.edgeKey().orElseThrow());
        assertEquals("ID:" + HIDDEN, settings.postgresUrl());
        assertEquals("ID:" + HIDDEN, settings.metricsToken().orElseThrow());
        assertEquals(
                "https://h/" + HIDDEN, settings.outgoing().events().orElseThrow().uri().toString());
        assertEquals("https://h/…", settings.outgoing().deviceHook().orElseThrow().shown());
        assertEquals(
                List.of("ID:" + HIDDEN), settings.outgoing().options().secrets().get("events"));
        assertEquals(List.of(), warnings);
        assertFalse(settings.toString().contains(HIDDEN));
        assertFalse(settings.outgoing().toString().contains(HIDDEN));
    }

    @Test
    void commandsSayNothingOfThem() {
        String url = "keyspace.postgres.url=jdbc:postgresql://127.0.0.1:1/d?password=" + HIDDEN;
        List<List<String>> commands =
                List.of(
                        List.of("doctor", "--root-key", "ID:" + HIDDEN),
                        List.of("doctor", "--json", "--set", "edge.key=ID:" + HIDDEN),
                        List.of("doctor", "--json", "--set", url),
                        // A key pair is not written so.
                        List.of("doctor", "--root-key", HIDDEN),
                        List.of("edge", "--origin", "http://h", "--set", "edge.key=" + HIDDEN),
                        List.of("doctor", "--set", "devices.hook=https://u:" + HIDDEN + "@h/x"),
                        // Addresses and secrets that are refused.
                        List.of("doctor", "--set", "devices.hook=ftp://u:" + HIDDEN + "@h/"),
                        List.of("doctor", "--set", "devices.hook=http://h /" + HIDDEN),
                        List.of("doctor", "--set", "devices.hook=http://127.0.0.1/" + HIDDEN),
                        List.of("doctor", "--set", "hooks.events=https://h/" + HIDDEN),
                        List.of("doctor", "--set", "hooks.events-secret=a b c " + HIDDEN));
        for (List<String> command : commands) {
            List<String> all = new ArrayList<>(command);
            all.addAll(List.of("--data", directory.resolve("data").toString()));
            String printed = run(all);
            assertFalse(printed.contains(HIDDEN), command.getFirst() + ": " + printed);
        }
        String refused = run(List.of("doctor", "--root-key", HIDDEN));
        assertTrue(refused.contains("'root-key' must be a key pair"), refused);
        Path file = directory.resolve("absent");
        String absent = run(List.of("doctor", "--root-key-file", file.toString()));
        assertTrue(absent.contains("'root-key-file' names " + file), absent);
    }

    private static String run(List<String> arguments) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        StringWriter errors = new StringWriter();
        try {
            PrintStream both = new PrintStream(bytes, true, StandardCharsets.UTF_8);
            System.setOut(both);
            System.setErr(both);
            CommandLine line = Main.commandLine();
            line.setErr(new PrintWriter(errors, true));
            line.execute(arguments.toArray(String[]::new));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
        return bytes.toString(StandardCharsets.UTF_8) + errors;
    }
}
