package io.millrace.edge;

import io.millrace.edge.cache.Body;
import io.millrace.edge.cache.Chunk;
import io.millrace.edge.cache.Entry;
import io.millrace.edge.cache.Fill;
import io.millrace.edge.cache.Segment;
import io.netty.buffer.ByteBuf;
import io.netty.channel.DefaultFileRegion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Sends a stretch of a stored body, following a fill where it is not all here yet.
 *
 * <p>Bytes at rest go from the file to the socket by the kernel (plain) or in small reads (TLS).
 * Bytes that arrive are copied out as far as the viewer takes them: a slow viewer holds a socket
 * buffer's worth and no more. A chunk that is neither here nor coming is fetched by range, if the
 * version can be told by its ETag; what fails resets the connection.
 */
final class BodySender extends Body.Reader implements Fill.Watcher {
    private static final long REGION_BYTES = 16L << 20;

    private final Exchange exchange;
    private final Connection connection;
    private final Entry entry;
    private final Body body;
    private final boolean chunked;
    private @Nullable Fill fill;
    private Chunk.@Nullable Filling held;
    private int heldIndex = -1;
    private volatile long position;
    private long end;
    private boolean keepAlive;
    private @Nullable Runnable then;
    private boolean waiting;
    private boolean stopped;

    /**
     * A reader, who has to {@link #enter}.
     *
     * @param end exclusive; -1 while the length is not known
     */
    BodySender(
            Exchange exchange,
            Entry entry,
            @Nullable Fill fill,
            long from,
            long end,
            boolean chunked) {
        this.exchange = exchange;
        this.connection = exchange.connection();
        this.entry = entry;
        this.body = entry.body();
        this.fill = fill;
        this.position = from;
        this.end = end;
        this.chunked = chunked;
    }

    /** False when the bytes were forgotten a moment ago. */
    boolean enter() {
        return body.enter(this);
    }

    /** More follows this stretch, so that the answer does not end with it. */
    void then(Runnable next) {
        then = next;
    }

    void start(boolean keepAlive) {
        this.keepAlive = keepAlive;
        pump();
    }

    @Override
    protected long position() {
        return position;
    }

    void stop() {
        over();
    }

    private void over() {
        if (!stopped) {
            stopped = true;
            body.leave(this);
        }
    }

    @Override
    public void fillMoved() {
        exchange.loop()
                .executor()
                .execute(
                        () -> {
                            waiting = false;
                            pump();
                        });
    }

    /** Sends as much as is here and the viewer takes. */
    void pump() {
        while (!stopped && !waiting) {
            if (end < 0 && body.length() >= 0) {
                end = body.length();
            }
            if (end >= 0 && position >= end) {
                finish();
                return;
            }
            if (!connection.writable() || !step()) {
                break;
            }
        }
        connection.flush();
    }

    /** One write, or one wait; false when there is nothing to do until something happens. */
    private boolean step() {
        int index = (int) (position / Body.CHUNK_BYTES);
        Chunk chunk = heldIndex == index && held != null ? held : body.chunk(index);
        return switch (chunk) {
            case Chunk.Filling filling -> copy(filling, index);
            case Chunk.OnDisk disk ->
                    disk.warm(nowSecond()) ? send(disk, index) : check(disk, index);
            case null -> await(index);
        };
    }

    private boolean copy(Chunk.Filling filling, int index) {
        int offset = (int) (position % Body.CHUNK_BYTES);
        int here = filling.available() - offset;
        if (here <= 0) {
            return await(index);
        }
        held = filling;
        heldIndex = index;
        int count = Math.min(here, connection.pieceBytes());
        if (end >= 0) {
            count = (int) Math.min(count, end - position);
        }
        ByteBuf out = connection.alloc().directBuffer(count + 16);
        openChunk(out, count);
        out.writeBytes(filling.data(), offset, count);
        closeChunk(out);
        connection.write(out);
        sent(count);
        return true;
    }

