package io.millrace.media.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.media.Asker;
import io.millrace.media.ImageFigures;
import io.millrace.media.Samples;
import io.millrace.media.process.RefusedException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who waits for whom: real workers, whose pictures come when the test lets them. */
@Timeout(300)
final class ImageQueueTest {
    private static final String QUICK = "image/resize,w_100";
    private static final String HEAVY = "image/format,heic";

    @TempDir Path directory;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
    private byte[] small;

    @BeforeEach
    void draw() throws IOException {
        small = Samples.picture(directory, "small.jpg");
    }

    @AfterEach
    void stop() {
        callers.shutdownNow();
        timer.shutdownNow();
    }

    @Test
    void aThumbnailComesWhileEveryHeavyPlaceIsTakenAndMoreWait() throws Exception {
        byte[] big = Samples.picture(directory, "big.jpg", 4000, 3000);
        try (ImageWorkers workers = workers(1, 64)) {
            List<Future<Encoded>> heavy = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                heavy.add(callers.submit(() -> Works.run(workers, HEAVY, big)));
            }
            await(() -> workers.figures().lane("huge").waiting() == 7);
            for (int i = 0; i < 5; i++) {
                assertEquals("image/jpeg", Works.run(workers, QUICK, small).contentType());
            }
            assertTrue(heavy.stream().noneMatch(Future::isDone), "they are still at it");
            ImageFigures figures = workers.figures();
            assertEquals(8, figures.lane("light").passedOn());
            assertEquals(1, figures.lane("huge").running());
        }
    }

    @Test
    void whatWasFoundHeavyGoesToItsOwnAtOnce() throws Exception {
        byte[] png = Samples.picture(directory, "medium.png", 2000, 1500);
        String large = "image/format,webp";
        try (ImageWorkers workers = workers(1, 64)) {
            for (int i = 0; i < 2; i++) {
                ImageWork work = Works.of("version " + i, "content", large, png);
                assertEquals("image/webp", workers.run(work, me()).contentType());
            }
            assertEquals(1, workers.figures().lane("light").passedOn());
            assertEquals(2, workers.figures().lane("large").done());
        }
    }

    @Test
    void askersTakeTurns() throws Exception {
        Gate gate = new Gate();
        List<String> order = new CopyOnWriteArrayList<>();
        try (ImageWorkers workers = workers(1, 64)) {
            Future<?> first = callers.submit(() -> workers.run(gate.work("first"), me()));
            await(() -> gate.opened.get() == 1);
            List<Future<?>> all = new ArrayList<>(List.of(first));
            for (int i = 0; i < 6; i++) {
                int waiting = i + 1;
                all.add(callers.submit(() -> noted(workers, "flood", "f" + waiting, order)));
                await(() -> workers.figures().lane("light").waiting() == waiting);
            }
            all.add(callers.submit(() -> noted(workers, "guest", "guest", order)));
            await(() -> workers.figures().lane("light").waiting() == 7);
            gate.open();
            for (Future<?> each : all) {
                each.get();
            }
        }
        assertTrue(order.indexOf("guest") <= 1, "the guest came as " + order);
    }

    @Test
    void theSamePictureIsMadeOnce() throws Exception {
        Gate gate = new Gate();
        try (ImageWorkers workers = workers(2, 64)) {
            List<Future<Encoded>> all = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                String asker = "asker " + i;
                all.add(callers.submit(() -> workers.run(gate.work("same"), Asker.patient(asker))));
            }
            await(() -> workers.figures().joined() == 19);
            gate.open();
            Encoded one = all.getFirst().get();
            for (Future<Encoded> each : all) {
                assertSame(one, each.get());
            }
            assertEquals(1, gate.opened.get());
            assertEquals(20, gate.closed.get(), "every request's inputs are closed");
            assertNotSame(one, workers.run(gate.work("same"), me()), "nothing is kept");
        }
    }

    @Test
    void whatIsAlikeButAnotherObjectIsMadeForItself() throws Exception {
        Gate gate = new Gate();
        try (ImageWorkers workers = workers(2, 64)) {
            Future<Encoded> one = callers.submit(() -> workers.run(gate.work("one"), me()));
            Future<Encoded> two = callers.submit(() -> workers.run(gate.work("two"), me()));
            await(() -> gate.opened.get() == 2);
            gate.open();
            assertNotSame(one.get(), two.get());
            assertEquals(0, workers.figures().joined());
        }
    }

    @Test
    void aPictureIsMadeUntilTheLastWhoWaitsHasGone() throws Exception {
        Gate gate = new Gate();
        try (ImageWorkers workers = workers(1, 64)) {
            Future<?> first = callers.submit(() -> workers.run(gate.work("first"), me()));
            await(() -> gate.opened.get() == 1);
            Leaver one = new Leaver("one");
            Leaver two = new Leaver("two");
            Future<?> a = callers.submit(() -> workers.run(gate.work("wanted"), one.asker()));
            await(() -> workers.figures().lane("light").waiting() == 1);
            Future<?> b = callers.submit(() -> workers.run(gate.work("wanted"), two.asker()));
            await(() -> workers.figures().joined() == 1);
            one.leave();
            assertThrows(ExecutionException.class, a::get);
            assertEquals(1, workers.figures().lane("light").waiting());
            two.leave();
            assertThrows(ExecutionException.class, b::get);
            assertEquals(0, workers.figures().lane("light").waiting());
            gate.open();
            first.get();
            assertEquals(1, gate.opened.get(), "what nobody wanted was never begun");
            assertEquals(3, gate.closed.get());
            assertEquals(2, workers.figures().gone());
        }
    }

    @Test
    void heavyWorkThatNobodyWaitsForEndsWithItsWorker() throws Exception {
        byte[] big = Samples.picture(directory, "big.jpg", 4000, 3000);
        try (ImageWorkers workers = workers(1, 64)) {
            Leaver leaver = new Leaver("one");
            ImageWork work = Works.of(HEAVY, big);
            Future<?> heavy = callers.submit(() -> workers.run(work, leaver.asker()));
            await(() -> workers.figures().lane("huge").workers() == 1);
            leaver.leave();
            assertThrows(ExecutionException.class, heavy::get);
            await(() -> workers.figures().lane("huge").running() == 0);
            assertEquals(0, workers.figures().remembered());
            assertEquals(0, workers.figures().retried());
        }
    }

    @Test
    void aFullQueueTurnsAwayWhoHasTheMostInIt() throws Exception {
        Gate gate = new Gate();
        try (ImageWorkers workers = workers(1, 3)) {
            Future<?> first = callers.submit(() -> workers.run(gate.work("first"), me()));
            await(() -> gate.opened.get() == 1);
            List<Future<Encoded>> flood = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                int waiting = i + 1;
                flood.add(callers.submit(() -> asked(workers, "flood")));
                await(() -> workers.figures().lane("light").waiting() == waiting);
            }
            RefusedException refused =
                    assertThrows(RefusedException.class, () -> asked(workers, "flood"));
            assertEquals("503 ServiceUnavailable", refused.status() + " " + refused.code());
            Future<Encoded> guest = callers.submit(() -> asked(workers, "guest"));
            ExecutionException out =
                    assertThrows(ExecutionException.class, () -> flood.getLast().get());
            assertEquals(503, ((RefusedException) out.getCause()).status());
            gate.open();
            first.get();
            assertEquals("image/jpeg", guest.get().contentType());
            assertEquals("image/jpeg", flood.getFirst().get().contentType());
            assertEquals(1, workers.figures().turnedAway().get("full"));
            assertEquals(1, workers.figures().turnedAway().get("pushed-out"));
            assertTrue(workers.running() <= workers.limit());
        }
    }

    /** What turns out to be heavy asks for room among the heavy as who comes anew does. */
    @Test
    void aFullQueueOfHeavyWorkGivesWayToWhatIsPassedOnToIt() throws Exception {
        byte[] big = Samples.picture(directory, "big.jpg", 4000, 3000);
        try (ImageWorkers workers = workers(1, 3)) {
            List<Future<Encoded>> flood = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                int passed = i + 1;
                flood.add(callers.submit(() -> heavy(workers, "flood", big)));
                await(() -> workers.figures().lane("light").passedOn() == passed);
            }
            await(() -> workers.figures().lane("huge").waiting() == 3);
            Future<Encoded> guest = callers.submit(() -> heavy(workers, "guest", big));
            await(() -> workers.figures().lane("light").passedOn() == 5 || guest.isDone());
            await(() -> flood.stream().anyMatch(Future::isDone) || guest.isDone());
            assertTrue(!guest.isDone(), "the guest was turned away");
            assertEquals(1, workers.figures().turnedAway().get("pushed-out"));
            assertEquals(3, workers.figures().lane("huge").waiting());
        }
    }

    private static Encoded heavy(ImageWorkers workers, String asker, byte[] big) {
        String version = "heavy " + System.nanoTime();
        return workers.run(Works.of(version, version, HEAVY, big), Asker.patient(asker));
    }

    @Test
    void theInputsOfWhatIsPushedOutAreClosed() throws Exception {
        Gate gate = new Gate();
        Asker flood = Asker.patient("flood");
        try (ImageWorkers workers = workers(1, 2)) {
            Future<?> first = callers.submit(() -> workers.run(gate.work("first"), flood));
            await(() -> gate.opened.get() == 1);
            Future<?> stays = callers.submit(() -> workers.run(gate.work("stays"), flood));
            await(() -> workers.figures().lane("light").waiting() == 1);
            Future<?> goes = callers.submit(() -> workers.run(gate.work("goes"), flood));
            await(() -> workers.figures().lane("light").waiting() == 2);
            Future<?> guest = callers.submit(() -> workers.run(gate.work("guest"), me()));
            assertThrows(ExecutionException.class, goes::get);
            assertEquals(1, gate.closed.get());
            gate.open();
            for (Future<?> each : List.of(first, stays, guest)) {
                each.get();
            }
            assertEquals(4, gate.closed.get());
        }
    }

    @Test
    void whoJoinsOthersLendsThemTheirTurn() throws Exception {
        Gate gate = new Gate();
        List<String> order = new CopyOnWriteArrayList<>();
        try (ImageWorkers workers = workers(1, 64)) {
            List<Future<?>> all = new ArrayList<>();
            all.add(callers.submit(() -> workers.run(gate.work("first"), me())));
            await(() -> gate.opened.get() == 1);
            for (int i = 0; i < 5; i++) {
                int waiting = i + 1;
                boolean last = waiting == 5;
                String name = last ? "wanted" : "noted " + i;
                all.add(callers.submit(() -> noted(workers, "flood", name, order)));
                await(() -> workers.figures().lane("light").waiting() == waiting);
            }
            all.add(callers.submit(() -> noted(workers, "guest", "wanted", order)));
            await(() -> workers.figures().joined() == 1);
            gate.open();
            for (Future<?> each : all) {
                each.get();
            }
        }
        assertEquals(5, order.size());
        assertTrue(order.indexOf("wanted") <= 1, "it came as " + order);
    }

    @Test
    void aSourceThatCannotBeReadIsNotTheWorkersFault() throws Exception {
        Picture broken =
                new Picture(
                        small.length, () -> new ByteArrayInputStream(small, 0, small.length / 2));
        try (ImageWorkers workers = workers(1, 64)) {
            ImageWork work =
                    new ImageWork(QUICK, broken, List.of(), "version", "content", () -> {});
            RefusedException e =
                    assertThrows(RefusedException.class, () -> workers.run(work, me()));
            assertEquals(503, e.status(), e.text());
            ImageWork whole = Works.of("version", "content", QUICK, small);
            assertEquals("image/jpeg", workers.run(whole, me()).contentType());
            assertEquals(0, workers.figures().retried());
        }
    }

    private ImageWorkers workers(int light, int queue) {
        return new ImageWorkers(
                new ImageWorkers.Settings(
                        light, queue, Duration.ofSeconds(60), "libvips.so.42", directory),
                timer);
    }

    private Encoded asked(ImageWorkers workers, String asker) {
        return workers.run(Works.of(QUICK, small), Asker.patient(asker));
    }

    private Encoded noted(ImageWorkers workers, String asker, String name, List<String> order) {
        ImageWork work =
                new ImageWork(
                        QUICK,
                        new Picture(
                                small.length,
                                () -> {
                                    order.add(name);
                                    return new ByteArrayInputStream(small);
                                }),
                        List.of(),
                        name,
                        "noted",
                        () -> {});
        return workers.run(work, Asker.patient(asker));
    }

    private static Asker me() {
        return Asker.patient("me");
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            Thread.sleep(5);
        }
    }

    /** Somebody who goes when the test says so. */
    private static final class Leaver {
        private final String name;
        private final CompletableFuture<Runnable> gone = new CompletableFuture<>();

        Leaver(String name) {
            this.name = name;
        }

        Asker asker() {
            return new Asker(name, gone::complete);
        }

        void leave() throws Exception {
            gone.get().run();
        }
    }

    /** Pictures whose bytes a worker gets once the gate is open. */
    private final class Gate {
        final AtomicInteger opened = new AtomicInteger();
        final AtomicInteger closed = new AtomicInteger();
        private final CountDownLatch latch = new CountDownLatch(1);

        ImageWork work(String version) {
            Picture picture = new Picture(small.length, this::bytes);
            return new ImageWork(
                    QUICK, picture, List.of(), version, "alike", closed::incrementAndGet);
        }

        private InputStream bytes() {
            opened.incrementAndGet();
            try {
                latch.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return new ByteArrayInputStream(small);
        }

        void open() {
            latch.countDown();
        }
    }
}
