package io.millrace.live.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.Clocks;
import io.millrace.kit.MonotonicClock;
import io.millrace.store.Store;
import io.millrace.store.StoreOptions;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.testkit.TestClock;
import io.millrace.work.Leases;
import io.millrace.work.outgoing.Announcements;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class UploaderTest {
    private static final String BUCKET = "recordings";
    private static final int SEGMENTS = 20;

    @TempDir Path directory;

    /** A watcher for whom there is no memory at first. */
    private static final class Exhausted implements Uploader.Watcher {
        final AtomicInteger thrown = new AtomicInteger();
        volatile boolean recovered;
        volatile @Nullable Session session;

        @Override
        public boolean owns(String stream) {
            return true;
        }

        @Override
        public @Nullable Session session(String stream, String id) {
            return session;
        }

        @Override
        public void problem(String stream, String text, boolean segmentLost) {
            if (!recovered) {
                thrown.incrementAndGet();
                throw new OutOfMemoryError("no room in the test");
            }
        }
    }

    @Test
    void anErrorEndsNoWorkerAndLosesNoSegment() throws Exception {
        try (KeySpace keySpace = RocksKeySpace.open(directory.resolve("keys"));
                Extents extents =
                        LocalExtents.open(
                                List.of(directory.resolve("extents")),
                                ExtentsOptions.standard().withReserveBytes(0));
                Leases leases =
                        Leases.open(
                                keySpace,
                                "node",
                                Leases.Options.standard(),
                                MonotonicClock.system());
                Store store =
                        Store.open(
                                keySpace,
                                leases,
                                extents,
                                StoreOptions.defaults(),
                                Clocks.system())) {
            Catalogue catalogue = new Catalogue(keySpace);
            Exhausted watcher = new Exhausted();
            Journal journal =
                    new Journal(leases.acquire("live/stream/s").orElseThrow(), Announcements.NONE);
            journal.session(row());
            Session session = new Session(journal, row());
            watcher.session = session;
            Spool spool = Spool.open(directory.resolve("spool"), 1 << 20);
            try (Uploader uploader =
                    new Uploader(store, catalogue, spool, watcher, Clocks.system())) {
                uploader.start();
                for (int i = 0; i < SEGMENTS; i++) {
                    uploader.submit(new Segment(session, segment(i), new byte[100]));
                }
                await(() -> watcher.thrown.get() > 0 && spool.size() == SEGMENTS);
                store.buckets().create(BUCKET, "tests", BucketAcl.PRIVATE);
                watcher.recovered = true;
                await(() -> spool.size() == 0);
                for (int i = 0; i < SEGMENTS; i++) {
                    String key = session.row().segmentKey(i);
                    assertTrue(store.objects().head(BUCKET, key).isPresent(), key);
                }
                assertEquals(0, uploader.lostSegments());
            }
        }
    }

    /** A watcher for whom each problem takes a while. */
    private record Slow(TestClock clock) implements Uploader.Watcher {
        @Override
        public boolean owns(String stream) {
            return true;
        }

        @Override
        public @Nullable Session session(String stream, String id) {
            return null;
        }

        @Override
        public void problem(String stream, String text, boolean segmentLost) {
            clock.advance(Duration.ofMillis(200));
        }
    }

    @Test
    void aStopOnAFullDiskNamesEverySegmentThatItLoses() throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger(Uploader.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        TestClock clock = TestClock.running();
        try (KeySpace keySpace = RocksKeySpace.open(directory.resolve("keys"));
                Leases leases =
                        Leases.open(
                                keySpace,
                                "node",
                                Leases.Options.standard(),
                                MonotonicClock.system());
                Extents extents =
                        LocalExtents.open(
                                List.of(directory.resolve("extents")),
                                ExtentsOptions.standard().withReserveBytes(1L << 60));
                Store store =
                        Store.open(
                                keySpace,
                                leases,
                                extents,
                                StoreOptions.defaults(),
                                clock.clocks())) {
            store.buckets().create(BUCKET, "tests", BucketAcl.PRIVATE);
            Journal journal =
                    new Journal(leases.acquire("live/stream/s").orElseThrow(), Announcements.NONE);
            Session session = new Session(journal, row());
            Spool spool = Spool.open(directory.resolve("spool"), 1 << 20);
            Uploader uploader =
                    new Uploader(
                            store, new Catalogue(keySpace), spool, new Slow(clock), clock.clocks());
            uploader.start();
            for (int i = 0; i < SEGMENTS; i++) {
                uploader.submit(new Segment(session, segment(i), new byte[30_000]));
            }
            uploader.close();
            assertEquals(SEGMENTS, uploader.lostSegments());
            List<String> said =
                    log.list.stream()
                            .filter(e -> e.getLevel() == Level.ERROR)
                            .map(ILoggingEvent::getFormattedMessage)
                            .toList();
            for (int i = 0; i < SEGMENTS; i++) {
                String name = "s: segment " + i + " is lost: the disk is full";
                assertTrue(said.stream().anyMatch(l -> l.startsWith(name)), name + " in " + said);
            }
            assertTrue(
                    said.getLast().startsWith("This stop loses " + SEGMENTS + " live segments"),
                    said.toString());
        } finally {
            logger.detachAppender(log);
        }
    }

    private static void await(java.util.function.BooleanSupplier condition)
            throws InterruptedException {
        long end = System.nanoTime() + 60_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "it did not come about within a minute");
            Thread.sleep(10);
        }
    }

    private static SegmentRow segment(int msn) {
        return new SegmentRow(msn, 2_000_000, 1_700_000_000_000L, false, 0, 100);
    }

    private static SessionRow row() {
        return new SessionRow(
                "s",
                "20260131T235959Z",
                BUCKET,
                "live/",
                1_700_000_000_000L,
                -1,
                0,
                -1,
                0,
                0,
                0,
                0,
                0,
                MediaDescription.UNKNOWN,
                0);
    }
}
