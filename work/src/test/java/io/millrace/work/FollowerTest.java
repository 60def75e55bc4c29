package io.millrace.work;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.keyspace.Scan;
import io.millrace.kit.MonotonicClock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FollowerTest {
    @TempDir Path directory;
    private KeySpace keySpace;
    private Leases leases;
    private SmallLog log;

    @BeforeEach
    void open() {
        keySpace = RocksKeySpace.open(directory);
        leases = Leases.open(keySpace, "node", Leases.Options.standard(), MonotonicClock.system());
        log = new SmallLog(keySpace);
    }

    @AfterEach
    void close() {
        leases.close();
        keySpace.close();
    }

    /** A log of texts in four shards over the key space, as the store's change log is one. */
    private static final class SmallLog implements Log<String> {
        private final KeySpace keySpace;
        private long version;

        SmallLog(KeySpace keySpace) {
            this.keySpace = keySpace;
        }

        long write(int shard, String text) {
            byte[] counter = Keys.family('N').u32(shard).done();
            Batch batch =
                    Batch.builder()
                            .appendStamped(
                                    counter, prefix(shard), text.getBytes(StandardCharsets.UTF_8))
                            .build();
            CommitOutcome.Committed done = (CommitOutcome.Committed) keySpace.commit(batch);
            synchronized (this) {
                version++;
                notifyAll();
            }
            return done.stamps().get(0);
        }

        private static byte[] prefix(int shard) {
            return Keys.family('L').u32(shard).done();
        }

        @Override
        public int shards() {
            return 4;
        }

        @Override
        public List<Stamped<String>> read(int shard, long after, int limit) {
            List<Stamped<String>> records = new ArrayList<>();
            byte[] from = Keys.under(prefix(shard)).u64(after + 1).done();
            for (Entry entry :
                    keySpace.scan(Scan.range(from, Keys.afterPrefix(prefix(shard)), limit))) {
                records.add(
                        new Stamped<>(
                                Keys.read(entry.key(), 5).u64(),
                                new String(entry.value(), StandardCharsets.UTF_8)));
            }
            return records;
        }

        @Override
        public long head(int shard) {
            return Keys.counter(keySpace.get(Keys.family('N').u32(shard).done()));
        }

        @Override
        public long trimmed(int shard) {
            return Keys.counter(keySpace.get(Keys.family('T').u32(shard).done()));
        }

        void trim(int shard, long upTo) {
            byte[] end = Keys.under(prefix(shard)).u64(upTo + 1).done();
            keySpace.commit(
                    Batch.builder()
                            .deleteRange(prefix(shard), end)
                            .put(Keys.family('T').u32(shard).done(), Keys.counter(upTo))
                            .build());
        }

        @Override
        public synchronized long version() {
            return version;
        }

        @Override
        public synchronized boolean await(long seen, Duration atMost) throws InterruptedException {
            if (version <= seen) {
                wait(atMost.toMillis());
            }
            return version > seen;
        }
    }

    @Test
    void aFollowerSeesEveryRecordInOrderAndGoesOnWhereItStopped() throws Exception {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        log.write(0, "a");
        try (Follower<String> follower = start("f", seen)) {
            assertEquals("a", seen.poll(5, TimeUnit.SECONDS));
            log.write(1, "b");
            assertEquals("b", seen.poll(5, TimeUnit.SECONDS));
            for (int i = 0; i < 600; i++) {
                log.write(2, "c" + i);
            }
            for (int i = 0; i < 600; i++) {
                assertEquals("c" + i, seen.poll(5, TimeUnit.SECONDS));
            }
            assertTrue(follower.following());
        }
        assertEquals(600, cursor("f", 2));
        log.write(2, "next");
        try (Follower<String> follower = start("f", seen)) {
            assertEquals("next", seen.poll(5, TimeUnit.SECONDS));
            assertEquals(0, seen.size());
        }
    }

    private Follower<String> start(String name, BlockingQueue<String> seen) {
        return start(leases, name, seen);
    }

    private Follower<String> start(Leases node, String name, BlockingQueue<String> seen) {
        return Follower.start(name, log, node, new Seen(seen));
    }

    private long cursor(String name, int shard) {
        try (Tenure tenure = leases.acquire("test").orElseThrow()) {
            return new Cursors(tenure.keySpace()).load(name, shard);
        }
    }

    @Test
    void aSecondNodeGoesOnWhereTheFirstStoppedAndNoRecordGoesToBoth() throws Exception {
        BlockingQueue<String> first = new LinkedBlockingQueue<>();
        BlockingQueue<String> second = new LinkedBlockingQueue<>();
        log.write(0, "a");
        try (Leases other =
                Leases.open(
                        keySpace, "other", Leases.Options.standard(), MonotonicClock.system())) {
            Follower<String> here = start("f", first);
            assertEquals("a", first.poll(20, TimeUnit.SECONDS));
            try (Follower<String> there = start(other, "f", second)) {
                here.close();
                log.write(0, "b");
                assertEquals("b", second.poll(20, TimeUnit.SECONDS));
                assertTrue(there.following());
                assertFalse(here.following());
                assertEquals(0, first.size());
            }
        }
    }

    @Test
    void aFollowerThatSleptMovesNoCursorOfTheNextOne() throws Exception {
        SleepingKeySpace sleepers = new SleepingKeySpace(keySpace);
        Leases.Options quick = new Leases.Options(Duration.ofMillis(50), Duration.ofMillis(400));
        BlockingQueue<String> first = new LinkedBlockingQueue<>();
        BlockingQueue<String> second = new LinkedBlockingQueue<>();
        try (Leases sleeper = Leases.open(sleepers, "sleeper", quick, MonotonicClock.system());
                Follower<String> here = start(sleeper, "f", first)) {
            log.write(3, "a");
            assertEquals("a", first.poll(20, TimeUnit.SECONDS));
            sleepers.sleep();
            try (Follower<String> there = start("f", second)) {
                for (String text : List.of("b", "c")) {
                    log.write(3, text);
                    while (!text.equals(second.poll(20, TimeUnit.SECONDS))) {
                        assertTrue(there.following(), "it may see \"a\" again, and goes on");
                    }
                }
                sleepers.wake();
                while (here.following()) {
                    Thread.sleep(5);
                }
            }
            assertEquals(3, cursor("f", 3));
        }
    }

    /** Writes down what it gets. */
    private record Seen(BlockingQueue<String> seen) implements Follower.Handler<String> {
        @Override
        public void handle(Tenure tenure, int shard, List<Stamped<String>> records) {
            records.forEach(r -> seen.add(r.record()));
        }

        @Override
        public void rescan(Tenure tenure) {
            seen.add("rescan");
        }
    }

    @Test
    void whatTheLogDroppedUnseenIsLookedForAfreshOnceAndThenFollowedOn() throws Exception {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        log.write(0, "a");
        try (Follower<String> follower = start("f", seen)) {
            assertEquals("a", seen.poll(5, TimeUnit.SECONDS));
        }
        log.write(0, "dropped");
        log.write(1, "dropped too");
        log.write(1, "kept");
        log.trim(0, 2);
        log.trim(1, 1);
        try (Follower<String> follower = start("f", seen)) {
            assertEquals("rescan", seen.poll(5, TimeUnit.SECONDS));
            log.write(0, "later");
            assertEquals("later", seen.poll(5, TimeUnit.SECONDS));
        }
        assertEquals(3, cursor("f", 0));
        assertEquals(2, cursor("f", 1));
        log.trim(0, 3);
        log.trim(1, 2);
        try (Follower<String> follower = start("f", seen)) {
            log.write(3, "all seen before it was dropped");
            assertEquals("all seen before it was dropped", seen.poll(5, TimeUnit.SECONDS));
        }
    }

    @Test
    void aScanThatFailsIsDoneAgain() throws Exception {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        log.write(0, "dropped");
        log.trim(0, 1);
        AtomicInteger scans = new AtomicInteger();
        Follower.Handler<String> handler =
                new Follower.Handler<>() {
                    @Override
                    public void handle(Tenure tenure, int shard, List<Stamped<String>> records) {
                        records.forEach(r -> seen.add(r.record()));
                    }

                    @Override
                    public void rescan(Tenure tenure) {
                        if (scans.incrementAndGet() < 3) {
                            throw new IllegalStateException("not yet");
                        }
                        seen.add("rescan");
                    }
                };
        try (Follower<String> follower = Follower.start("f", log, leases, handler)) {
            assertEquals("rescan", seen.poll(10, TimeUnit.SECONDS));
            assertEquals(3, scans.get());
        }
    }

    @Test
    void aHandlerThatFailsGetsTheRecordsAgainAndHoldsUpItsShardAlone() throws Exception {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        AtomicInteger failures = new AtomicInteger();
        log.write(0, "bad");
        log.write(1, "good");
        try (Follower<String> follower =
                Follower.start(
                        "f",
                        log,
                        leases,
                        new Follower.Handler<>() {
                            @Override
                            public void handle(
                                    Tenure tenure, int shard, List<Stamped<String>> records) {
                                if (shard == 0 && failures.incrementAndGet() < 3) {
                                    throw new IllegalStateException("not yet");
                                }
                                records.forEach(r -> seen.add(r.record()));
                            }

                            @Override
                            public void rescan(Tenure tenure) {
                                throw new AssertionError("nothing was dropped");
                            }
                        })) {
            assertEquals("good", seen.poll(5, TimeUnit.SECONDS));
            assertEquals("bad", seen.poll(5, TimeUnit.SECONDS));
            assertEquals(3, failures.get());
            while (follower.handled() < 2) {
                Thread.sleep(5);
            }
        }
    }

    @Test
    void aRecordIsHandledSoonAfterItWasWritten() throws Exception {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        try (Follower<String> follower = start("f", seen)) {
            long worst = 0;
            for (int i = 0; i < 20; i++) {
                Thread.sleep(10);
                long start = System.nanoTime();
                log.write(i % 4, "r" + i);
                assertEquals("r" + i, seen.poll(5, TimeUnit.SECONDS));
                worst = Math.max(worst, System.nanoTime() - start);
            }
            assertTrue(worst < TimeUnit.MILLISECONDS.toNanos(450), worst + " ns");
        }
    }
}
