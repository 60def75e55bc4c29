package io.millrace.e2e.nodes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.aliyun.oss.OSS;
import com.aliyun.oss.model.AppendObjectRequest;
import io.millrace.e2e.Clients;
import io.millrace.e2e.ServerProcess;
import io.millrace.testkit.Seed;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Two servers on one PostgreSQL under random operations, kill −9, pauses (SIGSTOP) and resumes: no
 * wrong byte is ever served, and what was acknowledged is there.
 *
 * <p>{@code -Dmillrace.nodes.operations=10000 -Dmillrace.nodes.pause=60} makes the long run of it.
 */
class KilledAndPausedTest {
    private static final int OPERATIONS = Integer.getInteger("millrace.nodes.operations", 2_000);
    private static final int PAUSE_SECONDS = Integer.getInteger("millrace.nodes.pause", 15);
    private static final int CLIENTS = 6;
    private static final long BACK_OFF_NANOS = 300_000_000;
    private static final String BUCKET = "shared";
    private static final String ELSEWHERE = "ExtentStoreUnavailable";

    @TempDir Path root;
    private final Seed seed = Seed.fresh();
    private final AtomicInteger left = new AtomicInteger(OPERATIONS);
    private final AtomicInteger elsewhere = new AtomicInteger();
    private final AtomicInteger doubts = new AtomicInteger();
    private final AtomicInteger kills = new AtomicInteger();
    private final AtomicInteger pauses = new AtomicInteger();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();

    /** What a key may hold: one content when all is known, several after an unknown answer. */
    private static final class Known {
        final List<byte[]> contents = new ArrayList<>();
        boolean mayBeAbsent;
        boolean doubtful;

        Known(byte[] content) {
            contents.add(content);
        }

        boolean allows(byte[] found) {
            return contents.stream().anyMatch(c -> Arrays.equals(c, found));
        }
    }

    @Test
    void nothingAcknowledgedIsLostAndNoByteIsWrong() throws Exception {
        try (EmbeddedPostgres database =
                EmbeddedPostgres.builder()
                        .setPGStartupWait(Duration.ofSeconds(120))
                        .setServerConfig("max_connections", "120")
                        .start()) {
            String[] settings = {
                "keyspace.engine=postgres",
                "keyspace.postgres.url=" + database.getJdbcUrl("postgres", "postgres")
            };
            Path second = Files.createDirectories(root.resolve("b"));
            try (ServerProcess a = ServerProcess.start(root.resolve("a"), settings)) {
                Files.copy(
                        root.resolve("a/master.key"),
                        second.resolve("master.key"),
                        StandardCopyOption.COPY_ATTRIBUTES);
                try (ServerProcess b = ServerProcess.start(second, settings)) {
                    run(List.of(a, b), settings);
                }
            }
        }
        System.out.printf(
                "%s: %d operations, %d kills, %d pauses of up to %d s, %d unknown answers, %d"
                        + " times another's extents, %d wrong%n",
                seed,
                OPERATIONS,
                kills.get(),
                pauses.get(),
                PAUSE_SECONDS,
                doubts.get(),
                elsewhere.get(),
                wrong.size());
        assertEquals(List.of(), List.copyOf(wrong), seed.toString());
        assertTrue(kills.get() > 0 && pauses.get() > 0, "nothing was killed or paused");
    }

