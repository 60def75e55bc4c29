package io.millrace.e2e.nodes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.e2e.ServerProcess;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.extents.VolumeInfo;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.PostgresKeySpace;
import io.millrace.keyspace.PostgresOptions;
import io.millrace.keyspace.Scan;
import io.millrace.testkit.Seed;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Two servers on one PostgreSQL under random operations and publishers that contest a stream, with
 * kill −9, pauses (SIGSTOP) and resumes: no wrong byte is ever served, what was acknowledged is
 * there, nothing is reclaimed twice, no stream has two owners.
 *
 * <p>{@code bench/two-nodes.sh} makes the long run of it.
 */
class KilledAndPausedTest {
    private static final int OPERATIONS = Integer.getInteger("millrace.nodes.operations", 1_500);
    private static final int PAUSE_SECONDS = Integer.getInteger("millrace.nodes.pause", 8);
    private static final int CLIENTS = 6;

    @TempDir Path root;
    private final Seed seed = Seed.fresh();
    private final Random random = seed.random();
    private final Findings findings = new Findings();
    private final List<Node> nodes = new ArrayList<>();
    private final List<String> figures = new ArrayList<>();
    private int kills;
    private int pauses;
    private String database = "";

    /** A server, and how often it was started: its connections say which start they are of. */
    private final class Node implements AutoCloseable {
        private final String name;
        private final Path data;
        private final ServerProcess process;
        private int launches = 1;

        Node(String name) {
            this.name = name;
            this.data = root.resolve(name);
            this.process = ServerProcess.start(data, settings());
        }

        private String[] settings() {
            return new String[] {
                "keyspace.engine=postgres",
                "keyspace.postgres.url=" + database + "&ApplicationName=" + name + launches,
                "roles=store,live,media,console",
                "extents.volume=1MiB",
                "store.grace=3s",
                "store.pause=1s",
                "live.segment=1s",
                "live.grace=2s"
            };
        }

        void killAndStart() {
            process.kill();
            launches++;
            process.launch(settings());
        }

        void pause(int seconds) throws Exception {
            signal("STOP");
            Thread.sleep(1_000L * seconds);
            signal("CONT");
        }

        private void signal(String signal) throws Exception {
            new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                    .start()
                    .waitFor();
        }

        List<VolumeInfo> volumes() {
            try (LocalExtents extents =
                    LocalExtents.open(
                            List.of(data.resolve("extents")), ExtentsOptions.standard())) {
                return extents.list();
            }
        }

        @Override
        public void close() {
            process.close();
        }
    }

    @Test
    void nothingIsLostWrongFreedTwiceOrOwnedByTwo() throws Exception {
        try (EmbeddedPostgres postgres =
                EmbeddedPostgres.builder()
                        .setPGStartupWait(Duration.ofSeconds(120))
                        .setServerConfig("max_connections", "120")
                        .start()) {
            database = postgres.getJdbcUrl("postgres", "postgres");
            try {
                nodes.add(new Node("a"));
                Ledger ledger = Ledger.install(database);
                nodes.getFirst().killAndStart(); // Its session is in the ledger, too.
                Files.createDirectories(root.resolve("b"));
                Files.copy(
                        root.resolve("a/master.key"),
                        root.resolve("b/master.key"),
                        StandardCopyOption.COPY_ATTRIBUTES);
                nodes.add(new Node("b"));
                storm();
                awaitQuiet();
                nodes.forEach(node -> node.process.stop());
                check(ledger.rows());
            } finally {
                nodes.forEach(Node::close);
            }
        }
        Files.writeString(Path.of("target/two-nodes.txt"), report());
        assertEquals(List.of(), findings.wrong(), seed.toString());
        assertTrue(kills > 0 && pauses > 0, "nothing was killed or paused");
    }

    private String report() {
        String disturbances =
                "%d operations, %d kills, %d pauses of up to %d s"
                        .formatted(OPERATIONS, kills, pauses, PAUSE_SECONDS);
        List<String> lines = new ArrayList<>(List.of(seed.toString(), disturbances));
        lines.add(findings.toString());
        lines.addAll(figures);
        lines.add(findings.wrong().size() + " wrong");
        lines.addAll(findings.wrong());
        return String.join("\n", lines) + "\n";
    }

    private void storm() throws Exception {
        List<ServerProcess> servers = nodes.stream().map(n -> n.process).toList();
        try (S3Client s3 = Clientele.s3(servers.getFirst())) {
            s3.createBucket(r -> r.bucket(Clientele.BUCKET));
            s3.createBucket(r -> r.bucket("recordings"));
        }
        AtomicInteger left = new AtomicInteger(OPERATIONS);
        List<Clientele> clients = new ArrayList<>();
        try (Publishers publishers = Publishers.start(servers, root, "recordings", random);
                ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
            for (int i = 0; i < CLIENTS; i++) {
                Random own = new Random(random.nextLong());
                Clientele client = new Clientele(servers, "c" + i + "/", own, findings);
                clients.add(client);
                threads.execute(() -> client.operate(() -> left.getAndDecrement() > 0));
            }
            threads.shutdown();
            for (int turn = 0;
                    !threads.awaitTermination(200 + random.nextInt(1_000), TimeUnit.MILLISECONDS);
                    turn++) {
                disturb(nodes.get(random.nextInt(2)), turn % 2 == 0);
            }
        }
        for (Clientele client : clients) {
            client.verify();
            client.close();
        }
    }

    private void disturb(Node node, boolean kill) throws Exception {
        if (kill) {
            kills++;
            node.killAndStart();
        } else {
            pauses++;
            node.pause(random.nextBoolean() ? PAUSE_SECONDS : 1 + random.nextInt(PAUSE_SECONDS));
        }
    }

    private KeySpace keySpace() {
        return PostgresKeySpace.open(database, new PostgresOptions(null, null, 2));
    }

    /** Until all that was deleted is freed. */
    private void awaitQuiet() throws InterruptedException {
        try (KeySpace keySpace = keySpace()) {
            Scan deletions = Scan.prefix(new byte[] {'D'}, 1);
            long end = System.nanoTime() + Duration.ofMinutes(3).toNanos();
            while (!keySpace.scan(deletions).isEmpty()) {
                assertTrue(System.nanoTime() < end, "deletions are not freed: " + seed);
                Thread.sleep(200);
            }
        }
    }

    private void check(List<Ledger.Row> rows) {
        FenceCheck.Result fences = FenceCheck.of(rows);
        fences.wrong().forEach(findings::wrong);
        List<VolumeInfo> volumes = nodes.stream().flatMap(n -> n.volumes().stream()).toList();
        try (KeySpace keySpace = keySpace()) {
            ReclaimCheck.Result reclaim = ReclaimCheck.of(rows, keySpace, volumes);
            reclaim.wrong().forEach(findings::wrong);
            figures.add(reclaim.toString());
        }
        figures.add(fences.toString());
    }
}
