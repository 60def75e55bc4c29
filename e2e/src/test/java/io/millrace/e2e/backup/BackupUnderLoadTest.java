package io.millrace.e2e.backup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.e2e.Clients;
import io.millrace.e2e.ServerProcess;
import io.millrace.testkit.Seed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Backups while clients write, some killed midway; each one that was finished restores to a server
 * that holds every object as it was acknowledged at the backup's moment.
 *
 * <p>The system property {@code millrace.backup.seconds} says for how long clients write.
 */
class BackupUnderLoadTest {
    private static final int SECONDS = Integer.getInteger("millrace.backup.seconds", 5);
    private static final int FEWEST = 2;
    private static final int RESTORED = 1;

    @TempDir Path directory;

    private final Seed seed = Seed.fresh();
    private final Random random = seed.random();
    private final Histories histories = new Histories();
    private int killed;

    /** A finished backup. */
    private record Made(String id, Instant from, Instant to, JsonNode done) {}

    @Test
    void aBackupUnderLoadHoldsWhatWasAcknowledgedAtItsMoment() throws Exception {
        Path data = directory.resolve("data");
        Path key = Files.writeString(directory.resolve("key"), "a passphrase of the test\n");
        List<Made> made = new ArrayList<>();
        try (ServerProcess server = ServerProcess.start(data)) {
            try (S3Client s3 = s3(server)) {
                s3.createBucket(b -> b.bucket(Writers.BUCKET));
            }
            long end = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos();
            try (Writers writers = new Writers(server, histories, seed)) {
                while (made.size() < FEWEST || System.nanoTime() < end) {
                    boolean kill = made.size() == 1 && killed == 0 || random.nextInt(4) == 0;
                    backup(server, data, key, kill, made);
                }
                System.out.printf(
                        "%d operations, %.1f MB written, %d backups made, %d killed%n",
                        histories.operations(), writers.bytes() / 1e6, made.size(), killed);
            }
        }
        assertTrue(killed > 0, "no backup was killed; " + seed);
        made.forEach(m -> System.out.println("backup " + m.done()));
        for (int i = 0; i < made.size(); i += Math.max(1, made.size() / RESTORED)) {
            restored(made.get(i), data, key);
        }
    }

    private static S3Client s3(ServerProcess server) {
        return Clients.s3(server.object(), ServerProcess.KEY_ID, ServerProcess.SECRET);
    }

    private String target() {
        return directory.resolve("target").toString();
    }

    private void backup(ServerProcess server, Path data, Path key, boolean kill, List<Made> made)
            throws Exception {
        try (MillraceCommand command =
                MillraceCommand.start(
                        Map.of(),
                        "backup",
                        target(),
                        "--json",
                        "--key-file",
                        key.toString(),
                        "--data",
                        data.toString(),
                        "--set",
                        "bind=127.0.0.1",
                        "--set",
                        "doors.console.port=" + server.ports().get("console"))) {
            JsonNode held = command.await("held", Duration.ofMinutes(1));
            if (kill) {
                Thread.sleep(random.nextInt(400));
                if (command.kill()) {
                    killed++;
                    return;
                }
            }
            assertEquals(0, command.finish(Duration.ofMinutes(2)), command.toString());
            JsonNode done = command.await("done", Duration.ZERO);
            made.add(
                    new Made(
                            done.path("id").asText(),
                            Instant.parse(held.path("from").asText()),
                            Instant.parse(held.path("to").asText()),
                            done));
        }
    }

    /** A kill leaves no backup, and a later one restores whole. */
    private void restored(Made backup, Path data, Path key) throws Exception {
        Path into = directory.resolve("restored-" + backup.id());
        try (MillraceCommand command =
                MillraceCommand.start(
                        Map.of(),
                        "restore",
                        target(),
                        "--json",
                        "--backup",
                        backup.id(),
                        "--key-file",
                        key.toString(),
                        "--data",
                        into.toString())) {
            assertEquals(0, command.finish(Duration.ofMinutes(2)), command.toString());
        }
        Files.copy(data.resolve("master.key"), into.resolve("master.key"));
        try (ServerProcess server = ServerProcess.start(into);
                S3Client s3 = s3(server)) {
            System.out.println("restored " + backup.id());
            Restored.assertAsAcknowledged(s3, histories, backup.from(), backup.to(), seed);
        }
    }
}
