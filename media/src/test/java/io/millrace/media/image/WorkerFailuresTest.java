package io.millrace.media.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.media.Asker;
import io.millrace.media.ImageFigures;
import io.millrace.media.Samples;
import io.millrace.media.process.RefusedException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
    void aWorkerThatIsLostOnceCostsNobodyAnything() throws Exception {
        byte[] small = Samples.picture(directory, "small.jpg");
        byte[] big = Samples.picture(directory, "big.jpg", 2000, 1500);
        try (ImageWorkers workers = workers(1, 64, Duration.ofSeconds(60))) {
            run(workers, QUICK, small);
            Set<Long> light = Set.copyOf(Samples.children("WorkerMain"));
            Future<Encoded> slow = callers.submit(() -> run(workers, SLOW, big));
            Samples.run("kill", "-9", Long.toString(awaitBusy(workers, "large", light)));
            assertEquals("image/jpeg", run(workers, QUICK, small).contentType());
            assertEquals("image/heic", slow.get().contentType());
            assertEquals(1, workers.figures().retried());
            assertEquals(1, workers.figures().ended().get("lost"));
        }
    }

    @Test
    void aPictureThatLosesTwoWorkersIsRememberedAndTakesNoThird() throws Exception {
        byte[] small = Samples.picture(directory, "small.jpg");
        byte[] big = Samples.picture(directory, "big.jpg", 3000, 3000);
        ImageWork bad = Works.of("version", "content", SLOW, big);
        try (ImageWorkers workers = workers(1, 64, Duration.ofSeconds(60))) {
            run(workers, QUICK, small);
            Set<Long> others = new HashSet<>(Samples.children("WorkerMain"));
            Future<Encoded> slow = callers.submit(() -> workers.run(bad, Asker.patient("a")));
            long first = awaitBusy(workers, "huge", others);
            Samples.run("kill", "-SEGV", Long.toString(first));
            awaitGone(first);
            others.add(first);
            Samples.run("kill", "-9", Long.toString(awaitBusy(workers, "huge", others)));
            RefusedException refused = refused(slow);
            assertEquals("500 InternalError", refused.status() + " " + refused.code());
            long started = workers.figures().started();
            ImageWork copy = Works.of("another version", "content", SLOW, big);
            RefusedException again =
                    assertThrows(
                            RefusedException.class, () -> workers.run(copy, Asker.patient("b")));
            assertEquals("500 InternalError", again.status() + " " + again.code());
            assertTrue(again.text().contains("failed before"), again.text());
            assertEquals(1, workers.figures().remembered());
            assertEquals(started, workers.figures().started());
            assertEquals("image/jpeg", run(workers, QUICK, small).contentType());
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
    void aPictureThatTakesTooLongIsEndedAndRemembered() throws IOException {
        byte[] big = Samples.picture(directory, "late.jpg", 4000, 4000);
        byte[] small = Samples.picture(directory, "small.jpg");
        ImageWork late = Works.of("version", "content", SLOW, big);
        try (ImageWorkers workers = workers(1, 64, Duration.ofMillis(700))) {
            run(workers, QUICK, small);
            RefusedException e =
                    assertThrows(
                            RefusedException.class, () -> workers.run(late, Asker.patient("a")));
            // A machine that gave it no time says so, and remembers nothing.
            boolean starved = e.status() == 503;
            assertTrue(starved || e.text().contains("processor time"), e.text());
            ImageFigures before = workers.figures();
            assertEquals(1, before.ended().get(starved ? "late" : "cpu"));
            if (!starved) {
                RefusedException again =
                        assertThrows(
                                RefusedException.class,
                                () -> workers.run(late, Asker.patient("a")));
                assertEquals("ImageTooLarge", again.code());
                assertEquals(before.started(), workers.figures().started());
            }
            assertEquals("image/jpeg", run(workers, QUICK, small).contentType());
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
        return Works.run(workers, process, bytes);
    }

    private static RefusedException refused(Future<Encoded> request) throws InterruptedException {
        ExecutionException e = assertThrows(ExecutionException.class, request::get);
        return (RefusedException) e.getCause();
    }

    /** The worker of a heavier lane once it has started; it has long to do. */
    private static long awaitBusy(ImageWorkers workers, String lane, Set<Long> others)
            throws Exception {
        while (true) {
            for (long pid : Samples.children("WorkerMain")) {
                if (!others.contains(pid) && workers.figures().lane(lane).workers() == 1) {
                    Thread.sleep(50);
                    return pid;
                }
            }
            Thread.sleep(10);
        }
    }

    private static void awaitGone(long pid) {
        ProcessHandle.of(pid).ifPresent(p -> p.onExit().join());
    }
}
