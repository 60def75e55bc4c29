package io.millrace.e2e.nodes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSException;
import io.millrace.app.MillraceServer;
import io.millrace.e2e.Clients;
import io.millrace.testkit.Seed;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Two servers with disks of their own on one PostgreSQL, as clients see them. */
class TwoServersTest {
    private static final String ID = "two-servers-key";
    private static final String SECRET = "two-servers-secret";
    private static final String BUCKET = "shared";
    private static final int INLINE_BYTES = 16 * 1024;

    @TempDir Path root;
    private final Random random = Seed.fresh().random();

    /** An object as it was written, and by which server. */
    private record Written(byte[] bytes, boolean byA) {
        boolean inExtents() {
            return bytes.length > INLINE_BYTES;
        }
    }

    @Test
    void eachServesItsOwnBytesAndSays503ForTheOthers() throws Exception {
        try (EmbeddedPostgres database =
                        EmbeddedPostgres.builder()
                                .setPGStartupWait(Duration.ofSeconds(120))
                                .setServerConfig("max_connections", "90")
                                .start();
                MillraceServer b = ready(database, "a", "b")) {
            Map<String, Written> written = new HashMap<>();
            try (MillraceServer a = server(database, "a")) {
                s3(a).createBucket(r -> r.bucket(BUCKET));
                for (int i = 0; i < 120; i++) {
                    boolean byA = random.nextBoolean();
                    byte[] bytes =
                            new byte[1 + random.nextInt(random.nextBoolean() ? 16_384 : 200_000)];
                    random.nextBytes(bytes);
                    put(byA ? a : b, "k" + i, bytes);
                    written.put("k" + i, new Written(bytes, byA));
                }
                verify(a, written, true);
                verify(b, written, false);
                copyIsRefused(database);
            }
            try (MillraceServer again = server(database, "a")) {
                verify(again, written, true);
            }
        }
    }

    /** Makes the second server's directory; the master key is the first one's. */
    private MillraceServer ready(EmbeddedPostgres database, String first, String second)
            throws IOException {
        server(database, first).close();
        Files.createDirectories(root.resolve(second));
        Files.copy(
                root.resolve(first).resolve("master.key"),
                root.resolve(second).resolve("master.key"),
                java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
        return server(database, second);
    }

    private MillraceServer server(EmbeddedPostgres database, String name) {
        Map<String, String> settings = new HashMap<>();
        settings.put("data", root.resolve(name).toString());
        settings.put("root-key", ID + ":" + SECRET);
        settings.put("roles", "store,console");
        settings.put("doors.object.port", "0");
        settings.put("doors.console.port", "0");
        settings.put("keyspace.engine", "postgres");
        settings.put("keyspace.postgres.url", database.getJdbcUrl("postgres", "postgres"));
        return MillraceServer.open(settings);
    }

    private static S3Client s3(MillraceServer server) {
        return Clients.s3(URI.create("http://127.0.0.1:" + server.objectPort()), ID, SECRET);
    }

    private static void put(MillraceServer server, String key, byte[] bytes) {
        try (S3Client client = s3(server)) {
            client.putObject(
                    r -> r.bucket(BUCKET).key(key).cacheControl("max-age=31536000"),
                    RequestBody.fromBytes(bytes));
        }
    }

    private static void verify(MillraceServer server, Map<String, Written> written, boolean isA) {
        OSS oss =
                Clients.oss(
                        URI.create("http://127.0.0.1:" + server.objectPort()), ID, SECRET, null);
        int elsewhere = 0;
        try (S3Client client = s3(server)) {
            for (Map.Entry<String, Written> object : written.entrySet()) {
                String key = object.getKey();
                if (object.getValue().byA() == isA || !object.getValue().inExtents()) {
                    byte[] read =
                            client.getObjectAsBytes(r -> r.bucket(BUCKET).key(key)).asByteArray();
                    assertArrayEquals(object.getValue().bytes(), read, key);
                } else {
                    refusedInBothDialects(client, oss, key);
                    elsewhere++;
                }
            }
        } finally {
            oss.shutdown();
        }
        assertTrue(elsewhere > 10, "of " + written.size() + " objects only " + elsewhere);
    }

    private static void refusedInBothDialects(S3Client client, OSS oss, String key) {
        S3Exception s3 =
                assertThrows(
                        S3Exception.class,
                        () -> client.getObjectAsBytes(r -> r.bucket(BUCKET).key(key)));
        assertEquals(503, s3.statusCode());
        assertEquals("ExtentStoreUnavailable", s3.awsErrorDetails().errorCode());
        SdkHttpResponse answer = s3.awsErrorDetails().sdkHttpResponse();
        assertEquals("no-store", answer.firstMatchingHeader("Cache-Control").orElse(""));
        assertTrue(answer.firstMatchingHeader("ETag").isEmpty(), "no header of the object");
        OSSException refused =
                assertThrows(OSSException.class, () -> oss.getObject(BUCKET, key).close());
        assertEquals("ExtentStoreUnavailable", refused.getErrorCode());
        assertTrue(refused.getErrorMessage().contains("store"), refused.getErrorMessage());
    }

    private void copyIsRefused(EmbeddedPostgres database) throws IOException {
        Path from = root.resolve("a");
        List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.walk(from)) {
            all.filter(Files::isRegularFile).forEach(files::add);
        }
        for (Path file : files) {
            Path to = root.resolve("copy").resolve(from.relativize(file));
            Files.createDirectories(to.getParent());
            Files.copy(file, to, java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
        }
        RuntimeException refused =
                assertThrows(RuntimeException.class, () -> server(database, "copy").close());
        String text = String.valueOf(refused.getMessage());
        assertTrue(text.contains("running at") && text.contains(from.toString()), text);
    }
}
