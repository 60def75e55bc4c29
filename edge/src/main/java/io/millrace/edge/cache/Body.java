package io.millrace.edge.cache;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one version of one answer, in chunks, each absent, arriving or at rest.
 *
 * <p>Small whole bodies also stand in memory as one buffer, and are answered from there. Reads take
 * no lock; whoever changes the table holds the monitor.
 */
public final class Body extends Sieve.Node {
    /** Bytes in each chunk but the last. */
    public static final int CHUNK_BYTES = 1 << 20;

    /** The longest body that is answered from memory. */
    public static final int MEMORY_BYTES = 128 * 1024;

    /** Somebody who reads it from the front to the back, of one body at a time. */
    public abstract static class Reader {
        private @Nullable Reader before;
        private @Nullable Reader after;

        /** The next byte to read; asked from other threads. */
        protected abstract long position();
    }

    private final long id;
    private final Cache cache;
    private final boolean passing;
    private volatile long length;
    private volatile @Nullable Chunk[] chunks;
    private volatile @Nullable ByteBuf memory;
    private final List<Fill> fills = new ArrayList<>(1);
    private volatile boolean dropped;
    private boolean dropWhenUnused;
    private volatile boolean lossy;
    private @Nullable Reader readers;
    private volatile int present;
    private int resting;

    Body(long id, Cache cache, long length, boolean passing) {
        this.id = id;
        this.cache = cache;
        this.passing = passing;
        this.length = length;
        this.chunks =
                new Chunk
                        [length < 0
                                ? 1
                                : Math.toIntExact((length + CHUNK_BYTES - 1) / CHUNK_BYTES)];
    }

    public long id() {
        return id;
    }

    /** Whether it is too short-lived to be worth the disk while it is small. */
    boolean passing() {
        return passing;
    }

    /** Bytes in all, or -1 while the origin has not said. */
    public long length() {
        return length;
    }

    /** The chunk at this index, or null: absent. */
    public @Nullable Chunk chunk(int index) {
        @Nullable Chunk[] table = chunks;
        return index < table.length ? table[index] : null;
    }

    /**
     * The whole small body, or null. It may be freed at any moment: {@link ByteBuf#retain} may
     * throw.
     */
    public @Nullable ByteBuf memory() {
        return memory;
    }

    /** Whether every byte is here. */
    public boolean complete() {
        long bytes = length;
        return bytes >= 0 && (memory != null || present == (bytes + CHUNK_BYTES - 1) / CHUNK_BYTES);
    }

    /** Whether the bytes of {@code [from, to)} are here. */
    public boolean holds(long from, long to) {
        if (memory != null) {
            return true;
        }
        for (int i = (int) (from / CHUNK_BYTES); (long) i * CHUNK_BYTES < to; i++) {
            long needed = Math.min(CHUNK_BYTES, to - (long) i * CHUNK_BYTES);
            Chunk chunk = chunk(i);
            if (chunk == null
                    || chunk instanceof Chunk.Filling filling && filling.available() < needed) {
                return false;
            }
        }
        return true;
    }

    /** Whether a fill is running. */
    public synchronized boolean filling() {
        return !fills.isEmpty();
    }

    /**
     * Starts a fill of {@code [from, to)}; {@code to} is -1 when unknown. {@code from} is a chunk's
     * first byte.
     */
    public synchronized Fill beginFill(long from, long to) {
        if (from % CHUNK_BYTES != 0) {
            throw new IllegalArgumentException("a fill begins at a chunk: " + from);
        }
        Fill fill = new Fill(this, cache, from, to);
        fills.add(fill);
        return fill;
    }

    /** A running fill that will bring this byte soon, or null. */
    public synchronized @Nullable Fill fillFor(long position) {
        for (Fill fill : fills) {
            if (fill.willReach(position)) {
                return fill;
            }
        }
        return null;
    }

    /**
     * How many absent chunks follow {@code index} without a gap, itself included, up to {@code
     * last}.
     */
    public synchronized int absentFrom(int index, int last) {
        int count = 0;
        for (int i = index; i <= last && chunk(i) == null; i++) {
            count++;
        }
        return count;
    }

    void ended(Fill fill) {
        synchronized (this) {
            fills.remove(fill);
            if (!dropWhenUnused) {
                return;
            }
        }
        drop();
    }

