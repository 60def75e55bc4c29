package io.millrace.e2e.nodes;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.e2e.ServerProcess;
import io.millrace.extents.VolumeInfo;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.PostgresKeySpace;
import io.millrace.keyspace.PostgresOptions;
import io.millrace.keyspace.Scan;
import io.millrace.testkit.Seed;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Two servers on one PostgreSQL, clients that ask them for anything, publishers that contest a
 * stream, and somebody who disturbs one server after the other.
 */
final class Storm implements AutoCloseable {
    private static final int CLIENTS = 6;
    private static final int NONCES = 20;
    private static final Set<FenceCheck.Kind> FENCED =
            Set.of(
                    FenceCheck.Kind.STREAM,
                    FenceCheck.Kind.CAMERAS,
                    FenceCheck.Kind.DELETION,
                    FenceCheck.Kind.OWNER,
                    FenceCheck.Kind.CURSOR);

    /** What is done to a server. */
    enum Disturbance {
        /** kill −9, and a start. */
        KILL,
        /** SIGSTOP, and SIGCONT later. */
        PAUSE,
        /** Its commits come late. */
        LATE
    }

    /**
     * How one server is disturbed.
     *
     * @param kinds in turn
     * @param leastSeconds how long a pause lasts at least
     */
    record Plan(List<Disturbance> kinds, int leastSeconds, int mostSeconds) {
        Plan {
            kinds = List.copyOf(kinds);
        }
    }

    private final Path root;
    private final Seed seed;
    private final Random random;
    private final Plan plan;
    private final Findings findings = new Findings();
    private final Map<Disturbance, Integer> done = new ConcurrentHashMap<>();
    private final List<Node> nodes = new ArrayList<>();
    private final List<String> figures = new ArrayList<>();
    private final EmbeddedPostgres postgres;
    private final Ledger ledger;
    private @Nullable Recorders recorders;
    private FenceCheck.@Nullable Result fences;
    private ReclaimCheck.@Nullable Result reclaim;
    private int nonces;

