package io.millrace.edge.cache;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A data file that is only appended to, and its log. Answers that are being sent from it hold it;
 * the files are closed when the last lets go after it was retired.
 */
public final class Segment {
    /** A chunk that came to rest here. */
    record Resident(Body body, int index, Chunk.OnDisk chunk) {}

    final long id;
    final Path dataPath;
    final Path logPath;
    final FileChannel data;
    final FileChannel log;
    final List<Resident> residents = new ArrayList<>();
    final List<Entry> entries = new ArrayList<>();
    long dataBytes;
    long logBytes;
    // Lists longer than this are searched for what is gone.
    int pruneAt = 1000;
    private int holders = 1;

    private Segment(long id, Path dataPath, Path logPath, FileChannel data, FileChannel log) {
        this.id = id;
        this.dataPath = dataPath;
        this.logPath = logPath;
        this.data = data;
        this.log = log;
    }

    static Segment open(Path directory, long id) throws IOException {
        String name = "seg-%012d".formatted(id);
        Path data = directory.resolve(name + ".dat");
        Path log = directory.resolve(name + ".log");
        FileChannel dataChannel = channel(data);
        try {
            Segment segment = new Segment(id, data, log, dataChannel, channel(log));
            segment.dataBytes = dataChannel.size();
            return segment;
        } catch (IOException e) {
            dataChannel.close();
            throw e;
        }
    }

    private static FileChannel channel(Path path) throws IOException {
        return FileChannel.open(
                path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    /** The file to send from; only between {@link #hold} and {@link #release}. */
    public FileChannel channel() {
        return data;
    }

    /** Keeps the file open; false when it is gone. */
    public synchronized boolean hold() {
        if (holders == 0) {
            return false;
        }
        holders++;
        return true;
    }

    public void release() {
        synchronized (this) {
            if (--holders > 0) {
                return;
            }
        }
        closeFiles();
    }

    /** Removes the files; running answers go on reading what they hold. */
    void retire() {
        try {
            Files.deleteIfExists(logPath);
            Files.deleteIfExists(dataPath);
        } catch (IOException e) {
            org.slf4j.LoggerFactory.getLogger(Segment.class)
                    .warn("cannot delete {}: {}", dataPath, e.toString());
        }
        release();
    }

    private void closeFiles() {
        try {
            data.close();
            log.close();
        } catch (IOException e) {
            org.slf4j.LoggerFactory.getLogger(Segment.class)
                    .warn("cannot close {}: {}", dataPath, e.toString());
        }
    }
}
