package io.millrace.keyspace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.kit.DiskReserve;
import io.millrace.kit.DiskSpace;
import io.millrace.kit.MonotonicClock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class CommitterTest {
    private static final byte[] A = {'T', 'a'};
    private static final byte[] B = {'T', 'b'};
    private static final byte[] ONE = {1};
    private static final byte[] TWO = {2};

    private static final DiskSpace ROOMY =
            new DiskSpace(
                    new DiskSpace.Meter() {
                        @Override
                        public String device() {
                            return "test";
                        }

                        @Override
                        public long totalBytes() {
                            return Long.MAX_VALUE;
                        }

                        @Override
                        public long freeBytes() {
                            return Long.MAX_VALUE;
                        }
                    },
                    DiskReserve.ofBytes(0),
                    MonotonicClock.system());

    private final Medium medium = new Medium();
    private final Committer committer = new Committer(medium, 1_000, ROOMY);

    @AfterEach
    void close() {
        medium.letGo.countDown();
        committer.close();
    }

    /** An error that leaves no memory even for telling of it. */
    private static final class NoMemoryLeft extends Error {
        private static final long serialVersionUID = 1;

        @Override
        public String getMessage() {
            throw new OutOfMemoryError("no room in the test");
        }
    }

    /** A disk that can hold a write up and fail it. */
    private static final class Medium implements GroupWriter {
        final TreeMap<byte[], byte[]> held = new TreeMap<>(Arrays::compareUnsigned);
        final TreeMap<byte[], byte[]> collected = new TreeMap<>(Arrays::compareUnsigned);
        final CountDownLatch writing = new CountDownLatch(1);
        final CountDownLatch letGo = new CountDownLatch(1);
        volatile boolean fails;
        volatile boolean outOfMemory;
        volatile boolean outOfMemoryOnReads;
        volatile boolean holdsUp;
        volatile int synced;

        @Override
        public synchronized byte @Nullable [] get(byte[] key) {
            if (outOfMemoryOnReads) {
                throw new NoMemoryLeft();
            }
            return held.get(key);
        }

        @Override
        public void put(byte[] key, byte[] value) {
            collected.put(key, value);
        }

        @Override
        public void delete(byte[] key) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void deleteRange(byte[] from, byte[] to) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void write(boolean sync) {
            writing.countDown();
            if (holdsUp) {
                try {
                    letGo.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
            if (outOfMemory) {
                throw new NoMemoryLeft();
            }
            if (fails) {
                throw new KeySpaceException(
                        KeySpaceException.Code.UNAVAILABLE, "input/output error");
            }
            synchronized (this) {
                held.putAll(collected);
            }
            collected.clear();
            if (sync) {
                synced++;
            }
        }

        @Override
        public void sync() {
            synced++;
        }

        @Override
        public void settle() {}

        @Override
        public void close() {}
    }

    private static Batch put(byte[] key, byte[] value) {
        return Batch.builder().put(key, value).build();
    }

    @Test
    void afterAFailedWriteNothingIsAcknowledged() {
        committer.start();
        assertTrue(committer.commit(put(A, ONE)).committed());
        medium.fails = true;
        CommitOutcome.Unknown unknown =
                assertInstanceOf(CommitOutcome.Unknown.class, committer.commit(put(A, TWO)));
        assertTrue(unknown.reason().contains("input/output error"), unknown.reason());
        medium.fails = false;
        KeySpaceException refused =
                assertThrows(KeySpaceException.class, () -> committer.commit(put(B, ONE)));
        assertEquals(KeySpaceException.Code.FAILED, refused.code());
        assertArrayEquals(ONE, medium.get(A));
        assertNull(medium.get(B));
    }

    @Test
    void whateverEndsTheCommitterAnswersEverybodyWhoWaits() throws Exception {
        medium.holdsUp = true;
        committer.start();
        try (ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<CommitOutcome> inTheWrite = writers.submit(() -> committer.commit(put(A, ONE)));
            medium.writing.await();
            List<Future<CommitOutcome>> queued = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                queued.add(writers.submit(() -> committer.commit(absent(B, ONE))));
            }
            medium.outOfMemory = true;
            medium.letGo.countDown();
            assertInstanceOf(CommitOutcome.Unknown.class, inTheWrite.get(30, TimeUnit.SECONDS));
            for (Future<CommitOutcome> waiting : queued) {
                assertRefused(waiting);
            }
        }
        assertEquals(KeySpaceException.Code.FAILED, committer.failure().orElseThrow().code());
    }

    @Test
    void anErrorBeforeTheWriteAnswersTheGroupWithARefusal() throws Exception {
        medium.outOfMemoryOnReads = true;
        committer.start();
        try (ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 5; i++) {
                assertRefused(writers.submit(() -> committer.commit(absent(B, ONE))));
            }
        }
        assertEquals(0, medium.held.size());
    }

    private static void assertRefused(Future<CommitOutcome> waiting) {
        ExecutionException refused =
                assertThrows(ExecutionException.class, () -> waiting.get(30, TimeUnit.SECONDS));
        KeySpaceException cause = assertInstanceOf(KeySpaceException.class, refused.getCause());
        assertEquals(KeySpaceException.Code.FAILED, cause.code());
    }

    @Test
    void batchesThatWaitTogetherShareOneSyncAndSeeEachOther() throws Exception {
        medium.holdsUp = true;
        committer.start();
        try (ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<CommitOutcome> first = writers.submit(() -> committer.commit(put(A, ONE)));
            medium.writing.await();
            Future<CommitOutcome> winner = writers.submit(() -> committer.commit(absent(B, ONE)));
            Thread.sleep(50);
            Future<CommitOutcome> loser = writers.submit(() -> committer.commit(absent(B, TWO)));
            Thread.sleep(50);
            Future<CommitOutcome> third = writers.submit(() -> committer.commit(holds(B, ONE)));
            Thread.sleep(50);
            medium.letGo.countDown();
            assertTrue(first.get().committed());
            assertTrue(winner.get().committed());
            assertEquals(new CommitOutcome.Conflict(0), loser.get());
            assertTrue(third.get().committed());
            assertArrayEquals(TWO, medium.get(B));
            assertEquals(2, medium.synced);
        }
    }

    private static Batch absent(byte[] key, byte[] value) {
        return Batch.builder().absent(key).put(key, value).build();
    }

    private static Batch holds(byte[] key, byte[] value) {
        return Batch.builder().holds(key, value).put(key, TWO).build();
    }

    @Test
    void aRelaxedBatchIsSyncedWithinASecondOrTwo() throws Exception {
        committer.start();
        Batch relaxed = new Batch(List.of(), put(A, ONE).mutations(), false);
        assertTrue(committer.commit(relaxed).committed());
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (medium.synced == 0 && System.nanoTime() < deadline) {
            Thread.sleep(20);
        }
        assertEquals(1, medium.synced);
    }
}