    /**
     * Starts the database and both servers.
     *
     * @param before classes that stand before the program's own, if any
     */
    Storm(Path root, Seed seed, Plan plan, List<Path> before) throws IOException, SQLException {
        this.root = root;
        this.seed = seed;
        this.random = seed.random();
        this.plan = plan;
        this.postgres =
                EmbeddedPostgres.builder()
                        .setPGStartupWait(Duration.ofSeconds(120))
                        .setServerConfig("max_connections", "120")
                        .start();
        try {
            Node a = node("a", before);
            ledger = Ledger.install(url());
            a.killAndStart(); // Its session is in the ledger, too.
            Files.createDirectories(root.resolve("b"));
            Files.copy(
                    root.resolve("a/master.key"),
                    root.resolve("b/master.key"),
                    StandardCopyOption.COPY_ATTRIBUTES);
            node("b", before);
        } catch (SQLException | IOException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private Node node(String name, List<Path> before) {
        String url = url();
        String port = ":" + postgres.getPort();
        String database = url.substring(url.indexOf(port) + port.length());
        Node node = new Node(name, root.resolve(name), postgres.getPort(), database, before);
        nodes.add(node);
        return node;
    }

    private String url() {
        return postgres.getJdbcUrl("postgres", "postgres");
    }

    private KeySpace keySpace() {
        return PostgresKeySpace.open(url(), new PostgresOptions(null, null, 2));
    }

    List<Ledger.Row> rows() throws SQLException {
        return ledger.rows();
    }

    Findings findings() {
        return findings;
    }

    int disturbances() {
        return done.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Whether each kind of disturbance came and went. */
    boolean eachKind() {
        return done.keySet().containsAll(plan.kinds());
    }

    private int disturbances(Disturbance kind) {
        return done.getOrDefault(kind, 0);
    }

    /** Looks at something after a disturbance. */
    interface Look {
        void look() throws SQLException;
    }

    /**
     * Goes on until the clients have had enough.
     *
     * @param goesOn asked by each client before each operation
     */
    void rage(int streams, BooleanSupplier goesOn, Look afterEach) throws Exception {
        List<ServerProcess> servers = nodes.stream().map(Node::process).toList();
        try (S3Client s3 = Clientele.s3(servers.getFirst())) {
            s3.createBucket(r -> r.bucket(Clientele.BUCKET));
            s3.createBucket(r -> r.bucket("recordings"));
        }
        List<Clientele> clients = new ArrayList<>();
        try (Publishers publishers =
                        Publishers.start(servers, root, "recordings", streams, random, findings);
                Recorders cameras = Recorders.start(servers, root, random, findings);
                KeySpace devices = keySpace();
                ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
            recorders = cameras;
            for (int i = 0; i < CLIENTS; i++) {
                Random own = new Random(random.nextLong());
                Clientele client = new Clientele(servers, "c" + i + "/", own, findings);
                clients.add(client);
                threads.execute(() -> client.operate(goesOn));
            }
            threads.shutdown();
            for (int turn = 0;
                    !threads.awaitTermination(200 + random.nextInt(1_000), TimeUnit.MILLISECONDS);
                    turn++) {
                useNonces(devices);
                disturb(nodes.get(random.nextInt(2)), plan.kinds().get(turn % plan.kinds().size()));
                afterEach.look();
            }
        }
        for (Clientele client : clients) {
            client.verify();
            client.close();
        }
    }

    /** What devices leave when their time is over: for the sweepers, every five minutes. */
    private void useNonces(KeySpace devices) {
        Batch.Builder batch = Batch.builder();
        for (int i = 0; i < NONCES; i++) {
            byte[] key = Keys.family('A').text("nonce").text("storm").text("n" + nonces++).done();
            batch.put(key, "\u0001{\"expires\":1}".getBytes(StandardCharsets.UTF_8));
        }
        devices.commit(batch.build());
    }

    private void disturb(Node node, Disturbance kind) throws Exception {
        int more = plan.mostSeconds() - plan.leastSeconds();
        int seconds = random.nextBoolean() ? more : random.nextInt(more + 1);
        switch (kind) {
            case KILL -> node.killAndStart();
            case PAUSE -> node.pause(plan.leastSeconds() + seconds);
            case LATE -> node.holdUpItsLine(plan.leastSeconds() + seconds);
        }
        done.merge(kind, 1, Integer::sum);
    }

    /**
     * Until all that was deleted is freed and all that cameras sent is indexed; then stops both and
     * looks at everything.
     */
    void settleAndCheck() throws Exception {
        Recorders cameras = Objects.requireNonNull(recorders);
        try (KeySpace keySpace = keySpace()) {
            awaitIndexed(cameras, keySpace);
            Scan deletions = Scan.prefix(new byte[] {'D'}, 1);
            long end = System.nanoTime() + Duration.ofMinutes(5).toNanos();
            while (!keySpace.scan(deletions).isEmpty()) {
                assertTrue(System.nanoTime() < end, "deletions are not freed: " + seed);
                Thread.sleep(200);
            }
        }
        nodes.forEach(node -> node.process().stop());
        List<Ledger.Row> rows = rows();
        FenceCheck.Result fenced = FenceCheck.of(rows);
        fenced.wrong().forEach(findings::wrong);
        List<VolumeInfo> volumes = nodes.stream().flatMap(n -> n.volumes().stream()).toList();
        try (KeySpace keySpace = keySpace()) {
            ReclaimCheck.Result freed = ReclaimCheck.of(rows, keySpace, volumes);
            cameras.missing(keySpace).forEach(findings::wrong);
            freed.wrong().forEach(findings::wrong);
            figures.add(freed.toString());
            reclaim = freed;
        }
        figures.add(fenced.toString());
        figures.add(cameras.objects() + " objects of cameras");
        fences = fenced;
    }

    private static void awaitIndexed(Recorders cameras, KeySpace keySpace)
            throws InterruptedException {
        long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (!cameras.missing(keySpace).isEmpty() && System.nanoTime() < end) {
            Thread.sleep(200);
        }
    }

    /**
     * What should have happened and did not, so that nothing wrong means anything; for after the
     * checks. What comes by the minute, as sweeping and probes, is left out.
     */
    List<String> notTried() {
        FenceCheck.Result fenced = Objects.requireNonNull(fences);
        ReclaimCheck.Result freed = Objects.requireNonNull(reclaim);
        Map<String, Integer> counts = new TreeMap<>();
        plan.kinds().forEach(kind -> counts.put("disturbances " + kind, disturbances(kind)));
        for (FenceCheck.Kind kind : FENCED) {
            counts.put("fenced rows " + kind, fenced.fencedRows().getOrDefault(kind, 0));
        }
        counts.put("leases that changed hands", fenced.handovers());
        counts.put("segments of streams", fenced.segments());
        counts.put("owners of streams", fenced.streamOwners());
        counts.put("deletions", freed.deletions());
        counts.put("extents that died", freed.extentsDead());
        counts.put("objects of cameras", Objects.requireNonNull(recorders).objects());
        return counts.entrySet().stream()
                .filter(count -> count.getValue() == 0)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** What happened and what was wrong, a fact a line. */
    String report() {
        LongSummaryStatistics restarts = new LongSummaryStatistics();
        nodes.forEach(node -> restarts.combine(node.restartMillis()));
        List<String> lines = new ArrayList<>();
        lines.add(seed.toString());
        lines.add(
                "%d requests with those at the end, %d kills, %d pauses and %d times late commits, of %d to %d s"
                        .formatted(
                                findings.operations(),
                                disturbances(Disturbance.KILL),
                                disturbances(Disturbance.PAUSE),
                                disturbances(Disturbance.LATE),
                                plan.leastSeconds(),
                                plan.mostSeconds()));
        lines.add(
                "a restart took %.1f to %.1f s, %.1f s on average"
                        .formatted(
                                restarts.getMin() / 1e3,
                                restarts.getMax() / 1e3,
                                restarts.getAverage() / 1e3));
        lines.add(findings.toString());
        lines.addAll(figures);
        lines.add(findings.wrong().size() + " wrong");
        lines.addAll(findings.wrong());
        return String.join("\n", lines) + "\n";
    }

    @Override
    public void close() throws IOException {
        for (Node node : nodes) {
            node.close();
        }
        postgres.close();
    }
}
