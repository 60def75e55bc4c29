package io.millrace.e2e.durability;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.e2e.Clients;
import io.millrace.e2e.ServerProcess;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
    void aFlippedBitInTheLogStopsTheServerIsNamedAndRepaired() throws IOException {
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
            Ended verify = run("verify");
            assertEquals(1, verify.exit(), verify.output());
            assertTrue(verify.output().contains(log.toString()), verify.output());
            assertArrayEquals(evidence, Files.readAllBytes(log), "verify changes nothing");
            Ended repair = run("repair", "--yes");
            assertEquals(0, repair.exit(), repair.output());
            assertEquals(0, run("verify").exit());
            server.launch();
            try (S3Client s3 = s3(server)) {
                for (int i = 0; i < OBJECTS; i++) {
                    String key = "k" + i;
                    assertEquals(
                            "value " + key,
                            s3.getObjectAsBytes(b -> b.bucket(BUCKET).key(key)).asUtf8String());
                }
            }
            assertEquals(2, run("verify").exit(), "a server has the directory");
        }
    }

    private record Ended(int exit, String output) {}

    /** Runs a command of the program over the data directory. */
    private Ended run(String... words) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-cp",
                                System.getProperty("java.class.path"),
                                "io.millrace.app.Main"));
        command.addAll(List.of(words));
        command.addAll(List.of("--data", directory.toString()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(k -> k.startsWith("MILLRACE_"));
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            return new Ended(process.waitFor(), output);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
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
