package io.millrace.e2e.backup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.app.MillraceServer;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.objects.PutObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backup without the bytes of its key space is none; one that lacks some takes no other away. */
class DamagedSourceTest {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    @TempDir Path directory;

    private Map<String, String> settings(String data) {
        Map<String, String> settings = new HashMap<>();
        settings.put("data", directory.resolve(data).toString());
        settings.put("bind", "127.0.0.1");
        settings.put("extents.volume", "1MiB");
        for (String door : List.of("object", "console", "edge", "rtmp")) {
            settings.put("doors." + door + ".port", "0");
        }
        return settings;
    }

    private Path extents(String data) {
        return directory.resolve(data).resolve("extents");
    }

    private void fill(String data) {
        try (MillraceServer server = MillraceServer.open(settings(data))) {
            server.store().buckets().create("films", "root", BucketAcl.PRIVATE);
            for (int i = 0; i < 6; i++) {
                byte[] bytes = new byte[700_000];
                new Random(i).nextBytes(bytes);
                server.store().objects().put(PutObject.of("films", "k" + i, bytes.length), bytes);
            }
        }
    }

    private record Outcome(int exit, String said) {}

    private Outcome backup(String data, String... more) throws InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("backup", target(), "--json"));
        arguments.addAll(List.of("--data", directory.resolve(data).toString()));
        arguments.addAll(Arrays.asList(more));
        return run(arguments.toArray(String[]::new));
    }

    private String target() {
        return directory.resolve("backups").toString();
    }

    private static Outcome run(String... arguments) throws InterruptedException {
        try (MillraceCommand command = MillraceCommand.start(Map.of(), arguments)) {
            return new Outcome(command.finish(LIMIT), command.toString());
        }
    }

    private int backups() throws InterruptedException {
        Outcome list = run("restore", target(), "--list", "--json");
        assertEquals(0, list.exit(), list.said());
        return list.said().split("\"event\":\"backup\"", -1).length - 1;
    }

    private void assertRefused(String data, String why) throws InterruptedException {
        Outcome refused = backup(data, "--keep", "1");
        assertEquals(2, refused.exit(), refused.said());
        assertTrue(refused.said().contains("extents.directories"), refused.said());
        assertTrue(refused.said().contains(why), refused.said());
        assertEquals(1, backups());
    }

    @Test
    void volumesThatAreNotWhereTheSettingsSayAreRefused() throws Exception {
        fill("data");
        fill("other");
        assertEquals(0, backup("data").exit());
        Path extents = extents("data");
        Path away = directory.resolve("away");
        Files.move(extents, away);
        assertRefused("data", "there is no directory");
        assertFalse(Files.exists(extents), "none was made");
        Files.createDirectory(extents);
        assertRefused("data", "is a new directory where an extent store was");
        Files.createDirectory(directory.resolve("elsewhere"));
        Outcome elsewhere =
                backup("data", "--set", "extents.directories=" + directory.resolve("elsewhere"));
        assertEquals(2, elsewhere.exit(), elsewhere.said());
        delete(extents);
        Files.move(extents("other"), extents);
        assertRefused("data", "has the bytes of key space");
        delete(extents);
        Files.move(away, extents);
        Outcome done = backup("data", "--keep", "1");
        assertEquals(0, done.exit(), done.said());
        assertEquals(1, backups());
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }

    @Test
    void whereAVolumeIsGoneNoOlderBackupIsRemoved() throws Exception {
        fill("data");
        assertEquals(0, backup("data").exit());
        List<Path> volumes;
        try (Stream<Path> files = Files.list(extents("data"))) {
            volumes = files.filter(f -> f.toString().endsWith(".volume")).sorted().toList();
        }
        Path gone = volumes.get(1);
        Path kept = directory.resolve("kept");
        Files.move(gone, kept);
        Outcome stopped = backup("data", "--keep", "1");
        assertDamaged(stopped, gone);
        assertEquals(2, backups());
        try (MillraceServer server = MillraceServer.open(settings("data"))) {
            Outcome running =
                    backup(
                            "data",
                            "--keep",
                            "1",
                            "--set",
                            "doors.console.port=" + server.consolePort());
            assertDamaged(running, gone);
            assertEquals(3, backups());
        }
        Files.move(kept, gone);
        lookAgain();
        Outcome whole = backup("data", "--keep", "1");
        assertEquals(0, whole.exit(), whole.said());
        assertEquals(1, backups());
    }

    /** What a server noted it looks at again when it starts. */
    private void lookAgain() throws InterruptedException {
        try (MillraceServer server = MillraceServer.open(settings("data"))) {
            long until = System.nanoTime() + LIMIT.toNanos();
            while (!server.store().scrub().found().objects().isEmpty()) {
                assertTrue(System.nanoTime() < until, "it never reads again");
                Thread.sleep(20);
            }
        }
    }

    private static void assertDamaged(Outcome outcome, Path gone) {
        assertEquals(3, outcome.exit(), outcome.said());
        assertTrue(outcome.said().contains("\"damaged\":1"), outcome.said());
        long number = Long.parseLong(gone.getFileName().toString().replace(".volume", ""));
        assertTrue(outcome.said().contains("volume " + number), outcome.said());
    }
}
