package io.millrace.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.store.buckets.Bucket;
import io.millrace.store.log.Change;
import io.millrace.store.log.ChangeLog;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.space.Space;
import io.millrace.work.Stamped;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChangeLogTest {
    private static final String BUCKET = Fixture.BUCKET;

    @TempDir Path directory;

    static List<Change> all(ChangeLog log) {
        List<Change> all = new ArrayList<>();
        for (int shard = 0; shard < ChangeLog.SHARDS; shard++) {
            long after = log.trimmed(shard);
            while (true) {
                List<Stamped<Change>> page = log.read(shard, after, 7);
                for (Stamped<Change> stamped : page) {
                    assertEquals(after + 1, stamped.stamp(), "stamps are dense");
                    after = stamped.stamp();
                    all.add(stamped.record());
                }
                if (page.isEmpty()) {
                    assertEquals(log.head(shard), after);
                    break;
                }
            }
        }
        return all;
    }

    @Test
    void eachChangeIsThereWithItsLengths() {
        try (Fixture fixture = Fixture.open(directory)) {
            fixture.append("a", 0, new byte[10]);
            fixture.append("a", 10, new byte[5]);
            fixture.objects().seal(BUCKET, "a", 15);
            ObjectInfo put = fixture.put("a", new byte[3]);
            fixture.objects().delete(BUCKET, "a");
            List<Change> changes = all(fixture.store.changes());
            assertEquals(
                    List.of(
                            "APPEND -1 10",
                            "APPEND 10 15",
                            "SEAL 15 15",
                            "PUT 15 3",
                            "DELETE 3 -1"),
                    changes.stream()
                            .map(c -> c.kind() + " " + c.oldLength() + " " + c.newLength())
                            .toList());
            assertEquals(changes.get(0).incarnation(), changes.get(2).incarnation());
            assertEquals(put.versionId(), changes.get(3).versionId());
            for (Change change : changes.subList(3, 5)) {
                assertEquals(put.incarnation(), change.incarnation());
            }
            List<Long> versions = changes.stream().map(Change::versionId).toList();
            assertEquals(versions.stream().sorted().distinct().toList(), versions);
            Bucket bucket = fixture.store.buckets().get(BUCKET).orElseThrow();
            for (Change change : changes) {
                assertEquals("a", change.key());
                assertEquals(bucket.id(), change.bucketId());
                assertEquals(ChangeLog.shard(bucket.id(), "a"), change.shard());
                assertEquals(fixture.clock.instant(), change.time());
            }
        }
    }

    @Test
    void aReaderThatFollowsMeetsEveryChangeOnceAndInOrder() throws Exception {
        try (Fixture fixture = Fixture.open(directory)) {
            int keyCount = 500;
            ChangeLog log = fixture.store.changes();
            Thread writer =
                    Thread.startVirtualThread(
                            () -> {
                                List<Callable<ObjectInfo>> tasks = new ArrayList<>();
                                for (int i = 0; i < keyCount; i++) {
                                    String key = "k" + i;
                                    tasks.add(() -> fixture.put(key, new byte[1]));
                                }
                                Fixture.together(tasks);
                            });
            long[] cursors = new long[ChangeLog.SHARDS];
            int seen = 0;
            long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (seen < keyCount && System.nanoTime() < deadline) {
                long version = log.version();
                for (int shard = 0; shard < cursors.length; shard++) {
                    for (Stamped<Change> stamped : log.read(shard, cursors[shard], 100)) {
                        assertEquals(cursors[shard] + 1, stamped.stamp());
                        cursors[shard] = stamped.stamp();
                        seen++;
                    }
                }
                log.await(version, Duration.ofMillis(500));
            }
            writer.join();
            assertEquals(keyCount, seen);
            assertFalse(log.await(log.version(), Duration.ofMillis(20)));
            assertTrue(log.await(log.version() - 1, Duration.ofMillis(20)));
        }
    }

    @Test
    void aReaderThatCaughtUpMeetsTheNextChangeAtOnce() {
        try (Fixture fixture = Fixture.open(directory)) {
            ChangeLog log = fixture.store.changes();
            long bucketId = fixture.store.buckets().get(BUCKET).orElseThrow().id();
            int shard = ChangeLog.shard(bucketId, "a");
            for (int i = 0; i < 200; i++) {
                assertTrue(log.read(shard, i, 10).isEmpty());
                fixture.put("a", new byte[1]);
                assertEquals(1, log.read(shard, i, 10).size());
                assertEquals(i + 1, log.read(shard, 0, 1000).size());
            }
        }
    }

    @Test
    void oldChangesAreTrimmedAndTheReaderIsTold() {
        try (Fixture fixture = Fixture.open(directory)) {
            for (int i = 0; i < 100; i++) {
                fixture.put("k" + i, new byte[1]);
            }
            fixture.clock.advance(Duration.ofDays(6));
            for (int i = 0; i < 10; i++) {
                fixture.put("k" + i, new byte[2]);
            }
            fixture.clock.advance(Duration.ofDays(2));
            assertEquals(100, fixture.store.maintain().changes());
            List<Change> left = all(fixture.store.changes());
            assertEquals(10, left.size());
            assertTrue(left.stream().allMatch(c -> c.newLength() == 2));
            assertEquals(0, fixture.store.maintain().changes());
            fixture.put("k1", new byte[3]);
            assertEquals(11, all(fixture.store.changes()).size());
        }
    }

    @Test
    void ofTwoThatTrimAtOnceNeitherDropsWhatTheOtherKeeps() {
        Steps[] steps = {null};
        Fixture opened =
                Fixture.open(
                        directory,
                        Fixture.quick(),
                        () -> steps[0] = new Steps(Fixture.rocks(directory)));
        try (Fixture fixture = opened) {
            fixture.put("a", new byte[1]);
            fixture.clock.advance(Duration.ofDays(1));
            Instant early = fixture.clock.instant();
            fixture.put("a", new byte[2]);
            fixture.clock.advance(Duration.ofDays(1));
            Instant late = fixture.clock.instant();
            Space space = new Space(fixture.keySpace, false);
            long bucketId = fixture.store.buckets().require(BUCKET).id();
            int shard = ChangeLog.shard(bucketId, "a");
            long[] other = {0};
            steps[0].insteadOfCommit(
                    0,
                    (real, batch) -> {
                        other[0] = ChangeLog.trim(space, late);
                        return real.commit(batch);
                    });
            assertEquals(0, ChangeLog.trim(space, early), "the other was faster");
            assertEquals(2, other[0]);
            assertEquals(2, fixture.store.changes().trimmed(shard));
            assertEquals(0, ChangeLog.trim(space, early));
            assertEquals(2, fixture.store.changes().trimmed(shard), "it never goes back");
        }
    }
}
