package io.millrace.media.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.media.Samples;
import io.millrace.media.process.RefusedException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Workers that die, hang or are too few. */
@Timeout(300)
final class WorkerFailuresTest {
    private static final String QUICK = "image/resize,w_100";
    private static final String SLOW = "image/format,heic";

    @TempDir Path directory;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();

    @AfterEach
    void stop() {
        callers.shutdownNow();
        timer.shutdownNow();
    }

    @Test
    void aCrashCostsItsOwnRequestAlone() throws Exception {
        byte[] small = Samples.picture(directory, "small.jpg");
        byte[] big = Samples.picture(directory, "big.jpg", 4000, 4000);
        try (ImageWorkers workers = workers(2, 64, Duration.ofSeconds(30))) {
            run(workers, QUICK, small);
            long worker = Samples.children("WorkerMain").getFirst();
            Duration before = cpu(worker);
            Future<Encoded> slow = callers.submit(() -> run(workers, SLOW, big));
            // It works on the picture: starting, which costs CPU too, was over before.
            while (cpu(worker).minus(before).toMillis() < 200) {
                Thread.sleep(10);
            }
            Future<Encoded> other = callers.submit(() -> run(workers, QUICK, small));
            Samples.run("kill", "-SEGV", Long.toString(worker));
            RefusedException refused = refused(slow);
            assertEquals(500, refused.status());
            assertEquals("InternalError", refused.code());
            assertEquals("image/jpeg", other.get().contentType());
            for (int i = 0; i < 5; i++) {
                assertEquals("image/jpeg", run(workers, QUICK, small).contentType());
            }
            assertTrue(workers.running() <= 2);
        }
    }

    @Test
    void aWorkerThatDiedWhileIdleCostsNothing() throws IOException {
        byte[] small = Samples.picture(directory, "small.jpg");
        try (ImageWorkers workers = workers(1, 64, Duration.ofSeconds(30))) {
            run(workers, QUICK, small);
            for (long pid : Samples.children("WorkerMain")) {
                Samples.run("kill", "-9", Long.toString(pid));
                awaitGone(pid);
            }
            assertEquals("image/jpeg", run(workers, QUICK, small).contentType());
            assertEquals(1, workers.running());
        }
    }

    @Test
    void aRequestPastItsDeadlineIsEndedAndTheNextIsServed() throws IOException {
        byte[] big = Samples.picture(directory, "late.jpg", 4000, 4000);
        byte[] small = Samples.picture(directory, "small.jpg");
        try (ImageWorkers workers = workers(1, 64, Duration.ofMillis(700))) {
            run(workers, QUICK, small);
            RefusedException e =
                    assertThrows(RefusedException.class, () -> run(workers, SLOW, big));
            assertTrue(e.status() == 503 || e.text().contains("to process"), e.text());
            assertEquals("image/jpeg", run(workers, QUICK, small).contentType());
        }
    }

    @Test
    void workersAndWaitersAreBounded() throws Exception {
        byte[] picture = Samples.picture(directory, "many.jpg", 1000, 750);
        try (ImageWorkers workers = workers(2, 3, Duration.ofSeconds(30))) {
            List<Future<Encoded>> requests = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                requests.add(callers.submit(() -> run(workers, SLOW, picture)));
            }
            int served = 0;
            int most = 0;
            for (Future<Encoded> request : requests) {
                most = Math.max(most, workers.running());
                try {
                    request.get();
                    served++;
                } catch (ExecutionException e) {
                    RefusedException refused = (RefusedException) e.getCause();
                    assertEquals(503, refused.status());
                }
            }
            assertTrue(most <= 2, "workers at once: " + most);
            assertTrue(served >= 5 && served < 16, "served: " + served);
        }
    }

    @Test
    void closingEndsTheProcesses() throws IOException {
        byte[] small = Samples.picture(directory, "small.jpg");
        ImageWorkers workers = workers(1, 1, Duration.ofSeconds(30));
        run(workers, QUICK, small);
        List<Long> pids = Samples.children("WorkerMain");
        workers.close();
        pids.forEach(WorkerFailuresTest::awaitGone);
    }

    private ImageWorkers workers(int limit, int queue, Duration deadline) {
        return new ImageWorkers(
                new ImageWorkers.Settings(limit, queue, deadline, "libvips.so.42", directory),
                timer);
    }

    private static Encoded run(ImageWorkers workers, String process, byte[] bytes) {
        return workers.run(
                process,
                new Picture(bytes.length, () -> new ByteArrayInputStream(bytes)),
                List.of());
    }

    private static RefusedException refused(Future<Encoded> request) throws InterruptedException {
        ExecutionException e = assertThrows(ExecutionException.class, request::get);
        return (RefusedException) e.getCause();
    }

    private static Duration cpu(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(p -> p.info().totalCpuDuration())
                .orElse(Duration.ZERO);
    }

    private static void awaitGone(long pid) {
        ProcessHandle.of(pid).ifPresent(p -> p.onExit().join());
    }
}