    private void run(List<ServerProcess> nodes, String[] settings) throws Exception {
        try (S3Client s3 = s3(nodes.getFirst())) {
            s3.createBucket(r -> r.bucket(BUCKET));
        }
        Random random = seed.random();
        List<Map<String, Known>> models = new ArrayList<>();
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        for (int i = 0; i < CLIENTS; i++) {
            Map<String, Known> model = new HashMap<>();
            models.add(model);
            Random own = new Random(random.nextLong());
            String prefix = "c" + i + "/";
            clients.execute(() -> operate(nodes, prefix, model, own));
        }
        clients.shutdown();
        for (int turn = 0;
                !clients.awaitTermination(200 + random.nextInt(1_000), TimeUnit.MILLISECONDS);
                turn++) {
            disturb(turn % 2 == 0, nodes.get(random.nextInt(2)), random, settings);
        }
        for (ServerProcess node : nodes) {
            for (int i = 0; i < CLIENTS; i++) {
                verify(node, models.get(i));
            }
        }
        for (Map<String, Known> model : models) {
            for (Map.Entry<String, Known> key : model.entrySet()) {
                if (!key.getValue().doubtful && !readable(nodes, key.getKey())) {
                    wrong.add(key.getKey() + " was acknowledged and no node has it");
                }
            }
        }
    }

    /** kill −9 and a start, or SIGSTOP for a while and SIGCONT. */
    private void disturb(boolean kill, ServerProcess node, Random random, String[] settings)
            throws Exception {
        if (kill) {
            kills.incrementAndGet();
            node.kill();
            node.launch(settings);
        } else {
            pauses.incrementAndGet();
            signal("STOP", node);
            Thread.sleep(1_000L * (1 + random.nextInt(PAUSE_SECONDS)));
            signal("CONT", node);
        }
    }

    private static void signal(String name, ServerProcess node) throws Exception {
        new ProcessBuilder("kill", "-" + name, Long.toString(node.pid())).start().waitFor();
    }

    private static S3Client s3(ServerProcess node) {
        return Clients.s3(node.object(), ServerProcess.KEY_ID, ServerProcess.SECRET);
    }

    private void operate(
            List<ServerProcess> nodes, String prefix, Map<String, Known> model, Random random) {
        List<S3Client> s3 = nodes.stream().map(KilledAndPausedTest::s3).toList();
        List<OSS> oss =
                nodes.stream()
                        .map(
                                n ->
                                        Clients.oss(
                                                n.object(),
                                                ServerProcess.KEY_ID,
                                                ServerProcess.SECRET,
                                                null))
                        .toList();
        for (int i = 0; left.getAndDecrement() > 0; i++) {
            int node = random.nextInt(2);
            List<String> sure =
                    model.entrySet().stream()
                            .filter(e -> !e.getValue().doubtful)
                            .map(Map.Entry::getKey)
                            .sorted()
                            .toList();
            String some = sure.isEmpty() ? "" : sure.get(random.nextInt(sure.size()));
            int kind = sure.size() < 5 ? 0 : random.nextInt(10);
            if (kind < 3) {
                put(s3.get(node), prefix + i, model, bytes(random));
            } else if (kind < 5 && some.contains("append")) {
                append(oss.get(node), some, model, bytes(random));
            } else if (kind < 5) {
                append(oss.get(node), prefix + "append" + i, model, bytes(random));
            } else if (kind < 6) {
                copy(s3.get(node), some, prefix + "copy" + i, model);
            } else if (kind < 7) {
                delete(s3.get(node), some, model);
            } else {
                read(s3.get(node), some, model.get(some));
            }
        }
        s3.forEach(S3Client::close);
        oss.forEach(OSS::shutdown);
    }

    private static byte[] bytes(Random random) {
        byte[] bytes = new byte[1 + random.nextInt(random.nextBoolean() ? 12_000 : 200_000)];
        random.nextBytes(bytes);
        return bytes;
    }

    private void put(S3Client s3, String key, Map<String, Known> model, byte[] bytes) {
        Known known = new Known(bytes);
        model.put(key, known);
        attempt(
                known,
                () -> s3.putObject(r -> r.bucket(BUCKET).key(key), RequestBody.fromBytes(bytes)),
                () -> known.mayBeAbsent = true);
    }

