package io.millrace.store.scrub;

import static io.millrace.store.Bench.BUCKET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.ExtentRef;
import io.millrace.extents.ExtentsException;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.keyspace.KeySpaceFiles;
import io.millrace.keyspace.Keys;
import io.millrace.kit.Damage;
import io.millrace.kit.MonotonicClock;
import io.millrace.store.Bench;
import io.millrace.store.space.StoreKeys;
import io.millrace.work.Leases;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Passes begin when they are due or asked for, go on where they stood, and say how far they are.
 */
class ScrubTest {
    private static final long MIB = 1 << 20;
    private static final ScrubOptions DUE = new ScrubOptions(1L << 40, Duration.ofDays(1));
    private static final Duration NEVER = Duration.ofHours(1);
    private static final int PATIENCE_SECONDS = 20;
    private static final Scrub.Waits QUICK = new Scrub.Waits(Duration.ofMillis(1), NEVER);

    @TempDir static Path directory;
    private static Bench.Ground ground;
    private Bench bench;
    private Leases leases;

    /** The key space's files and their sizes in bytes. */
    private final Map<String, Long> files = new TreeMap<>();

    private final List<String> checked = new CopyOnWriteArrayList<>();
    private volatile Consumer<String> atCheck = file -> {};

    @BeforeAll
    static void begin() {
        ground = new Bench.Ground(directory);
    }

    @AfterAll
    static void end() {
        ground.close();
    }

    @BeforeEach
    void open() {
        bench = new Bench(ground);
        leases = leases("node");
    }

    private Leases leases(String node) {
        return Leases.open(
                bench.keySpace, node, Leases.Options.standard(), MonotonicClock.system());
    }

    @AfterEach
    void close() {
        leases.close();
        bench.close();
    }

    private final class Files implements KeySpaceFiles {
        @Override
        public List<Named> list() {
            return files.entrySet().stream().map(f -> new Named(f.getKey(), f.getValue())).toList();
        }

        @Override
        public List<Damage> check(Named file) {
            checked.add(file.name());
            atCheck.accept(file.name());
            return List.of();
        }
    }

    private Scrub scrub(ScrubOptions options, Scrub.Waits waits) {
        return new Scrub(
                bench.core,
                Optional.of(new Files()),
                leases,
                bench.clock.monotonic(),
                options,
                waits);
    }

    private Scrub quiet() {
        return scrub(ScrubOptions.off(), QUICK);
    }

    private static void await(BooleanSupplier what) throws InterruptedException {
        long until = System.nanoTime() + Duration.ofSeconds(PATIENCE_SECONDS).toNanos();
        while (!what.getAsBoolean()) {
            assertTrue(System.nanoTime() < until, "it never came");
            Thread.sleep(1);
        }
    }

    private static void awaitEnd(Scrub scrub, long pass) throws InterruptedException {
        await(
                () -> {
                    ScrubStatus now = scrub.status();
                    return now.pass() == pass && !now.running();
                });
    }

    private ScrubRow saved() {
        return ScrubRow.decode(bench.keySpace.get(StoreKeys.scrub(bench.store())));
    }

    private List<DamagedObject> found() {
        return new Found(bench.core.space()).objects();
    }

    private static long millis(@Nullable Instant instant) {
        assertNotNull(instant);
        return instant.toEpochMilli();
    }

    @Test
    void aScrubSaysWhatThereIsToReadAndWhatWasRead() throws Exception {
        bench.put("a", 20_000);
        files.put("1", 40 * MIB);
        long used = bench.extents.list().stream().mapToLong(v -> v.usedBytes()).sum();
        long volume = bench.owned().getFirst().volume();
        bench.write(StoreKeys.deadBytes(bench.store(), volume), Keys.counter(1_000));
        try (Scrub scrub = quiet()) {
            ScrubStatus before = scrub.status();
            assertEquals(0, before.pass());
            assertNull(before.started());
            assertNull(before.finished());
            ScrubStatus after = scrub.pass();
            assertEquals(1, after.pass());
            assertEquals(used - 1_000 + 40 * MIB, after.totalBytes());
            assertEquals(20_000 + 40 * MIB, after.doneBytes());
            assertEquals(after.doneBytes(), after.allBytes());
            assertEquals(bench.now(), millis(after.started()));
            assertEquals(bench.now(), millis(after.finished()));
            assertFalse(after.running());
            bench.write(StoreKeys.deadBytes(bench.store(), volume), Keys.counter(used + 1));
            ScrubStatus again = scrub.pass();
            assertEquals(2, again.pass());
            assertEquals(2 * after.doneBytes(), again.allBytes());
            assertEquals(40 * MIB, again.totalBytes(), "an estimate, never below nothing");
        }
    }