    private boolean send(Chunk.OnDisk disk, int index) {
        held = null;
        long second = nowSecond();
        disk.touch(second);
        Segment segment = disk.segment();
        if (!segment.hold()) {
            // It was reclaimed a moment ago; the table has its new place, or none.
            return body.chunk(index) != disk || await(index);
        }
        int offset = (int) (position % Body.CHUNK_BYTES);
        long last = end < 0 ? Long.MAX_VALUE : end;
        if (connection.secure() || chunked) {
            int count =
                    (int)
                            Math.min(
                                    Math.min(disk.length() - offset, connection.pieceBytes()),
                                    last - position);
            return read(disk, offset, count);
        }
        long count = Math.min(disk.length() - offset, last - position);
        int next = index + 1;
        while (count < REGION_BYTES
                && position + count < last
                && body.chunk(next) instanceof Chunk.OnDisk more
                && more.warm(second)
                && more.segment() == segment
                && more.offset() == disk.offset() + offset + count) {
            more.touch(second);
            count += Math.min(more.length(), last - position - count);
            next++;
        }
        DefaultFileRegion region = new HeldRegion(segment, disk.offset() + offset, count);
        sent(count);
        if (position == end) {
            connection.write(region, () -> {});
            return true;
        }
        waiting = true;
        connection.write(
                region,
                () -> {
                    waiting = false;
                    pump();
                });
        return false;
    }

    private long nowSecond() {
        return exchange.core().nowMillis() / 1000;
    }

    private boolean read(Chunk.OnDisk disk, int offset, int count) {
        ByteBuf out = connection.alloc().directBuffer(count + 16);
        try {
            openChunk(out, count);
            int done = 0;
            while (done < count) {
                int n =
                        out.writeBytes(
                                disk.segment().channel(),
                                disk.offset() + offset + done,
                                count - done);
                if (n < 0) {
                    throw new IOException("the segment is shorter than its index says");
                }
                done += n;
            }
            closeChunk(out);
        } catch (IOException e) {
            out.release();
            over();
            connection.reset();
            return false;
        } finally {
            disk.segment().release();
        }
        connection.write(out);
        sent(count);
        return true;
    }

    private boolean check(Chunk.OnDisk disk, int index) {
        waiting = true;
        exchange.core().cache().check(body, index, disk, this::fillMoved);
        return false;
    }

    private boolean await(int index) {
        Fill followed = fill;
        if (followed != null && followed.state() == Fill.State.FAILED) {
            over();
            connection.reset();
            return false;
        }
        Fill running = body.fillFor(position);
        if (running == null) {
            if (body.chunk(index) != null && held == null) {
                // It came between the look and now.
                return true;
            }
            held = null;
            running = body.chunk(index) != null ? null : fetch(index);
            if (running == null) {
                return !stopped;
            }
        }
        fill = running;
        waiting = true;
        exchange.neededOrigin();
        if (!running.watch(this, position)) {
            waiting = false;
            return true;
        }
        return false;
    }

    private @Nullable Fill fetch(int index) {
        if (end < 0 || !entry.resumable()) {
            over();
            connection.reset();
            return null;
        }
        int last = (int) ((end - 1) / Body.CHUNK_BYTES);
        return exchange.core().fetches().chunks(exchange, entry, index, last);
    }

    private void finish() {
        over();
        if (chunked) {
            connection.write(
                    connection
                            .alloc()
                            .directBuffer(8)
                            .writeBytes("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
        }
        Runnable next = then;
        if (next == null) {
            exchange.end(keepAlive);
        } else {
            next.run();
        }
    }

    private void sent(long count) {
        long next = position + count;
        position = next; // only this thread writes it
        exchange.sent(count);
    }

    private void openChunk(ByteBuf out, int count) {
        if (chunked) {
            out.writeCharSequence(Integer.toHexString(count), StandardCharsets.US_ASCII);
            out.writeByte('\r').writeByte('\n');
        }
    }

    private void closeChunk(ByteBuf out) {
        if (chunked) {
            out.writeByte('\r').writeByte('\n');
        }
    }

    /** A stretch of a segment that is kept open until the stretch is sent. */
    private static final class HeldRegion extends DefaultFileRegion {
        private final Segment segment;

        HeldRegion(Segment held, long offset, long count) {
            super(held.channel(), offset, count);
            segment = held;
        }

        @Override
        protected void deallocate() {
            segment.release();
        }
    }
}
