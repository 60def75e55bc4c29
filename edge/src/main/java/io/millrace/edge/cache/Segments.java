package io.millrace.edge.cache;

import io.millrace.kit.DiskSpace;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The segment files in the order they were begun: appended at the newest, reclaimed at the oldest.
 *
 * <p>A reclaimed segment's chunks that were used since they were written move to the newest
 * segment, the others are lost: a CLOCK in the order of the disk, without a list in memory. Only
 * the disk thread calls in, after {@link #load}.
 */
final class Segments implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Segments.class);
    private static final int MOST_SEGMENTS = 400;

    /** Told of what a reclaimed segment takes with it. */
    interface Owner {
        /** Whether the entry is still the one that answers. */
        boolean current(Entry entry);

        void lost(Entry entry);
    }

    private final Path directory;
    private final long bound;
    private final long segmentBytes;
    private final Owner owner;
    private final Deque<Segment> segments = new ArrayDeque<>();
    private @Nullable Segment active;
    private long nextId = 1;
    private final AtomicLong totalBytes = new AtomicLong();

    Segments(Path directory, long bound, Owner owner) {
        this.directory = directory;
        this.bound = bound;
        this.segmentBytes = Math.clamp(bound / 32, 4L << 20, 256L << 20);
        this.owner = owner;
    }

    long totalBytes() {
        return totalBytes.get();
    }

    /** Opens what an earlier run left, oldest first, and hands each segment's records over. */
    void load(java.util.function.BiConsumer<Segment, List<Records.Logged>> records)
            throws IOException {
        List<Long> ids = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "seg-*.dat")) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                ids.add(Long.parseLong(name.substring(4, name.length() - 4)));
            }
        }
        ids.sort(null);
        for (long id : ids) {
            Segment segment = Segment.open(directory, id);
            segments.add(segment);
            totalBytes.addAndGet(segment.dataBytes);
            nextId = id + 1;
            records.accept(segment, readLog(segment));
        }
    }

    private static List<Records.Logged> readLog(Segment segment) throws IOException {
        List<Records.Logged> found = new ArrayList<>();
        segment.log.position(0);
        DataInputStream in =
                new DataInputStream(
                        new BufferedInputStream(Channels.newInputStream(segment.log), 1 << 16));
        Records.Logged record;
        while ((record = Records.read(in)) != null) {
            found.add(record);
        }
        return found;
    }

    /** Writes a chunk and its record. */
    Chunk.OnDisk write(Body body, int index, ByteBuffer bytes, long usedSecond) throws IOException {
        Segment segment = roomFor(bytes.remaining());
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate());
        long offset = segment.dataBytes;
        int length = bytes.remaining();
        writeAll(segment.data, bytes, offset);
        segment.dataBytes += length;
        totalBytes.addAndGet(length);
        int sum = (int) crc.getValue();
        appendLog(segment, Records.chunk(body.id(), index, offset, length, sum));
        Chunk.OnDisk chunk = new Chunk.OnDisk(segment, offset, length, sum, usedSecond);
        segment.residents.add(new Segment.Resident(body, index, chunk));
        prune(segment);
        return chunk;
    }

    void write(Entry entry) throws IOException {
        Segment segment = roomFor(0);
        appendLog(segment, Records.entry(entry));
        entry.logged = segment;
        segment.entries.add(entry);
        prune(segment);
    }

    /** Lets go of what was replaced since, each time the lists have doubled. */
    private void prune(Segment segment) {
        if (segment.residents.size() + segment.entries.size() < segment.pruneAt) {
            return;
        }
        // The newest may not stand in its body's table yet.
        Segment.Resident newest =
                segment.residents.isEmpty() ? null : segment.residents.removeLast();
        segment.residents.removeIf(r -> r.body().chunk(r.index()) != r.chunk());
        if (newest != null) {
            segment.residents.add(newest);
        }
        segment.entries.removeIf(e -> e.logged != segment || !owner.current(e));
        segment.pruneAt = 2 * (segment.residents.size() + segment.entries.size()) + 1000;
    }

    /** Chunks and entries that are listed by segment; for tests. */
    int listed() {
        return segments.stream().mapToInt(s -> s.residents.size() + s.entries.size()).sum();
    }

    void writeGone(String key) throws IOException {
        if (segments.isEmpty()) {
            return; // nothing that was recorded before could come back
        }
        appendLog(roomFor(0), Records.gone(key));
    }

    /** Reclaims the oldest segments until the bound holds. */
    void reclaim() throws IOException {
        while (segments.size() > 1
                && (totalBytes.get() > bound - segmentBytes || segments.size() > MOST_SEGMENTS)) {
            Segment oldest = segments.removeFirst();
            if (oldest == active) {
                active = null;
            }
            long before = totalBytes.get();
            try {
                carryForward(oldest);
            } finally {
                // What could not be moved is lost with it, whatever stood in the way.
                letGo(oldest);
            }
            LOG.debug("reclaimed segment {}: {} bytes", oldest.id, before - totalBytes.get());
        }
    }

    /** Drops the oldest segments, used or not, until the disk has room again. */
    void giveWay(DiskSpace space) {
        long before = totalBytes.get();
        while (!segments.isEmpty() && space.state().level() != DiskSpace.Level.PLENTY) {
            dropOldest();
            space.refresh();
        }
        if (before != totalBytes.get()) {
            LOG.info(
                    "the disk is short: the edge's cache gave back {} MiB",
                    (before - totalBytes.get()) >> 20);
        }
    }

    /**
     * Drops the oldest segment, used or not, and moves nothing out of it: a write found the disk
     * full, whatever that says is left (a quota, another's burst).
     *
     * @return whether there was one
     */
    boolean dropOldest() {
        Segment oldest = segments.pollFirst();
        if (oldest == null) {
            return false;
        }
        if (oldest == active) {
            active = null;
        }
        letGo(oldest);
        return true;
    }

    private void letGo(Segment oldest) {
        oldest.residents.forEach(r -> r.body().lose(r.index(), r.chunk()));
        for (Entry entry : oldest.entries) {
            if (entry.logged == oldest && owner.current(entry)) {
                owner.lost(entry);
            }
        }
        totalBytes.addAndGet(-oldest.dataBytes);
        oldest.retire();
    }

    private void carryForward(Segment oldest) throws IOException {
        long carried = 0;
        for (Segment.Resident resident : oldest.residents) {
            Chunk.OnDisk chunk = resident.chunk();
            Body body = resident.body();
            if (body.chunk(resident.index()) != chunk) {
                continue;
            }
            if (!chunk.visited || carried + chunk.length > segmentBytes / 2) {
                body.lose(resident.index(), chunk);
                continue;
            }
            byte[] bytes = read(chunk);
            Chunk.OnDisk moved =
                    bytes == null
                            ? null
                            : write(
                                    body,
                                    resident.index(),
                                    ByteBuffer.wrap(bytes),
                                    chunk.usedSecond());
            if (moved == null || !body.replace(resident.index(), chunk, moved)) {
                body.lose(resident.index(), chunk);
            }
            carried += chunk.length;
        }
        for (Entry entry : oldest.entries) {
            if (entry.logged != oldest || !owner.current(entry)) {
                continue;
            }
            if (entry.body().rests() || entry.body().filling()) {
                write(entry);
            } else {
                owner.lost(entry);
            }
        }
    }

    /** Reads a chunk and checks it; null when it is damaged or its file is gone. */
    static byte @Nullable [] read(Chunk.OnDisk chunk) throws IOException {
        if (!chunk.segment.hold()) {
            return null;
        }
        try {
            byte[] array = new byte[chunk.length];
            ByteBuffer bytes = ByteBuffer.wrap(array);
            while (bytes.hasRemaining()) {
                if (chunk.segment.data.read(bytes, chunk.offset + bytes.position()) < 0) {
                    return null;
                }
            }
            bytes.flip();
            CRC32C crc = new CRC32C();
            crc.update(bytes.duplicate());
            if ((int) crc.getValue() != chunk.crc) {
                LOG.warn("a chunk in {} is damaged and is fetched again", chunk.segment.dataPath);
                return null;
            }
            return array;
        } finally {
            chunk.segment.release();
        }
    }

    private Segment roomFor(int bytes) throws IOException {
        Segment segment = active;
        if (segment != null
                && segment.dataBytes + bytes <= segmentBytes
                && segment.logBytes <= segmentBytes / 4) {
            return segment;
        }
        segment = Segment.open(directory, nextId++);
        segments.add(segment);
        active = segment;
        return segment;
    }

    private static void appendLog(Segment segment, ByteBuffer record) throws IOException {
        int length = record.remaining();
        writeAll(segment.log, record, segment.logBytes);
        segment.logBytes += length;
    }

    private static void writeAll(FileChannel channel, ByteBuffer bytes, long at)
            throws IOException {
        long position = at;
        while (bytes.hasRemaining()) {
            position += channel.write(bytes, position);
        }
    }

    @Override
    public void close() {
        segments.forEach(Segment::release);
        segments.clear();
        active = null;
    }
}
