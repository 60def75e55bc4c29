package io.millrace.e2e.durability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.e2e.Clients;
import io.millrace.e2e.ServerProcess;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * One flipped bit in the key space's log: the first Millrace came up ready with 92 of 130 objects
 * gone and the damaged log deleted.
 */
class DamagedLogTest {
    private static final String BUCKET = "kept";
    private static final int OBJECTS = 130;

    @TempDir Path directory;

    @Test
    void aFlippedBitInTheLogStopsTheServerAndIsNamed() throws IOException {
        try (ServerProcess server = ServerProcess.start(directory)) {
            try (S3Client s3 = s3(server)) {
                s3.createBucket(b -> b.bucket(BUCKET));
                for (int i = 0; i < OBJECTS; i++) {
                    String key = "k" + i;
                    s3.putObject(
                            b -> b.bucket(BUCKET).key(key), RequestBody.fromString("value " + key));
                }
            }
            server.kill();
            Path log = flip();
            byte[] evidence = Files.readAllBytes(log);
            String readiness = server.launchUnready();
            assertTrue(readiness.contains(log.toString()), readiness);
            assertTrue(readiness.contains("at offset"), readiness);
            assertTrue(readiness.contains("millrace verify --data"), readiness);
            assertTrue(readiness.contains("millrace repair --data"), readiness);
            assertTrue(server.log().contains(log.toString()), server.log());
            try (S3Client s3 = s3(server)) {
                S3Exception refused =
                        assertThrows(
                                S3Exception.class,
                                () -> s3.getObject(b -> b.bucket(BUCKET).key("k129")).close());
                assertEquals(503, refused.statusCode());
                assertEquals("DataDamaged", refused.awsErrorDetails().errorCode());
            }
            server.kill();
            assertEquals(evidence.length, Files.size(log));
        }
    }

    private static S3Client s3(ServerProcess server) {
        return Clients.s3(server.object(), ServerProcess.KEY_ID, ServerProcess.SECRET);
    }

    /** Flips a bit in the middle of the newest log. */
    private Path flip() throws IOException {
        Path log;
        try (Stream<Path> files = Files.list(directory.resolve("keyspace"))) {
            List<Path> logs = files.filter(f -> f.toString().endsWith(".log")).sorted().toList();
            log = logs.getLast();
        }
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
            long middle = file.length() / 2;
            file.seek(middle);
            int value = file.read();
            file.seek(middle);
            file.write(value ^ 4);
        }
        return log;
    }
}
