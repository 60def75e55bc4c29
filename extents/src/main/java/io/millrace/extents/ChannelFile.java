package io.millrace.extents;

import io.millrace.kit.DirectWrites;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A file behind one channel; used by a volume's own platform thread, which nobody interrupts. */
final class ChannelFile implements DiskFile {
    static final int PAGE_BYTES = DirectWrites.PAGE_BYTES;

    /** Less is not worth a wait for the disk. */
    private static final int LEAST_PAST_BYTES = 64 << 10;

    private final Path path;
    private final FileChannel channel;
    private @Nullable FileChannel direct;
    private boolean directTried;

    ChannelFile(Path path, OpenOption... options) throws IOException {
        this.path = path;
        channel = FileChannel.open(path, options);
    }

    @Override
    public long size() throws IOException {
        return channel.size();
    }

    @Override
    public void write(ByteBuffer from, long position) throws IOException {
        long at = position;
        try {
            while (from.hasRemaining()) {
                at += channel.write(from, at);
            }
        } catch (IOException e) {
            throw DiskFull.orSame(e);
        }
    }

    /**
     * Whole pages go by a channel of their own that was opened for direct writes; what is left at
     * both ends goes through the page cache. The kernel keeps both of one mind, and one sync makes
     * both durable, since it belongs to the file.
     */
    @Override
    public void writePast(ByteBuffer from, long position) throws IOException {
        int end = from.limit();
        int first = from.position() + (int) Math.floorMod(-position, (long) PAGE_BYTES);
        int pages = (end - first) / PAGE_BYTES * PAGE_BYTES;
        FileChannel past = pages < LEAST_PAST_BYTES ? null : direct();
        if (past == null || !from.isDirect() || from.alignmentOffset(first, PAGE_BYTES) != 0) {
            write(from, position);
            return;
        }
        long base = position - from.position();
        write(from.limit(first), position);
        writePages(past, from.limit(first + pages), base + first);
        write(from.limit(end), base + from.position());
    }

    /** Leaves what it can't write so in the buffer. */
    private void writePages(FileChannel past, ByteBuffer from, long position) throws IOException {
        int first = from.position();
        try {
            while (from.hasRemaining() && (from.position() - first) % PAGE_BYTES == 0) {
                past.write(from, position + from.position() - first);
            }
        } catch (IOException e) {
            if (!String.valueOf(e.getMessage()).contains("Invalid argument")) {
                throw DiskFull.orSame(e);
            }
            // A file system that opens a file for direct writes and then knows none.
            direct = null;
            past.close();
        }
    }

    private @Nullable FileChannel direct() {
        if (!directTried) {
            directTried = true;
            direct = DirectWrites.open(path);
        }
        return direct;
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
        return readFully(channel, into, position);
    }

    static int readFully(FileChannel channel, ByteBuffer into, long position) throws IOException {
        int total = 0;
        while (into.hasRemaining()) {
            int read = channel.read(into, position + total);
            if (read < 0) {
                return total == 0 ? -1 : total;
            }
            total += read;
        }
        return total;
    }

    @Override
    public void resize(long size) throws IOException {
        long now = channel.size();
        if (size < now) {
            channel.truncate(size);
        } else if (size > now) {
            write(ByteBuffer.allocate(1), size - 1);
        }
    }

    @Override
    public void sync() throws IOException {
        channel.force(false);
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            FileChannel past = direct;
            if (past != null) {
                past.close();
            }
        }
    }
}
