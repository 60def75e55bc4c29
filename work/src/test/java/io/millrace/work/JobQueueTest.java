package io.millrace.work;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.RocksKeySpace;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobQueueTest {
    private static final JobQueue.Options OPTIONS =
            new JobQueue.Options(
                    Duration.ofMillis(150), 2, Duration.ofMillis(1), Duration.ofMillis(5));

    @TempDir Path directory;
    private KeySpace keySpace;
    private JobQueue queue;

    @BeforeEach
    void open() {
        keySpace = RocksKeySpace.open(directory);
        queue = new JobQueue(keySpace, "probes", OPTIONS);
    }

    @AfterEach
    void close() {
        keySpace.close();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private JobQueue.Claim claimOne(String worker) throws InterruptedException {
        for (int i = 0; i < 200; i++) {
            List<JobQueue.Claim> claims = queue.claim(worker, 1);
            if (!claims.isEmpty()) {
                return claims.get(0);
            }
            Thread.sleep(5);
        }
        throw new AssertionError("nothing to claim");
    }

    @Test
    void aJobIsDoneOnce() throws Exception {
        assertTrue(queue.enqueue("a", utf8("payload")));
        assertFalse(queue.enqueue("a", utf8("again")));
        JobQueue.Claim claim = claimOne("w1");
        assertArrayEquals(utf8("payload"), claim.job().payload());
        assertEquals(1, claim.job().attempts());
        assertEquals(List.of(), queue.claim("w2", 10));
        assertTrue(queue.complete(claim));
        assertFalse(queue.complete(claim));
        assertTrue(queue.find("a").isEmpty());
        assertTrue(queue.enqueue("a", utf8("again")));
    }

    @Test
    void aFailedJobComesBackAndDiesWithItsReason() throws Exception {
        queue.enqueue("a", utf8("p"));
        assertTrue(queue.fail(claimOne("w"), "first"));
        assertEquals(Job.State.WAITING, queue.find("a").orElseThrow().state());
        assertTrue(queue.fail(claimOne("w"), "second"));
        Job dead = queue.find("a").orElseThrow();
        assertEquals(Job.State.DEAD, dead.state());
        assertEquals("second", dead.reason());
        assertEquals(2, dead.attempts());
        Thread.sleep(20);
        assertEquals(List.of(), queue.claim("w", 10));
        assertTrue(queue.retry("a"));
        assertFalse(queue.retry("a"));
        assertTrue(queue.complete(claimOne("w")));
    }

    @Test
    void theJobOfAWorkerThatVanishedIsGivenToAnother() throws Exception {
        queue.enqueue("a", utf8("p"));
        JobQueue.Claim lost = claimOne("w1");
        JobQueue.Claim second = claimOne("w2");
        assertEquals(2, second.job().attempts());
        assertFalse(queue.complete(lost));
        assertFalse(queue.fail(lost, "late"));
        assertTrue(queue.extend(lost).isEmpty());
        Thread.sleep(5); // within the same millisecond the longer claim would be the same one
        JobQueue.Claim longer = queue.extend(second).orElseThrow();
        assertFalse(queue.complete(second));
        assertTrue(queue.complete(longer));
    }

    @Test
    void aJobThatKillsItsWorkersDies() throws Exception {
        queue.enqueue("a", utf8("p"));
        claimOne("w1");
        claimOne("w2");
        Thread.sleep(200);
        assertEquals(List.of(), queue.claim("w3", 1));
        Job dead = queue.find("a").orElseThrow();
        assertEquals(Job.State.DEAD, dead.state());
        assertTrue(dead.reason().contains("w2"), dead.reason());
        assertTrue(queue.remove("a"));
        assertTrue(queue.find("a").isEmpty());
    }

    @Test
    void aJobMayComeWithSomebodyElsesCommitAndForLater() throws Exception {
        Batch.Builder batch = Batch.builder();
        queue.enqueueIn(batch, "in", utf8("x"));
        keySpace.commit(batch.build());
        queue.enqueue("later", utf8("y"), keySpace.storeNow().plusSeconds(60));
        assertEquals("in", claimOne("w").job().id());
        assertEquals(List.of(), queue.claim("w", 10));
        assertEquals(List.of("in", "later"), queue.list("", 10).stream().map(Job::id).toList());
        assertEquals(List.of("later"), queue.list("in", 10).stream().map(Job::id).toList());
    }

    @Test
    void manyWorkersShareTheJobsWithoutDoingOneTwice() throws Exception {
        JobQueue patient = new JobQueue(keySpace, "many", JobQueue.Options.standard());
        for (int i = 0; i < 100; i++) {
            patient.enqueue("job" + i, utf8("" + i));
        }
        Set<String> done = ConcurrentHashMap.newKeySet();
        try (ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int w = 0; w < 8; w++) {
                String worker = "w" + w;
                running.add(
                        workers.submit(
                                () -> {
                                    while (done.size() < 100) {
                                        // A virtual thread that spins would starve the others.
                                        patient.await(Duration.ofMillis(1));
                                        for (JobQueue.Claim claim : patient.claim(worker, 5)) {
                                            assertTrue(done.add(claim.job().id()));
                                            assertTrue(patient.complete(claim));
                                        }
                                    }
                                    return null;
                                }));
            }
            for (Future<?> f : running) {
                f.get();
            }
        }
        assertEquals(List.of(), patient.list("", 10));
    }
}
