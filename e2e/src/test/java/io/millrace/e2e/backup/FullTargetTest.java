package io.millrace.e2e.backup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.app.MillraceServer;
import io.millrace.backup.BackupException;
import io.millrace.backup.DirectoryTarget;
import io.millrace.e2e.SmallDisk;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.objects.PutObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A target that fills up in the middle of a backup: the earlier one stays, and is the only one. */
class FullTargetTest {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final long DISK_BYTES = 24 << 20;
    private static final int TOO_MANY_BYTES = 40 << 20;

    @TempDir Path directory;

    @Test
    void itSaysSoAndLeavesNothingThatPassesForABackup() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(directory, DISK_BYTES)) {
            String target = disk.path().resolve("backups").toString();
            put("before", 10_000);
            assertEquals(0, backup(target).exit());
            put("too-large", TOO_MANY_BYTES);
            Outcome full = backup(target);
            assertEquals(1, full.exit(), full.said());
            assertTrue(full.said().contains(" is full: nothing is half made"), full.said());
            Outcome list = run("restore", target, "--list", "--json");
            assertEquals(1, list.said().split("\"event\":\"backup\"", -1).length - 1, list.said());
            Outcome check = run("restore", target, "--check", "--json");
            assertEquals(0, check.exit(), check.said());
        }
    }

    /** What makes room asks for the code. */
    @Test
    void theTargetTellsAFullDiskFromAnotherFailure() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(directory, DISK_BYTES)) {
            DirectoryTarget target = new DirectoryTarget(disk.path().resolve("backups"));
            BackupException full =
                    assertThrows(
                            BackupException.class,
                            () -> target.put("pieces/ab/abc", new byte[TOO_MANY_BYTES]));
            assertEquals(BackupException.Code.FULL, full.code());
            assertEquals(List.of(), List.copyOf(target.list("").keySet()));
        }
    }

    private void put(String key, int length) {
        Map<String, String> settings = new HashMap<>();
        settings.put("data", data());
        settings.put("bind", "127.0.0.1");
        for (String door : List.of("object", "console", "edge", "rtmp")) {
            settings.put("doors." + door + ".port", "0");
        }
        try (MillraceServer server = MillraceServer.open(settings)) {
            if (server.store().buckets().get("films").isEmpty()) {
                server.store().buckets().create("films", "root", BucketAcl.PRIVATE);
            }
            byte[] bytes = new byte[length];
            new Random(length).nextBytes(bytes);
            server.store().objects().put(PutObject.of("films", key, length), bytes);
        }
    }

    private String data() {
        return directory.resolve("data").toString();
    }

    private record Outcome(int exit, String said) {}

    private Outcome backup(String target) throws Exception {
        return run("backup", target, "--json", "--data", data());
    }

    private static Outcome run(String... arguments) throws Exception {
        try (MillraceCommand command = MillraceCommand.start(Map.of(), arguments)) {
            return new Outcome(command.finish(LIMIT), command.toString());
        }
    }
}