    @Test
    void whileAPassIsUnderWayItSaysSo() throws Exception {
        bench.put("a", 20_000);
        files.put("1", 3 * MIB);
        files.put("2", 5 * MIB);
        List<ScrubStatus> heard = new ArrayList<>();
        try (Scrub scrub = quiet()) {
            atCheck = file -> heard.add(scrub.status());
            long began = bench.now();
            scrub.pass();
            assertTrue(heard.getFirst().running());
            assertEquals(1, heard.getFirst().pass());
            assertEquals(20_000, heard.getFirst().doneBytes());
            ScrubStatus second = heard.get(1);
            assertEquals(20_000 + 3 * MIB, second.doneBytes());
            assertEquals(20_000 + 3 * MIB, second.allBytes());
            assertEquals(began, millis(second.started()));
            assertNull(second.finished());
        }
    }

    @Test
    void whereAnotherNodeHasTheLeaseNothingIsRead() throws Exception {
        bench.put("a", 20_000);
        try (Leases other = leases("other");
                Scrub scrub = quiet()) {
            assertTrue(other.acquire("store/scrub/" + bench.store()).isPresent());
            assertEquals(0, scrub.pass().pass());
        }
    }

    @Test
    void aPassThatWasAskedForRunsByItselfAndOnce() throws Exception {
        bench.put("hit", 20_000);
        bench.flip(bench.owned().getFirst());
        try (Scrub scrub = quiet()) {
            scrub.startNow();
            scrub.start();
            awaitEnd(scrub, 1);
            assertEquals(1, scrub.status().found());
            assertNull(scrub.status().waitsFor());
            Thread.sleep(50);
            assertEquals(1, scrub.status().pass(), "none is due");
            scrub.startNow();
            awaitEnd(scrub, 2);
        }
        assertEquals(2, saved().pass());
        assertEquals(BUCKET, found().getFirst().bucket());
    }

    @Test
    void aPassThatIsDueBeginsByItselfAndTheNextWhenItsTimeHasCome() throws Exception {
        bench.put("a", 20_000);
        try (Scrub scrub = scrub(DUE, QUICK)) {
            scrub.start();
            awaitEnd(scrub, 1);
            Thread.sleep(50);
            assertEquals(1, scrub.status().pass());
            bench.clock.advance(Duration.ofDays(1));
            awaitEnd(scrub, 2);
        }
        assertEquals(20_000, saved().doneBytes());
    }

    @Test
    void betweenTwoTurnsNothingIsDone() throws Exception {
        try (Scrub scrub = scrub(DUE, new Scrub.Waits(NEVER, Duration.ZERO))) {
            scrub.start();
            awaitEnd(scrub, 1);
            scrub.startNow();
            Thread.sleep(100);
            assertEquals(1, scrub.status().pass());
        }
    }

    @Test
    void whatReadsMeetIsNotedWithoutAPass() throws Exception {
        try (Scrub scrub = quiet()) {
            scrub.start();
            damaged("hit");
            await(() -> !found().isEmpty());
            assertEquals(0, scrub.status().pass());
            assertEquals(
                    List.of("hit"), scrub.found().objects().stream().map(d -> d.key()).toList());
        }
    }

    private ExtentRef damaged(String key) {
        bench.put(key, 20_000);
        ExtentRef ref = bench.owned().getLast();
        bench.flip(ref);
        assertThrows(
                ExtentsException.class,
                () -> bench.extents.read(ref, 0, new byte[20_000], 0, 20_000));
        return ref;
    }

    @Test
    void aPassBeginsWithASecondLookAtWhatWasNoted() throws Exception {
        try (Scrub scrub = quiet()) {
            scrub.start();
            ExtentRef ref = damaged("hit");
            await(() -> !found().isEmpty());
            bench.flip(ref);
            Thread.sleep(20);
            assertEquals(1, found().size(), "nobody looked again");
            scrub.startNow();
            awaitEnd(scrub, 1);
            assertEquals(List.of(), found());
        }
    }

    @Test
    void aPassThatGoesOnByHandBeginsWithASecondLookToo() throws Exception {
        ExtentRef ref = damaged("hit");
        new Notes(bench.core).collect();
        bench.flip(ref);
        ScrubRow inFiles = ScrubRow.NEVER.begin(5, 7).in(ScrubRow.Phase.KEY_SPACE);
        bench.write(StoreKeys.scrub(bench.store()), inFiles.encode());
        files.put("1", MIB);
        try (Scrub scrub = quiet()) {
            assertTrue(scrub.status().running());
            ScrubStatus after = scrub.pass();
            assertEquals(1, after.pass());
            assertEquals(7, after.totalBytes());
            assertEquals(MIB, after.doneBytes(), "the extents were read before");
        }
        assertEquals(List.of(), found());
    }

    /** Its pause after such a file would be an hour. */
    private void enormous() {
        files.put("1", 3_600 * ScrubOptions.WHEN_ASKED);
    }

    @Test
    void onlyAPassByHandGoesAsFastAsItCan() throws Exception {
        enormous();
        try (Scrub scrub = quiet()) {
            assertFalse(scrub.pass().running());
            scrub.startNow();
            scrub.start();
            await(() -> checked.size() == 2);
            Thread.sleep(50);
            assertTrue(scrub.status().running());
        }
        assertEquals(ScrubRow.Phase.KEY_SPACE, saved().phase());
        files.put("2", 3_600 * ScrubOptions.WHEN_ASKED);
        try (Scrub scrub = scrub(DUE, QUICK)) {
            scrub.start();
            awaitEnd(scrub, 2);
        }
        assertEquals(List.of("1", "1", "2"), checked, "the first was read already");
    }

