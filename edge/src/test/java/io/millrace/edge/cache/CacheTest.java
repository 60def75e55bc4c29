package io.millrace.edge.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.edge.http.Headers;
import io.millrace.edge.policy.CacheControl;
import io.millrace.edge.policy.Freshness;
import io.millrace.kit.DiskReserve;
import io.millrace.kit.DiskSpace;
import io.millrace.kit.MonotonicClock;
import io.millrace.testkit.TestClock;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The cache without a network: bounds, restarts, damage. */
@Timeout(300)
class CacheTest {
    private static final long MEMORY = 8L << 20;
    private static final long DISK = 64L << 20;

    @TempDir Path directory;

    private Cache open() throws IOException {
        return open(InstantSource.system());
    }

    private Cache open(InstantSource clock) throws IOException {
        DiskSpace space = DiskSpace.of(directory, DiskReserve.ofBytes(0));
        return Cache.open(directory, MEMORY, DISK, space, clock);
    }

    /** A disk that others fill. */
    private static final class SharedDisk implements DiskSpace.Meter {
        final AtomicLong free = new AtomicLong(10L << 30);

        @Override
        public String device() {
            return "shared";
        }

        @Override
        public long totalBytes() {
            return 100L << 30;
        }

        @Override
        public long freeBytes() {
            return free.get();
        }
    }

    @Test
    void onADiskThatOthersFillItGivesWayAndComesBack() throws Exception {
        SharedDisk disk = new SharedDisk();
        DiskSpace space =
                new DiskSpace(disk, DiskReserve.ofBytes(1L << 30), MonotonicClock.system());
        try (Cache cache = Cache.open(directory, MEMORY, DISK, space, InstantSource.system())) {
            for (int key = 0; key < 20; key++) {
                read(put(cache, key, 1 << 20));
            }
            assertTrue(cache.diskBytes() >= 20L << 20, cache.diskBytes() + " bytes");
            disk.free.set(3L << 29);
            await(() -> cache.diskBytes() == 0);
            for (int key = 0; key < 20; key++) {
                Slot slot = cache.find("/k" + key);
                assertTrue(slot == null || cache.select(slot, new Headers()) == null, "/k" + key);
            }
            try (Stream<Path> files = Files.list(directory)) {
                assertEquals(0, files.filter(f -> f.toString().endsWith(".dat")).count());
            }
            Entry unkept = put(cache, 30, 1 << 20);
            await(() -> !(unkept.body().chunk(0) instanceof Chunk.Filling));
            assertEquals(0, cache.diskBytes(), "nothing more is written");
            disk.free.set(10L << 30);
            await(
                    () -> {
                        put(cache, 31, 1 << 20);
                        return cache.diskBytes() > 0;
                    });
            Entry kept = put(cache, 32, 1 << 20);
            assertArrayEquals(content(32, 1 << 20), read(kept));
        }
    }

    private static void await(java.util.function.BooleanSupplier holds)
            throws InterruptedException {
        for (long end = System.nanoTime() + 60_000_000_000L; !holds.getAsBoolean(); ) {
            assertTrue(System.nanoTime() < end, "not within a minute");
            Thread.sleep(20);
        }
    }

    private static byte[] content(int key, int length) {
        byte[] bytes = new byte[length];
        new Random(key).nextBytes(bytes);
        return bytes;
    }

    private static Entry put(Cache cache, int key, int length) {
        Body body = cache.newBody(length, 1000);
        Headers headers = new Headers().add("ETag", "\"" + key + "\"");
        Freshness fresh = new Freshness(200, 0, 0, Integer.MAX_VALUE, CacheControl.NONE, true);
        Entry entry =
                new Entry(
                        "/k" + key,
                        List.of(),
                        List.of(),
                        headers,
                        fresh,
                        body,
                        cache.purges().sequence());
        Fill fill = body.beginFill(0, length);
        cache.put(cache.slot(entry.key()), entry);
        fill.append(Unpooled.wrappedBuffer(content(key, length)));
        fill.finish();
        return entry;
    }

