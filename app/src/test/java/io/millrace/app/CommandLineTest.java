package io.millrace.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.kit.DirectoryLock;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CommandLineTest {
    @TempDir Path directory;

    private record Outcome(int exit, String errors) {}

    private static Outcome run(String... arguments) {
        CommandLine line = Main.commandLine();
        StringWriter errors = new StringWriter();
        line.setErr(new PrintWriter(errors, true));
        return new Outcome(line.execute(arguments), errors.toString());
    }

    @Test
    void everyCommandExplainsItselfAndIsNamedWhenNoneIsGiven() {
        String hint = run().errors();
        for (String command : Main.commandLine().getSubcommands().keySet()) {
            assertEquals(0, run(command, "--help").exit(), command);
            assertTrue(hint.contains(command), command + " is not in: " + hint);
        }
    }

    @Test
    void aCommandThatThereIsNotIsNamedWithTheNearest() {
        Outcome outcome = run("verfy");
        assertEquals(2, outcome.exit());
        assertTrue(outcome.errors().startsWith("There is no command 'verfy'."), outcome.errors());
        assertTrue(outcome.errors().contains("Did you mean: millrace verify"), outcome.errors());
    }

    @Test
    void aCommandOverDataListsOnlyWhatItTakesAndNamesWhatItDoesNot() {
        for (String command : List.of("verify", "repair", "backup", "restore")) {
            String help = Main.commandLine().getSubcommands().get(command).getUsageMessage();
            for (String option : List.of("--roles", "--root-key", "--host")) {
                assertFalse(help.contains(option + "="), command + " lists " + option);
                Outcome outcome = run(command, "target", option, "x");
                assertEquals(2, outcome.exit(), command + " " + option);
                assertTrue(
                        outcome.errors().contains("'" + option + "'"),
                        command + " says " + outcome.errors());
                assertTrue(
                        outcome.errors().contains("millrace " + command + " --help"),
                        outcome.errors());
            }
            assertEquals(command.equals("repair"), help.contains("--yes"), command);
        }
        String near = run("verify", "--jsn").errors();
        assertTrue(near.contains("--json"), near);
    }

    @Test
    void aBackupIntoItsOwnDataIsRefusedThroughLinksToo() throws IOException {
        Path data = Files.createDirectories(directory.resolve("data/spool")).getParent();
        Path link = Files.createSymbolicLink(directory.resolve("link"), data);
        for (List<Path> place :
                List.of(
                        List.of(data.resolve("backups/new"), data),
                        List.of(link.resolve("spool/new"), data),
                        List.of(data.resolve("spool"), link))) {
            Outcome outcome =
                    run(
                            "backup",
                            place.getFirst().toString(),
                            "--data",
                            place.getLast().toString());
            assertEquals(2, outcome.exit(), outcome.errors());
            assertTrue(outcome.errors().contains("is inside of"), place + outcome.errors());
        }
    }

    @Test
    void aBackupIntoABucketOfItsOwnServerIsRefused() throws IOException {
        List<String> hosts = new ArrayList<>(List.of("localhost", "127.0.0.1", "[::1]", "0.0.0.0"));
        NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(Inet4Address.class::isInstance)
                .map(InetAddress::getHostAddress)
                .forEach(hosts::add);
        for (String host : hosts) {
            Outcome outcome =
                    run(
                            "backup",
                            "s3://bucket/prefix",
                            "--s3-endpoint",
                            "http://" + host + ":9123",
                            "--set",
                            "doors.object.port=9123",
                            "--data",
                            directory.toString());
            assertEquals(2, outcome.exit(), outcome.errors());
            assertTrue(outcome.errors().contains("is backed up"), outcome.errors());
        }
    }

    @Test
    void whatAnInterruptedRestoreLeftIsNamedAsThat() throws IOException {
        Files.createFile(directory.resolve("restoring"));
        for (String command : List.of("verify", "repair")) {
            Outcome outcome = run(command, "--data", directory.toString());
            assertEquals(2, outcome.exit());
            assertTrue(outcome.errors().contains("interrupted restore"), outcome.errors());
        }
    }

    /** On free ports, but for those that are named. */
    private Outcome serve(String... settings) {
        List<String> arguments = new ArrayList<>(List.of("serve", "--data", directory.toString()));
        List<String> all = new ArrayList<>(List.of("bind=127.0.0.1"));
        for (String door : List.of("object", "console", "edge", "rtmp")) {
            all.add("doors." + door + ".port=0");
        }
        all.addAll(List.of(settings));
        all.forEach(one -> arguments.addAll(List.of("--set", one)));
        return run(arguments.toArray(String[]::new));
    }

    @ParameterizedTest
    @ValueSource(strings = {"keyspace", "extents"})
    void aDirectoryThatIsInUseIsNamedWithItsProcessAndNothingElse(String part) throws IOException {
        try (DirectoryLock _ = DirectoryLock.take(Files.createDirectory(directory.resolve(part)))) {
            Outcome outcome = serve();
            assertEquals(2, outcome.exit());
            assertTrue(outcome.errors().contains("in use by process"), outcome.errors());
            assertFalse(outcome.errors().contains("Exception"), outcome.errors());
        }
    }

    /** Tests have no terminal: who asked first would complain of that. */
    @Test
    void whoRepairsARunningServersDataIsToldOfItBeforeBeingAsked() throws IOException {
        Path keySpace = Files.createDirectory(directory.resolve("keyspace"));
        try (DirectoryLock _ = DirectoryLock.take(keySpace)) {
            Outcome outcome = run("repair", "--data", directory.toString());
            assertEquals(2, outcome.exit());
            assertTrue(outcome.errors().contains("in use by process"), outcome.errors());
        }
    }

    @Test
    void aMasterKeyThatCanNotBeReadIsNamedAndNothingElse() throws IOException {
        Files.createDirectory(directory.resolve("master.key"));
        Outcome outcome = serve();
        assertEquals(2, outcome.exit(), outcome.errors());
        assertTrue(outcome.errors().contains("master key"), outcome.errors());
        assertFalse(outcome.errors().contains("AccessException"), outcome.errors());
    }

    @Test
    void aReserveLargerThanTheDiskIsRefused() {
        Outcome outcome = serve("disk.reserve=900TiB");
        assertEquals(2, outcome.exit(), outcome.errors());
        assertTrue(outcome.errors().contains("'disk.reserve'"), outcome.errors());
        assertTrue(outcome.errors().contains("MiB"), outcome.errors());
    }

    @Test
    void anUnknownSettingEndsWithTwoAndNamesTheNearest() {
        Outcome outcome =
                run("serve", "--data", directory.toString(), "--set", "doors.objct.port=1");
        assertEquals(2, outcome.exit());
        assertTrue(
                outcome.errors().contains("Did you mean 'doors.object.port'?"), outcome.errors());
    }

    @Test
    void aGraceThatOtherNodesCantKeepIsRefusedOnPostgres() {
        Outcome outcome =
                serve(
                        "keyspace.engine=postgres",
                        "keyspace.postgres.url=jdbc:postgresql://127.0.0.1:1/none",
                        "store.grace=90s");
        assertEquals(2, outcome.exit());
        assertTrue(outcome.errors().contains("two 'store.pause'"), outcome.errors());
    }

    @ParameterizedTest
    @ValueSource(strings = {"store.pause=10ms", "extents.volume=1KiB", "extents.volume=1TiB"})
    void aSettingBeyondItsBoundsIsRefused(String setting) {
        Outcome outcome = run("serve", "--data", directory.toString(), "--set", setting);
        assertEquals(2, outcome.exit());
        String name = setting.substring(0, setting.indexOf('='));
        assertTrue(outcome.errors().contains("'" + name + "' must be"), outcome.errors());
    }

    @Test
    void aTakenPortIsNamedWithItsOwnerAndAnOffsetThatWorks() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String message =
                    Ports.conflict(Map.of("object", taken.getLocalPort()), "127.0.0.1")
                            .orElseThrow();
            assertTrue(
                    message.contains("Port " + taken.getLocalPort() + " (object) is taken"),
                    message);
            assertTrue(
                    message.contains("(process " + ProcessHandle.current().pid() + ")"), message);
            assertTrue(message.contains("--port-offset "), message);
            Outcome outcome = serve("doors.object.port=" + taken.getLocalPort());
            assertEquals(2, outcome.exit());
            assertTrue(outcome.errors().contains("is taken"), outcome.errors());
        }
    }

    @Test
    void anEdgeAloneSaysWhatItNeeds() {
        Outcome outcome = run("edge", "--data", directory.toString());
        assertEquals(2, outcome.exit());
        assertTrue(outcome.errors().contains("--origin"), outcome.errors());
    }

    @Test
    void doctorSpeaksJson() throws IOException {
        PrintStream before = System.out;
        ByteArrayOutputStream captured = new ByteArrayOutputStream();
        System.setOut(new PrintStream(captured, true, StandardCharsets.UTF_8));
        try {
            run("doctor", "--json", "--data", directory.toString());
        } finally {
            System.setOut(before);
        }
        JsonNode findings = new ObjectMapper().readTree(captured.toByteArray());
        assertTrue(findings.findValuesAsText("name").contains("fsync"), findings.toString());
    }
}