    /** Says that it came there, and waits until it may go on. */
    private static void holdUp(CountDownLatch inside, CountDownLatch go) {
        inside.countDown();
        try {
            assertTrue(go.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void thereIsOnePassAtATime() throws Exception {
        files.put("1", MIB);
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        atCheck = file -> holdUp(inside, go);
        try (Scrub scrub = quiet()) {
            Thread first = Thread.ofVirtual().start(() -> run(scrub));
            assertTrue(inside.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
            Thread second = Thread.ofPlatform().start(() -> run(scrub));
            await(() -> second.getState() == Thread.State.WAITING);
            assertEquals(List.of("1"), checked);
            go.countDown();
            assertTrue(first.join(Duration.ofSeconds(PATIENCE_SECONDS)));
            assertTrue(second.join(Duration.ofSeconds(PATIENCE_SECONDS)));
            assertEquals(2, scrub.status().pass());
        }
    }

    private static void run(Scrub scrub) {
        try {
            scrub.pass();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void failing(String text) {
        atCheck =
                file -> {
                    throw new KeySpaceException(KeySpaceException.Code.FAILED, text);
                };
    }

    @Test
    void aTurnThatFailsIsToldAndTriedAgainAfterAWhile() throws Exception {
        files.put("1", MIB);
        failing("the disk is odd");
        try (Scrub scrub = scrub(DUE, QUICK)) {
            scrub.start();
            await(() -> scrub.status().waitsFor() != null);
            assertEquals("the disk is odd", scrub.status().waitsFor());
            Thread.sleep(50);
            assertEquals(List.of("1"), checked, "it waits");
        }
        checked.clear();
        Scrub.Waits briefly = new Scrub.Waits(Duration.ofMillis(1), Duration.ofMillis(1));
        try (Scrub scrub = scrub(DUE, briefly)) {
            scrub.start();
            await(() -> checked.size() >= 2);
            assertEquals("the disk is odd", scrub.status().waitsFor());
            atCheck = file -> {};
            awaitEnd(scrub, 1);
            await(() -> scrub.status().waitsFor() == null);
        }
    }

    @Test
    void whoLostTheLeaseLeavesOffAndBeginsAnewWithIt() throws Exception {
        files.put("1", MIB);
        files.put("2", MIB);
        byte[] lease = Keys.family('W').u8('l').text("store/scrub/" + bench.store()).done();
        atCheck =
                file -> {
                    if (checked.size() == 1) {
                        bench.erase(lease);
                    }
                };
        try (Scrub scrub = scrub(DUE, QUICK)) {
            scrub.start();
            await(
                    () -> {
                        ScrubStatus now = scrub.status();
                        assertNull(now.waitsFor(), "it is no trouble");
                        return now.pass() == 1 && !now.running();
                    });
        }
        assertEquals(ScrubRow.Phase.NONE, saved().phase());
        assertEquals(List.of("1", "2"), checked, "it knows what it read");
    }

    @Test
    void aScrubThatIsClosedEndsItsPassWhereItStands() throws Exception {
        files.put("1", MIB);
        files.put("2", MIB);
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        atCheck = file -> holdUp(inside, go);
        Scrub scrub = scrub(DUE, QUICK);
        scrub.start();
        assertTrue(inside.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
        Thread closer = Thread.ofPlatform().start(scrub::close);
        await(() -> closer.getState() == Thread.State.WAITING);
        go.countDown();
        assertTrue(closer.join(Duration.ofSeconds(PATIENCE_SECONDS)));
        assertEquals(List.of("1"), checked);
        assertEquals(ScrubRow.Phase.KEY_SPACE, saved().phase());
        try (Scrub next = scrub(DUE, QUICK)) {
            next.start();
            awaitEnd(next, 1);
            assertEquals(MIB, next.status().allBytes());
            assertEquals(2 * MIB, next.status().doneBytes());
        }
        assertEquals(List.of("1", "2"), checked);
    }

    /** A download's damage is noted within seconds, and a failure doesn't fill the log. */
    @Test
    void aServersTurnsComeSoonerThanItsSecondTries() {
        assertTrue(Scrub.WAITS.turn().compareTo(Duration.ofSeconds(5)) <= 0);
        assertTrue(Scrub.WAITS.afterFailure().compareTo(Duration.ofSeconds(30)) >= 0);
    }

    @Test
    void aScrubThatNeverStartedCloses() {
        quiet().close();
        assertEquals(0, saved().pass());
    }

    /** As where the key space is elsewhere, on PostgreSQL. */
    @Test
    void withoutFilesOfTheKeySpaceAPassEndsWithTheRecords() throws Exception {
        bench.put("a", 20_000);
        try (Scrub scrub =
                new Scrub(
                        bench.core,
                        Optional.empty(),
                        leases,
                        bench.clock.monotonic(),
                        ScrubOptions.off())) {
            ScrubStatus after = scrub.pass();
            assertFalse(after.running());
            assertEquals(20_000, after.doneBytes());
        }
    }
}