    private static byte[] read(Entry entry) throws Exception {
        byte[] all = new byte[(int) entry.body().length()];
        for (int i = 0, at = 0; at < all.length; i++) {
            for (int tries = 0;
                    entry.body().chunk(i) instanceof Chunk.Filling && tries < 12_000;
                    tries++) {
                Thread.sleep(10);
            }
            byte[] part =
                    entry.body().chunk(i) instanceof Chunk.OnDisk disk ? Cache.read(disk) : null;
            if (part == null) {
                return null;
            }
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }

    private static Entry find(Cache cache, int key) {
        Slot slot = cache.find("/k" + key);
        return slot == null ? null : cache.select(slot, new Headers());
    }

    @Test
    void diskStaysWithinItsBoundAndTheUsedOutliveTheUnused() throws Exception {
        try (Cache cache = open()) {
            Entry hot = put(cache, 0, 700_000);
            assertArrayEquals(content(0, 700_000), read(hot));
            for (int key = 1; key <= 300; key++) {
                put(cache, key, 700_000);
                Thread.sleep(2);
                if (hot.body().chunk(0) instanceof Chunk.OnDisk disk) {
                    disk.touch(1);
                }
                assertTrue(
                        cache.diskBytes() <= DISK + (4 << 20), "disk holds " + cache.diskBytes());
            }
            assertArrayEquals(content(300, 700_000), read(find(cache, 300)));
            assertNotNull(find(cache, 0), "what was used was carried forward");
            assertArrayEquals(content(0, 700_000), read(find(cache, 0)));
            int lost = 0;
            for (int key = 1; key <= 100; key++) {
                Entry entry = find(cache, key);
                lost += entry == null || !entry.body().complete() ? 1 : 0;
            }
            assertEquals(100, lost, "the oldest unused are gone");
        }
    }

    @Test
    void memoryStaysWithinItsBound() throws Exception {
        try (Cache cache = open()) {
            for (int key = 0; key < 300; key++) {
                put(cache, key, 100_000);
                assertTrue(cache.memoryBytes() <= MEMORY);
            }
            assertTrue(cache.memoryBytes() > MEMORY / 2);
            assertNull(find(cache, 0).body().memory());
            assertArrayEquals(content(0, 100_000), read(find(cache, 0)));
        }
    }

    @Test
    void aRestartKeepsWhatIsWholeAndDropsWhatIsDamaged() throws Exception {
        try (Cache cache = open()) {
            for (int key = 0; key < 10; key++) {
                put(cache, key, 500_000);
            }
            cache.forget("/k3");
        }
        Path data;
        try (Stream<Path> files = Files.list(directory)) {
            data =
                    files.filter(f -> f.toString().endsWith(".dat"))
                            .sorted()
                            .findFirst()
                            .orElseThrow();
        }
        try (FileChannel file = FileChannel.open(data, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 250_000);
        }
        try (Cache cache = open()) {
            assertNull(find(cache, 3), "what was forgotten stays forgotten");
            assertNull(read(find(cache, 0)), "a damaged chunk is not given out");
            for (int key = 1; key < 10; key++) {
                if (key != 3) {
                    assertArrayEquals(content(key, 500_000), read(find(cache, key)), "key " + key);
                }
            }
        }
    }

    @Test
    void aTornLogLosesItsEndOnly() throws Exception {
        try (Cache cache = open()) {
            for (int key = 0; key < 10; key++) {
                put(cache, key, 1000);
            }
        }
        Path log;
        try (Stream<Path> files = Files.list(directory)) {
            log =
                    files.filter(f -> f.getFileName().toString().matches("seg-.*\\.log"))
                            .sorted()
                            .findFirst()
                            .orElseThrow();
        }
        try (FileChannel file = FileChannel.open(log, StandardOpenOption.WRITE)) {
            file.truncate(file.size() - 7);
        }
        try (Cache cache = open()) {
            assertArrayEquals(content(0, 1000), read(find(cache, 0)));
            assertTrue(find(cache, 9) == null || find(cache, 9).body().chunk(0) == null);
            put(cache, 11, 1000);
        }
        try (Cache cache = open()) {
            assertArrayEquals(content(11, 1000), read(find(cache, 11)));
        }
    }

    @Test
    void aPurgeVoidsWhatWasAskedForBeforeItAndNothingAfter() throws Exception {
        try (Cache cache = open()) {
            put(cache, 1, 10);
            put(cache, 2, 10);
            cache.purges().purge(Purges.Kind.URL, "/k1", 7);
            assertNull(find(cache, 1));
            assertNotNull(find(cache, 2));
            put(cache, 1, 10);
            assertNotNull(find(cache, 1));
            cache.purges().purge(Purges.Kind.PREFIX, "/k", 0);
            assertNull(find(cache, 1));
            assertNull(find(cache, 2));
        }
        try (Cache cache = open()) {
            assertEquals(7, cache.purges().consoleId());
            assertNull(find(cache, 1));
        }
    }

    @Test
    void whatLivesForSecondsNeverTouchesTheDisk() throws Exception {
        try (Cache cache = open()) {
            for (int i = 0; i < 5000; i++) {
                Body body = cache.newBody(2000, 1);
                Freshness fresh = new Freshness(200, 0, 0, 1, CacheControl.NONE, false);
                Entry entry =
                        new Entry(
                                "/live.m3u8", List.of(), List.of(), new Headers(), fresh, body, 0);
                Fill fill = body.beginFill(0, 2000);
                cache.put(cache.slot(entry.key()), entry);
                fill.append(Unpooled.wrappedBuffer(content(i, 2000)));
                fill.finish();
                assertTrue(entry.body().complete());
            }
            assertEquals(2000, cache.memoryBytes(), "one version at a time");
            assertEquals(0, cache.diskBytes());
        }
    }

    @Test
    void shortLivedAnswersAreLetGoOf() throws Exception {
        TestClock clock = new TestClock(Instant.EPOCH);
        try (Cache cache = open(clock)) {
            for (int i = 0; i < 1000; i++) {
                Body body = cache.newBody(100, 1);
                Freshness fresh = new Freshness(404, 0, 0, 1, CacheControl.NONE, false);
                Entry entry =
                        new Entry(
                                "/part?n=" + i,
                                List.of(),
                                List.of(),
                                new Headers(),
                                fresh,
                                body,
                                0);
                Fill fill = body.beginFill(0, 100);
                cache.put(cache.slot(entry.key()), entry);
                fill.append(Unpooled.wrappedBuffer(new byte[100]));
                fill.finish();
                clock.advance(Duration.ofSeconds(1));
            }
            assertTrue(cache.keys() < 130, cache.keys() + " keys");
            assertTrue(cache.memoryBytes() < 13_000);
        }
    }

    @Test
    void aReplacedEntryLeavesNothingInMemory() throws Exception {
        try (Cache cache = open()) {
            for (int i = 0; i < 20_000; i++) {
                put(cache, 1, 100);
            }
            assertTrue(cache.listed() < 10_000, "the disk thread lists " + cache.listed());
        }
    }

    @Test
    void sieveEvictsTheOldestThatWasNotUsed() {
        final class Item extends Sieve.Node {}
        Sieve<Item> sieve = new Sieve<>();
        Item a = new Item();
        Item b = new Item();
        Item c = new Item();
        sieve.add(a);
        sieve.add(b);
        sieve.add(c);
        a.touch();
        assertEquals(b, sieve.evict());
        assertEquals(c, sieve.evict());
        assertTrue(sieve.remove(a));
        assertFalse(sieve.remove(a));
        assertNull(sieve.evict());
    }

    /** Older versions kept cookies, and answers to what only one viewer had said. */
    @Test
    void anEntryOfAnOlderVersionIsGone() throws Exception {
        ByteBuffer old =
                Records.frame(
                        0x21,
                        out -> {
                            out.writeLong(7);
                            out.writeLong(10);
                            out.writeInt(2);
                            out.writeBytes("/a");
                            out.writeLong(0);
                        });
        assertEquals(
                new Records.Logged.Gone("/a"),
                Records.read(
                        new java.io.DataInputStream(
                                new java.io.ByteArrayInputStream(old.array()))));
    }
}