    private void append(OSS oss, String key, Map<String, Known> model, byte[] bytes) {
        Known known = model.get(key);
        byte[] before = known == null ? new byte[0] : known.contents.getFirst();
        byte[] after = Arrays.copyOf(before, before.length + bytes.length);
        System.arraycopy(bytes, 0, after, before.length, bytes.length);
        Known next = new Known(after);
        model.put(key, next);
        AppendObjectRequest request =
                new AppendObjectRequest(BUCKET, key, new ByteArrayInputStream(bytes));
        request.setPosition((long) before.length);
        attempt(
                next,
                () -> oss.appendObject(request),
                () -> {
                    next.contents.add(before);
                    next.mayBeAbsent = known == null;
                });
    }

    private void copy(S3Client s3, String from, String to, Map<String, Known> model) {
        Known known = new Known(model.get(from).contents.getFirst());
        model.put(to, known);
        attempt(
                known,
                () ->
                        s3.copyObject(
                                r ->
                                        r.sourceBucket(BUCKET)
                                                .sourceKey(from)
                                                .destinationBucket(BUCKET)
                                                .destinationKey(to)),
                () -> known.mayBeAbsent = true);
    }

    private void delete(S3Client s3, String key, Map<String, Known> model) {
        Known known = model.get(key);
        known.mayBeAbsent = true;
        known.doubtful = true; // Never written again: gone, or an unknown answer.
        attempt(
                known,
                () -> {
                    s3.deleteObject(r -> r.bucket(BUCKET).key(key));
                    known.contents.clear();
                },
                () -> {});
    }

    /** Does it; what is not answered with a success may have happened or not, for good. */
    private void attempt(Known known, Runnable operation, Runnable unknown) {
        try {
            operation.run();
        } catch (RuntimeException e) {
            known.doubtful = true;
            doubts.incrementAndGet();
            unknown.run();
            LockSupport.parkNanos(BACK_OFF_NANOS); // As clients do, while their server starts.
        }
    }

    /** Compares what a node serves, if it serves. */
    private boolean read(S3Client s3, String key, Known known) {
        try {
            byte[] found = s3.getObjectAsBytes(r -> r.bucket(BUCKET).key(key)).asByteArray();
            if (!known.allows(found)) {
                wrong.add(key + " has " + found.length + " other bytes");
            }
            return true;
        } catch (S3Exception e) {
            if (e.statusCode() == 404 && !known.mayBeAbsent) {
                wrong.add(key + " was acknowledged and is not found");
            }
            elsewhere.addAndGet(code(e).equals(ELSEWHERE) ? 1 : 0);
            return false;
        } catch (SdkException e) {
            return false; // Killed or paused.
        }
    }

    private static String code(S3Exception e) {
        return e.awsErrorDetails() == null ? "" : String.valueOf(e.awsErrorDetails().errorCode());
    }

    /** With both nodes up a node answers the right bytes, or that they are the other's. */
    private void verify(ServerProcess node, Map<String, Known> model) throws IOException {
        try (S3Client s3 = s3(node)) {
            for (Map.Entry<String, Known> key : model.entrySet()) {
                Known known = key.getValue();
                try {
                    byte[] found =
                            s3.getObjectAsBytes(r -> r.bucket(BUCKET).key(key.getKey()))
                                    .asByteArray();
                    if (!known.allows(found)) {
                        wrong.add(key.getKey() + " has " + found.length + " other bytes");
                    }
                } catch (S3Exception e) {
                    if (!(e.statusCode() == 404 && known.mayBeAbsent)
                            && !code(e).equals(ELSEWHERE)) {
                        wrong.add(key.getKey() + ": " + e.getMessage());
                    }
                }
            }
        }
    }

    /** Whether a node has all of a key's bytes; an append by both nodes is whole on neither. */
    private boolean readable(List<ServerProcess> nodes, String key) {
        if (key.contains("append") || key.contains("copy")) {
            return true; // Its bytes may lie on both; what each node says was looked at above.
        }
        for (ServerProcess node : nodes) {
            try (S3Client s3 = s3(node)) {
                s3.getObjectAsBytes(r -> r.bucket(BUCKET).key(key));
                return true;
            } catch (S3Exception e) {
                // the other one, then
            }
        }
        return false;
    }
}