    /**
     * Takes a reader in, until it leaves; false when the bytes are forgotten. What is read stays,
     * whatever was purged or replaced meanwhile: the reader's next chunk is of this version.
     */
    public synchronized boolean enter(Reader reader) {
        if (dropped) {
            return false;
        }
        Reader first = readers;
        reader.after = first;
        if (first != null) {
            first.before = reader;
        }
        readers = reader;
        return true;
    }

    /** Whether a reader has not read this chunk to its end yet. */
    synchronized boolean isBehind(int index) {
        long end = Math.min(length < 0 ? Long.MAX_VALUE : length, (index + 1L) * CHUNK_BYTES);
        for (Reader reader = readers; reader != null; reader = reader.after) {
            if (reader.position() < end) {
                return true;
            }
        }
        return false;
    }

    /** Whether a fill brings it and no chunk of what came was lost. */
    boolean isComing() {
        return !lossy && filling();
    }

    /** A reader needs it no more. */
    public void leave(Reader reader) {
        synchronized (this) {
            unlink(reader);
            if (!dropWhenUnused) {
                return;
            }
        }
        drop();
    }

    private void unlink(Reader reader) {
        Reader before = reader.before;
        Reader after = reader.after;
        if (before == null) {
            readers = after;
        } else {
            before.after = after;
        }
        if (after != null) {
            after.before = before;
        }
        reader.before = null;
        reader.after = null;
    }

    /** Notes that the chunk being filled has all its bytes. */
    synchronized void sealed() {
        present = present + 1;
    }

    synchronized void lengthKnown(long bytes) {
        length = bytes;
        int count = Math.toIntExact((bytes + CHUNK_BYTES - 1) / CHUNK_BYTES);
        if (chunks.length < count) {
            chunks = Arrays.copyOf(chunks, count);
        }
    }

    /** Opens the chunk for a fill, or null when another already brings or keeps it. */
    synchronized Chunk.@Nullable Filling open(int index, int capacity) {
        if (index >= chunks.length) {
            chunks = Arrays.copyOf(chunks, Math.max(index + 1, chunks.length * 2));
        }
        if (chunks[index] != null) {
            return null;
        }
        Chunk.Filling filling = new Chunk.Filling(capacity);
        chunks[index] = filling;
        return filling;
    }

    /**
     * Puts {@code next} (null: absent) in the place of {@code expected}; false when that is gone.
     */
    synchronized boolean replace(int index, Chunk expected, @Nullable Chunk next) {
        if (index >= chunks.length || chunks[index] != expected || (dropped && next != null)) {
            return false;
        }
        chunks[index] = next;
        resting +=
                (next instanceof Chunk.OnDisk ? 1 : 0) - (expected instanceof Chunk.OnDisk ? 1 : 0);
        return true;
    }

    /** Takes a chunk that had all its bytes out of the table. */
    synchronized boolean lose(int index, Chunk expected) {
        if (!replace(index, expected, null)) {
            return false;
        }
        present = present - 1;
        lossy = true;
        return true;
    }

    /** Places a chunk found on disk at start. */
    synchronized void restore(int index, Chunk.OnDisk chunk) {
        if (index >= chunks.length) {
            chunks = Arrays.copyOf(chunks, Math.max(index + 1, chunks.length * 2));
        }
        if (chunks[index] != null) {
            // Carried forward: the later place holds.
            present = present - 1;
            resting--;
        }
        chunks[index] = chunk;
        resting++;
        present = present + 1;
    }

    /** Whether anything of it is on disk. */
    synchronized boolean rests() {
        return resting > 0 || length == 0;
    }

    /**
     * Forgets the bytes, when neither a fill nor a reader needs them any more. Answers from memory
     * keep what they hold.
     */
    void drop() {
        synchronized (this) {
            if (dropped) {
                return;
            }
            if (!fills.isEmpty() || readers != null) {
                dropWhenUnused = true;
                return;
            }
            dropped = true;
            Arrays.fill(chunks, null);
            resting = 0;
            present = 0;
        }
        cache.memory().remove(this);
    }

    boolean isDropped() {
        return dropped;
    }

    /** Only for {@link MemoryTier}. */
    synchronized @Nullable ByteBuf swapMemory(@Nullable ByteBuf next) {
        ByteBuf before = memory;
        memory = next;
        return before;
    }
}
