package io.millrace.extents;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file for reading that survives interrupts.
 *
 * <p>When a thread is interrupted inside a channel the JDK closes the channel for everybody.
 * Readers run on request threads that others may interrupt, so here the channel is opened again and
 * the read repeated; the interrupt is kept for the reader's next blocking call.
 */
final class HealingFile implements DiskFile {
    private static final int TRIES = 100;

    private final Path path;
    private volatile FileChannel channel;
    private volatile boolean closed;

    HealingFile(Path path) throws IOException {
        this.path = path;
        this.channel = FileChannel.open(path, StandardOpenOption.READ);
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
        int start = into.position();
        boolean interrupted = false;
        try {
            for (int attempt = 0; ; attempt++) {
                interrupted |= Thread.interrupted();
                FileChannel current = channel;
                try {
                    return ChannelFile.readFully(current, into, position);
                } catch (ClosedChannelException e) {
                    if (closed || attempt >= TRIES) {
                        throw e;
                    }
                    into.position(start);
                    interrupted |= Thread.interrupted();
                    reopen(current);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private synchronized void reopen(FileChannel broken) throws IOException {
        if (channel.equals(broken) && !closed) {
            channel = FileChannel.open(path, StandardOpenOption.READ);
        }
    }

    @Override
    public long size() throws IOException {
        return channel.size();
    }

    @Override
    public void write(ByteBuffer from, long position) {
        throw new UnsupportedOperationException("opened for reading");
    }

    @Override
    public void resize(long size) {
        throw new UnsupportedOperationException("opened for reading");
    }

    @Override
    public void sync() {
        throw new UnsupportedOperationException("opened for reading");
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        channel.close();
    }
}
