package io.millrace.extents;

import io.millrace.kit.DirectoryPlace;
import io.millrace.kit.DiskSpace;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that keeps only what it must: at a {@link #crash} each 512-byte sector written
 * since the last sync stays or goes as the seed says, sizes fall back, files that were created or
 * deleted without a directory sync may be gone or back. It can fail syncs and run full.
 */
final class FaultyDisk implements Disk, DiskSpace.Meter {
    private static final int SECTOR = 512;

    private final Random random;
    private final TreeMap<String, Content> files = new TreeMap<>();
    private final Map<String, Content> durableNames = new HashMap<>();
    private long capacity = Long.MAX_VALUE;
    private int generation;
    private double syncFailure;
    private boolean failing;
    private volatile @Nullable Error error;

    FaultyDisk(Random random) {
        this.random = random;
    }

    /** The bytes of a file as the process sees them and as the platters hold them. */
    private static final class Content {
        byte[] seen = new byte[0];
        byte[] durable = new byte[0];
        int size;
        int durableSize;
        final Set<Integer> dirty = new HashSet<>();
    }

    synchronized void capacity(long bytes) {
        capacity = bytes;
    }

    /** From now on each sync fails with this probability; after the first failure all do. */
    synchronized void failSyncs(double probability) {
        syncFailure = probability;
    }

    /** Loses power and comes back: old handles are dead. */
    synchronized void crash() {
        generation++;
        failing = false;
        syncFailure = 0;
        Set<String> names = new HashSet<>(files.keySet());
        names.addAll(durableNames.keySet());
        for (String name : names) {
            Content seen = files.get(name);
            Content durable = durableNames.get(name);
            boolean both = seen != null && seen == durable;
            Content kept = both || random.nextBoolean() ? seen : durable;
            if (kept == null) {
                files.remove(name);
            } else {
                files.put(name, kept);
            }
        }
        durableNames.clear();
        durableNames.putAll(files);
        files.values().forEach(this::loseUnsynced);
    }

    private void loseUnsynced(Content content) {
        if (content.dirty.isEmpty() && content.size == content.durableSize) {
            return;
        }
        int size =
                content.size == content.durableSize || random.nextBoolean()
                        ? content.size
                        : content.durableSize;
        byte[] after = Arrays.copyOf(content.durable, Math.max(size, content.durable.length));
        for (int sector : content.dirty) {
            int from = sector * SECTOR;
            int to = Math.min(Math.min(from + SECTOR, content.size), size);
            if (from < to && random.nextInt(3) > 0) {
                System.arraycopy(content.seen, from, after, from, to - from);
            }
        }
        content.seen = after;
        content.durable = after.clone();
        content.size = size;
        content.durableSize = size;
        Arrays.fill(content.seen, size, content.seen.length, (byte) 0);
        Arrays.fill(content.durable, size, content.durable.length, (byte) 0);
        content.dirty.clear();
    }

    /** Every write throws this from now on. */
    void throwing(Error thrown) {
        error = thrown;
    }

    /** Flips one bit of what a file holds. */
    synchronized void flip(String name, long position) {
        Content content = files.get(name);
        content.seen[(int) position] ^= 4;
    }

    @Override
    public synchronized List<String> list() {
        return List.copyOf(files.keySet());
    }

    @Override
    public synchronized DiskFile create(String name) throws IOException {
        if (files.containsKey(name)) {
            throw new IOException(name + " is there already");
        }
        files.put(name, new Content());
        return open(name, true);
    }

    @Override
    public synchronized DiskFile open(String name, boolean writing) throws IOException {
        Content content = files.get(name);
        if (content == null) {
            throw new FileNotFoundException(name);
        }
        return new Handle(content, generation);
    }

    @Override
    public synchronized void delete(String name) {
        files.remove(name);
    }

    @Override
    public synchronized void link(String name, String folder) {
        files.put(folder + "/" + name, files.get(name));
    }

    @Override
    public synchronized void removeFolder(String folder) {
        files.keySet().removeIf(name -> name.startsWith(folder + "/"));
    }

    @Override
    public synchronized void syncDirectory() throws IOException {
        maybeFail();
        durableNames.clear();
        durableNames.putAll(files);
    }

    @Override
    public synchronized byte[] readSmall(String name) {
        Content content = files.get(name);
        return content == null ? new byte[0] : Arrays.copyOf(content.seen, content.size);
    }

    @Override
    public synchronized void replaceSmall(String name, byte[] bytes) {
        Content content = new Content();
        content.seen = bytes.clone();
        content.durable = bytes.clone();
        content.size = bytes.length;
        content.durableSize = bytes.length;
        files.put(name, content);
        durableNames.put(name, content);
    }

    @Override
    public DiskSpace.Meter room() {
        return this;
    }

    @Override
    public String device() {
        return "faulty";
    }

    @Override
    public synchronized long totalBytes() {
        return capacity;
    }

    @Override
    public synchronized long freeBytes() {
        return capacity - used();
    }

    /** Bytes of all files; a second name takes none. */
    synchronized long used() {
        return files.values().stream().distinct().mapToLong(c -> c.size).sum();
    }

    @Override
    public String name() {
        return "faulty";
    }

    @Override
    public DirectoryPlace place() {
        return new DirectoryPlace("faulty", "faulty");
    }

    @Override
    public void close() {}

    private void maybeFail() throws IOException {
        failing |= random.nextDouble() < syncFailure;
        if (failing) {
            throw new IOException("the disk failed a sync (simulated)");
        }
    }

    private final class Handle implements DiskFile {
        private final Content content;
        private final int born;

        Handle(Content content, int born) {
            this.content = content;
            this.born = born;
        }

        private void alive() throws IOException {
            if (born != generation) {
                throw new IOException("power was lost (simulated)");
            }
        }

        @Override
        public long size() {
            synchronized (FaultyDisk.this) {
                return content.size;
            }
        }

        @Override
        public void write(ByteBuffer from, long position) throws IOException {
            synchronized (FaultyDisk.this) {
                alive();
                Error thrown = error;
                if (thrown != null) {
                    throw thrown;
                }
                int length = from.remaining();
                int at = (int) position;
                ensure(at + length);
                from.get(content.seen, at, length);
                content.size = Math.max(content.size, at + length);
                for (int s = at / SECTOR; s <= (at + length - 1) / SECTOR; s++) {
                    content.dirty.add(s);
                }
            }
        }

        private void ensure(int size) {
            if (content.seen.length < size) {
                content.seen = Arrays.copyOf(content.seen, Math.max(size, content.seen.length * 2));
            }
        }

        @Override
        public int read(ByteBuffer into, long position) throws IOException {
            synchronized (FaultyDisk.this) {
                alive();
                if (position >= content.size) {
                    return -1;
                }
                int n = (int) Math.min(into.remaining(), content.size - position);
                into.put(content.seen, (int) position, n);
                return n;
            }
        }

        @Override
        public void resize(long size) throws IOException {
            synchronized (FaultyDisk.this) {
                alive();
                ensure((int) size);
                if (size < content.size) {
                    Arrays.fill(content.seen, (int) size, content.size, (byte) 0);
                    for (int s = (int) (size / SECTOR); s <= content.size / SECTOR; s++) {
                        content.dirty.add(s);
                    }
                }
                content.size = (int) size;
            }
        }

        @Override
        public void sync() throws IOException {
            synchronized (FaultyDisk.this) {
                alive();
                maybeFail();
                if (content.durable.length < content.seen.length) {
                    content.durable = Arrays.copyOf(content.durable, content.seen.length);
                }
                for (int sector : content.dirty) {
                    int from = sector * SECTOR;
                    int to = Math.min(from + SECTOR, content.seen.length);
                    System.arraycopy(content.seen, from, content.durable, from, to - from);
                }
                content.durableSize = content.size;
                content.dirty.clear();
            }
        }

        @Override
        public void close() {}
    }

    /** Names of all volume files. */
    List<String> volumes() {
        return new ArrayList<>(list().stream().filter(n -> n.endsWith(".volume")).toList());
    }
}
