package io.millrace.store.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.store.space.Space;
import io.millrace.store.space.StoreKeys;
import io.millrace.testkit.TestClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log on a key space that another process writes too. */
class ChangeLogReadingTest {
    private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");
    private static final Duration CAUGHT = Duration.ofMillis(250);

    @TempDir Path directory;
    private final TestClock clock = new TestClock(START);
    private KeySpace keySpace;
    private Space space;
    private ChangeLog log;

    @BeforeEach
    void open() {
        keySpace = RocksKeySpace.open(directory);
        space = new Space(keySpace, false);
        log = new ChangeLog(space, clock.monotonic());
    }

    @AfterEach
    void close() {
        keySpace.close();
    }

    /** As another process does, which tells this one nothing. */
    private void write(int shard, long versionId, long millis) {
        ChangeRow row =
                new ChangeRow(1, new byte[] {'k'}, versionId, 1, ChangeKind.PUT, -1, 5, millis);
        Batch.Builder batch =
                Batch.builder()
                        .appendStamped(
                                StoreKeys.logCounter(shard), StoreKeys.log(shard), row.encode());
        assertTrue(space.tryCommit(batch));
    }

    private List<Long> stamps(int shard, long after, int limit) {
        return log.read(shard, after, limit).stream().map(s -> s.record().stamp()).toList();
    }

    @Test
    void aShardIsReadFromAnyStampInRisingOrder() {
        assertEquals(64, log.shards());
        for (int i = 1; i <= 5; i++) {
            write(63, i, 0);
            write(62, 100 + i, 0);
        }
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L), stamps(63, 0, 100));
        assertEquals(List.of(3L, 4L), stamps(63, 2, 2));
        assertEquals(List.of(), stamps(63, 5, 10));
        assertEquals(5, log.head(63));
        assertEquals(0, log.head(0));
        assertEquals(0, log.trimmed(63));
        assertEquals(3, log.read(63, 2, 1).getFirst().record().versionId());
        assertEquals(63, log.read(63, 2, 1).getFirst().record().shard());
        for (int wrong : new int[] {-1, 64}) {
            assertThrows(IndexOutOfBoundsException.class, () -> log.read(wrong, 0, 1));
            assertThrows(IndexOutOfBoundsException.class, () -> log.head(wrong));
            assertThrows(IndexOutOfBoundsException.class, () -> log.trimmed(wrong));
        }
    }

    @Test
    void anotherProcesssChangeIsSeenAQuarterOfASecondLaterAtTheLatest() {
        assertEquals(List.of(), stamps(5, 0, 10));
        write(5, 1, 0);
        clock.advance(CAUGHT.minusNanos(1));
        assertEquals(List.of(), stamps(5, 0, 10), "not looked for yet");
        clock.advance(Duration.ofNanos(1));
        assertEquals(List.of(1L), stamps(5, 0, 10));
        assertEquals(List.of(), stamps(5, 1, 10));
        write(5, 2, 0);
        assertEquals(List.of(), stamps(5, 1, 10));
        assertEquals(List.of(), stamps(5, 2, 10));
        assertEquals(List.of(1L, 2L), stamps(5, 0, 10), "who is further back reads");
    }

    @Test
    void thisProcesssChangeIsSeenAtOnceAndWakesWhoWaits() throws Exception {
        assertEquals(List.of(), stamps(5, 0, 10));
        assertEquals(List.of(), stamps(6, 0, 10));
        write(5, 1, 0);
        write(6, 1, 0);
        long version = log.version();
        log.wrote(List.of(5));
        assertEquals(version + 1, log.version());
        assertEquals(List.of(1L), stamps(5, 0, 10));
        assertEquals(List.of(), stamps(6, 0, 10), "the other shard was not written");
        assertEquals(List.of(), stamps(5, 1, 10));
        write(5, 2, 0);
        assertEquals(List.of(), stamps(5, 1, 10), "what was read is not looked for again");
        assertTrue(awaited(version, Duration.ofMinutes(10)), "it was written before");
        assertFalse(awaited(version + 1, Duration.ZERO));
        assertFalse(awaited(version + 1, Duration.ofMillis(1)));
        for (int i = 1; i < 4; i++) {
            long seen = version + i;
            FutureTask<Boolean> waiting =
                    new FutureTask<>(() -> log.await(seen, Duration.ofMinutes(10)));
            Thread thread = Thread.startVirtualThread(waiting);
            while (thread.getState() != Thread.State.TIMED_WAITING && thread.isAlive()) {
                Thread.onSpinWait();
            }
            log.wrote(List.of(5));
            assertTrue(waiting.get(10, TimeUnit.SECONDS));
        }
    }

    /** In a thread of its own, so that one that is never woken is a failure. */
    private boolean awaited(long seen, Duration atMost) throws Exception {
        FutureTask<Boolean> waiting = new FutureTask<>(() -> log.await(seen, atMost));
        Thread.startVirtualThread(waiting);
        return waiting.get(10, TimeUnit.SECONDS);
    }

    @Test
    void aCommitInDoubtIsFoundByItsVersionHoweverSoonItWasOverwritten() {
        write(5, 7, 0);
        write(5, 8, 0);
        write(6, 9, 0);
        assertTrue(log.witnesses(5, 7));
        assertTrue(log.witnesses(5, 8));
        assertFalse(log.witnesses(5, 9));
        assertFalse(log.witnesses(4, 9));
    }

    @Test
    void whatIsOlderIsTrimmedShardByShardAndStampsGoOn() {
        for (int i = 0; i < 1005; i++) {
            write(63, i, 1000);
        }
        write(63, 2000, 2000);
        write(63, 2001, 1000);
        write(0, 1, 1000);
        write(1, 1, 2000);
        assertEquals(0, ChangeLog.trim(space, Instant.ofEpochMilli(1000)));
        assertEquals(1006, ChangeLog.trim(space, Instant.ofEpochMilli(2000)));
        assertEquals(1005, log.trimmed(63));
        assertEquals(1, log.trimmed(0));
        assertEquals(0, log.trimmed(1));
        assertEquals(List.of(1006L, 1007L), stamps(63, 0, 10), "nothing behind a younger one");
        assertEquals(List.of(1L), stamps(1, 0, 10));
        assertEquals(0, ChangeLog.trim(space, Instant.ofEpochMilli(2000)));
        assertEquals(2, ChangeLog.trim(space, Instant.ofEpochMilli(2001)) - 1);
        write(63, 3000, 3000);
        assertEquals(List.of(1008L), stamps(63, 0, 10));
        assertEquals(1008, log.head(63));
        assertEquals(1007, Keys.counter(space.get(StoreKeys.logTrimmed(63))));
    }
}
