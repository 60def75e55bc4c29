package io.millrace.edge.cache;

import io.millrace.kit.DiskSpace;
import io.millrace.kit.Opened;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cache: slots by key, small bodies in memory, all bodies in segment files.
 *
 * <p>Look-ups take no lock and never touch the disk. One disk thread writes and reclaims; two more
 * read what has to be checked or loaded. Bounded in memory, disk bytes and number of keys.
 */
public final class Cache implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Cache.class);
    private static final long PASSING_SECONDS = 10;
    private static final long BYTES_A_SLOT = 1024;
    private static final long LINGER_SECONDS = 120;
    private static final long LOOK_MILLISECONDS = 500;

    /** How soon it is looked again whether a chunk that found no room has been read. */
    private static final long LINGER_MILLISECONDS = 20;

    /** A short-lived answer and when it may go. */
    private record Passing(Slot slot, Entry entry, long untilMillis) {}

    private final Map<String, Slot> slots = new ConcurrentHashMap<>();
    private final Sieve<Slot> order = new Sieve<>();
    private final KnownPaths paths = new KnownPaths();
    private final InstantSource clock;
    private final MemoryTier memory;
    private final DiskSpace space;
    private final Segments segments;
    private final Purges purges;
    private final AtomicLong nextBody = new AtomicLong(1);
    private final AtomicLong pending = new AtomicLong();
    private final AtomicLong diskFailures = new AtomicLong();
    // Whether the disk may hold what memory has forgotten.
    private volatile boolean untold;
    private final ArrayDeque<Passing> passing = new ArrayDeque<>();
    private final long pendingBound;
    private final int mostSlots;
    private final ScheduledExecutorService writer =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().name("edge-disk").daemon().factory());
    private final ExecutorService readers =
            Executors.newFixedThreadPool(
                    2, Thread.ofPlatform().name("edge-read-", 0).daemon().factory());

    private Cache(
            Path directory,
            long memoryBytes,
            long diskBytes,
            DiskSpace space,
            Purges purges,
            InstantSource clock)
            throws IOException {
        this.clock = clock;
        this.space = space;
        memory = new MemoryTier(memoryBytes);
        mostSlots = (int) Math.clamp(memoryBytes / BYTES_A_SLOT, 16_384L, 1_000_000L);
        pendingBound = Math.max(8L << 20, memoryBytes / 4);
        this.purges = purges;
        segments =
                new Segments(
                        directory,
                        diskBytes,
                        new Segments.Owner() {
                            @Override
                            public boolean current(Entry entry) {
                                Slot slot = slots.get(entry.key());
                                return slot != null && slot.entries().contains(entry);
                            }

                            @Override
                            public void lost(Entry entry) {
                                Slot slot = slots.get(entry.key());
                                if (slot != null) {
                                    forget(slot, entry);
                                }
                            }
                        });
    }

    /**
     * Opens the cache in a directory and takes up what an earlier run left there.
     *
     * @param space of the directory's disk: when that is short, the cache gives way to whoever else
     *     uses it, the oldest first, and writes nothing more
     * @throws IOException when the directory cannot be used
     */
    public static Cache open(
            Path directory, long memoryBytes, long diskBytes, DiskSpace space, InstantSource clock)
            throws IOException {
        try (Opened opened = new Opened()) {
            Files.createDirectories(directory);
            Purges purges = opened.add(Purges.open(directory.resolve("purges.log")));
            Cache cache =
                    opened.add(new Cache(directory, memoryBytes, diskBytes, space, purges, clock));
            cache.restore();
            cache.watchDisk();
            opened.keep();
            return cache;
        }
    }

    /** Others fill the disk too: so this looks by itself, not only when the cache writes. */
    private void watchDisk() {
        var _ =
                writer.scheduleWithFixedDelay(
                        () -> guarded(() -> segments.giveWay(space)),
                        LOOK_MILLISECONDS,
                        LOOK_MILLISECONDS,
                        TimeUnit.MILLISECONDS);
    }

    private boolean isRoomy() {
        return space.state().level() == DiskSpace.Level.PLENTY;
    }

    public Purges purges() {
        return purges;
    }

    MemoryTier memory() {
        return memory;
    }

    /** Bytes of small bodies in memory. */
    public long memoryBytes() {
        return memory.bytes();
    }

    /** Bytes in segment files. */
    public long diskBytes() {
        return segments.totalBytes();
    }

    /** Keys that are known. */
    public int keys() {
        return slots.size();
    }

    /** What the disk thread lists, asked in its turn; for tests. */
    int listed() throws InterruptedException, java.util.concurrent.ExecutionException {
        return writer.submit(segments::listed).get();
    }

    /** Writes and reads of the disk that failed. */
    public long diskFailures() {
        return diskFailures.get();
    }

    long pendingBytes() {
        return pending.get();
    }

    long pendingBound() {
        return pendingBound;
    }

    void pending(long bytes) {
        pending.addAndGet(bytes);
    }

    /** The slot of a key, or null. */
    public @Nullable Slot find(String key) {
        Slot slot = slots.get(key);
        if (slot != null) {
            slot.touch();
        }
        return slot;
    }

    /** The slot of a key, made when there is none. */
    public Slot slot(String key) {
        Slot known = slots.get(key);
        if (known != null) {
            return known;
        }
        Slot slot = new Slot(key);
        Slot before = slots.putIfAbsent(key, slot);
        if (before != null) {
            return before;
        }
        paths.add(key);
        order.add(slot);
        if (order.size() > mostSlots) {
            Slot victim = order.evict();
            if (victim != null) {
                evict(victim);
            }
        }
        return slot;
    }

    private void evict(Slot victim) {
        if (slots.remove(victim.key(), victim)) {
            paths.remove(victim.key());
        }
        List<Entry> gone = victim.clear();
        gone.forEach(e -> e.body().drop());
        if (!gone.stream().allMatch(Entry::inMemoryAlone)) {
            // Else a restart would bring it back past the purges that were passed over meanwhile.
            logGone(victim.key());
        }
    }

    /** Whether anything is kept, or is being fetched, under a path, with whatever query. */
    public boolean knows(String path) {
        return untold || paths.has(path);
    }

    /**
     * A new version's body.
     *
     * @param length -1 when unknown
     * @param lifetimeSeconds a small body that is fresh for less than ten seconds (a live playlist,
     *     an error) stays in memory alone
     */
    public Body newBody(long length, long lifetimeSeconds) {
        return new Body(
                nextBody.getAndIncrement(), this, length, lifetimeSeconds < PASSING_SECONDS);
    }

    /** The entry for a request that is not void by a purge, or null. */
    public @Nullable Entry select(Slot slot, io.millrace.edge.http.Headers request) {
        Entry entry = slot.select(request, clock.millis());
        if (entry == null) {
            return null;
        }
        if (purges.voids(entry) || !entry.usable()) {
            forget(slot, entry);
            return null;
        }
        return entry;
    }

    /** Lets those who wait for it follow its fill; nobody else finds it, and it goes with them. */
    public void pass(Entry entry) {
        entry.body().drop();
    }

    /** Stores an entry; its body may still be filling. */
    public void put(Slot slot, Entry entry) {
        for (Entry gone : slot.put(entry)) {
            if (gone.body() != entry.body()) {
                gone.body().drop();
            }
            if (entry.inMemoryAlone() && !gone.inMemoryAlone()) {
                // Else a restart would bring back what this one replaced.
                logGone(slot.key());
            }
        }
        slot.passUntil(0);
        if (entry.body().length() >= 0) {
            log(entry);
        }
        if (entry.body().passing()) {
            expire(slot, entry);
        }
    }

    /**
     * Lets go of short-lived answers some time after they are of no use: each playlist of a live
     * stream that names a part is asked for once and never again.
     */
    private void expire(Slot slot, Entry entry) {
        long now = clock.millis();
        long until = now + (entry.freshness().lifetimeSeconds() + LINGER_SECONDS) * 1000;
        List<Passing> over = new ArrayList<>(1);
        synchronized (passing) {
            passing.add(new Passing(slot, entry, until));
            while (passing.size() > mostSlots || passing.getFirst().untilMillis < now) {
                over.add(passing.removeFirst());
            }
        }
        for (Passing old : over) {
            forget(old.slot, old.entry);
            tidy(old.slot, now);
        }
    }

    /** Writes an entry's record; for a body of unknown length, when the length is known. */
    public void log(Entry entry) {
        if (entry.inMemoryAlone()) {
            return;
        }
        writer.execute(
                () ->
                        guarded(
                                () -> {
                                    if (isRoomy()) {
                                        segments.write(entry);
                                    }
                                }));
    }

    /** Drops one entry. */
    public void forget(Slot slot, Entry entry) {
        if (slot.remove(entry)) {
            entry.body().drop();
            if (!entry.inMemoryAlone()) {
                logGone(slot.key());
            }
        }
    }

    /**
     * Drops everything stored under a key: an unsafe request went to it, or it is no longer
     * storable.
     */
    public void forget(String key) {
        Slot slot = slots.get(key);
        if (slot == null) {
            return;
        }
        List<Entry> gone = slot.clear();
        if (!gone.isEmpty()) {
            gone.forEach(e -> e.body().drop());
            logGone(key);
        }
    }

    /** Removes a slot that holds nothing, so that misses that cannot be stored leave no trace. */
    public void tidy(Slot slot, long nowMillis) {
        if (slot.entries().isEmpty()
                && !slot.passing(nowMillis)
                && slots.remove(slot.key(), slot)) {
            paths.remove(slot.key());
            order.remove(slot);
        }
    }

    private void logGone(String key) {
        writer.execute(
                () ->
                        guarded(
                                () -> {
                                    try {
                                        segments.writeGone(key);
                                    } catch (IOException e) {
                                        untold = true;
                                        throw e;
                                    }
                                }));
    }

    /** Takes a sealed chunk to the disk. */
    void store(Body body, int index, Chunk.Filling chunk) {
        writer.execute(() -> rest(body, index, chunk));
    }

    private void rest(Body body, int index, Chunk.Filling chunk) {
        boolean wanted = !body.isDropped();
        if (wanted && !written(body, index, chunk) && body.isBehind(index)) {
            // There is no room, and it is all that a viewer has to read: until they have read it.
            writer.schedule(
                    () -> rest(body, index, chunk), LINGER_MILLISECONDS, TimeUnit.MILLISECONDS);
            return;
        }
        pending(-chunk.data().length);
    }

    /** Whether it is on the disk now; else it is lost, unless somebody still has to read it. */
    private boolean written(Body body, int index, Chunk.Filling chunk) {
        try {
            if (isRoomy()) {
                body.replace(index, chunk, makeRoomAndWrite(body, index, chunk));
                segments.reclaim();
                return true;
            }
        } catch (IOException | RuntimeException e) {
            diskFailed(e);
        }
        if (body.chunk(index) == chunk && !body.isBehind(index)) {
            body.lose(index, chunk);
        }
        return body.chunk(index) != chunk;
    }

    private Chunk.OnDisk makeRoomAndWrite(Body body, int index, Chunk.Filling chunk)
            throws IOException {
        long second = clock.millis() / 1000;
        try {
            return segments.write(body, index, bytes(chunk), second);
        } catch (IOException e) {
            if (!isFull(e) || !segments.dropOldest()) {
                throw e;
            }
            diskFailed(e);
            return segments.write(body, index, bytes(chunk), second);
        }
    }

    private static ByteBuffer bytes(Chunk.Filling chunk) {
        return ByteBuffer.wrap(chunk.data(), 0, chunk.available());
    }

    /** Whether a write found no room (ENOSPC, EDQUOT), by the words of the C library. */
    private static boolean isFull(IOException e) {
        String text = String.valueOf(e.getMessage());
        return text.contains("No space left") || text.contains("quota");
    }

    /**
     * Reads a chunk that is not warm, checks it, and brings a small body back into memory.
     *
     * @param done told, on another thread, when it is worth looking again
     */
    public void check(Body body, int index, Chunk.OnDisk chunk, Runnable done) {
        readers.execute(
                () -> {
                    try {
                        byte[] bytes = Segments.read(chunk);
                        if (bytes == null) {
                            body.lose(index, chunk);
                            return;
                        }
                        chunk.read(clock.millis() / 1000);
                        if (body.length() <= Body.MEMORY_BYTES && body.length() == chunk.length()) {
                            memory.keep(body, bytes, bytes.length);
                        }
                    } catch (IOException | RuntimeException e) {
                        body.lose(index, chunk);
                        diskFailed(e);
                    } finally {
                        done.run();
                    }
                });
    }

    /** Reads a chunk now; blocking. Null when it is damaged or gone. */
    public static byte @Nullable [] read(Chunk.OnDisk chunk) {
        try {
            return Segments.read(chunk);
        } catch (IOException e) {
            LOG.warn("cannot read the cache's disk: {}", e.toString());
            return null;
        }
    }

    private interface DiskWork {
        void run() throws IOException;
    }

    private void guarded(DiskWork work) {
        try {
            work.run();
        } catch (IOException | RuntimeException e) {
            diskFailed(e);
        }
    }

    private void diskFailed(Exception e) {
        if (diskFailures.incrementAndGet() % 1000 == 1) {
            LOG.warn("the cache's disk failed, the edge goes on without it: {}", e.toString());
        }
    }

    private void restore() throws IOException {
        Restore found = new Restore(this);
        segments.load(found::take);
        nextBody.set(found.mostBody() + 1);
        found.entries().forEach(this::admit);
        LOG.info("the edge's cache holds {} keys, {} MiB", slots.size(), diskBytes() >> 20);
    }

    private void admit(Entry entry) {
        // One from the future has an age that nobody knows: the wall clock was set back meanwhile.
        boolean aged = entry.freshness().responseMillis() <= clock.millis();
        untold |= !aged;
        if (aged && entry.usable() && entry.body().rests() && !purges.voids(entry)) {
            slot(entry.key()).put(entry);
        } else {
            entry.body().drop();
        }
    }

    /** Waits for what is on its way to the disk, then closes the files. */
    @Override
    public void close() {
        readers.shutdown();
        writer.shutdown();
        try {
            if (!writer.awaitTermination(10, TimeUnit.SECONDS)) {
                LOG.warn("the cache's disk is slow; what was not written is fetched again");
            }
            readers.awaitTermination(2, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        segments.close();
        purges.close();
    }
}
