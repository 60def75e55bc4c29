package io.millrace.e2e.backup;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Backups into a bucket of another Millrace with credentials that end: the server is killed in the
 * middle of one; the next one, while clients write and a stream is live, restores to a server that
 * holds and plays what was acknowledged.
 */
class BackupToBucketTest {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final int OBJECTS = 8;
    private static final int OBJECT_BYTES = 6 << 20;

    @TempDir Path directory;

    private final Seed seed = Seed.fresh();
    private final Histories histories = new Histories();

    @Test
    void aKilledServerLeavesNoBackupAndTheNextHoldsWhatWasAcknowledgedAndLive() throws Exception {
        Path data = directory.resolve("data");
        try (BucketOfAnother target = new BucketOfAnother(directory.resolve("other"));
                ServerProcess server = ServerProcess.start(data, "live.segment=1s")) {
            try (S3Client s3 = s3(server)) {
                s3.createBucket(b -> b.bucket(Writers.BUCKET));
                s3.createBucket(b -> b.bucket(LiveStream.BUCKET));
                fill(s3);
            }
            killedMidway(target, server, data);
            server.launch("live.segment=1s");
            LiveStream stream = LiveStream.make(server);
            JsonNode held;
            Map<String, byte[]> stored;
            try (LiveStream.Push push = stream.push(3);
                    Writers writers = new Writers(server, histories, seed)) {
                stored = push.stored();
                try (MillraceCommand command = backup(target, server, data)) {
                    assertEquals(0, command.finish(LIMIT), command.toString());
                    held = command.await("held", Duration.ZERO);
                }
                assertTrue(push.isAlive(), "the publisher ended");
                System.out.printf("%.1f MB written meanwhile%n", writers.bytes() / 1e6);
            }
            assertRestored(target, data, stored, held);
        }
    }

    private static S3Client s3(ServerProcess server) {
        return Clients.s3(server.object(), ServerProcess.KEY_ID, ServerProcess.SECRET);
    }

    /** Enough that a backup takes a moment. */
    private void fill(S3Client s3) throws Exception {
        for (int i = 0; i < OBJECTS; i++) {
            String key = "before/" + i;
            Histories.Content content = new Histories.Content(key + seed, OBJECT_BYTES);
            histories.run(
                    key,
                    content,
                    () ->
                            s3.putObject(
                                    b -> b.bucket(Writers.BUCKET).key(key),
                                    RequestBody.fromBytes(content.bytes())));
        }
    }

    private MillraceCommand backup(BucketOfAnother target, ServerProcess server, Path data) {
        return target.command(
                "backup",
                "--data",
                data.toString(),
                "--set",
                "bind=127.0.0.1",
                "--set",
                "doors.console.port=" + server.ports().get("console"));
    }

    private void killedMidway(BucketOfAnother target, ServerProcess server, Path data)
            throws Exception {
        try (MillraceCommand command = backup(target, server, data)) {
            command.await("held", LIMIT);
            server.kill();
            assertEquals(1, command.finish(LIMIT), command.toString());
            JsonNode failed = command.await("failed", Duration.ZERO);
            assertEquals("HOLD_LOST", failed.path("code").asText(), failed.toString());
        }
        assertEquals(List.of(), target.names("backups/"));
        Path into = directory.resolve("of-none");
        try (MillraceCommand restore = target.command("restore", "--data", into.toString())) {
            assertEquals(1, restore.finish(LIMIT), restore.toString());
            JsonNode failed = restore.await("failed", Duration.ZERO);
            assertEquals("NOT_FOUND", failed.path("code").asText(), failed.toString());
        }
        assertTrue(Files.notExists(into));
    }

    private void assertRestored(
            BucketOfAnother target, Path data, Map<String, byte[]> stored, JsonNode held)
            throws Exception {
        Path into = directory.resolve("restored");
        try (MillraceCommand restore = target.command("restore", "--data", into.toString())) {
            assertEquals(0, restore.finish(LIMIT), restore.toString());
        }
        Files.copy(data.resolve("master.key"), into.resolve("master.key"));
        try (ServerProcess server = ServerProcess.start(into, "live.grace=1s");
                S3Client s3 = s3(server)) {
            Restored.assertAsAcknowledged(
                    s3,
                    histories,
                    Instant.parse(held.path("from").asText()),
                    Instant.parse(held.path("to").asText()),
                    seed);
            Map<String, byte[]> recorded = Restored.objects(s3, LiveStream.BUCKET);
            stored.forEach((key, bytes) -> assertArrayEquals(bytes, recorded.get(key), key));
            LiveStream.of(server).assertPlaysWhole(stored.size());
        }
    }
}
