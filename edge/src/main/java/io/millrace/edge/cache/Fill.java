package io.millrace.edge.cache;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One origin answer on its way into a body. It belongs to the cache: readers come and go.
 *
 * <p>One thread (the origin connection's event loop) appends and ends it; any thread may watch. A
 * failure reaches every watcher, so that no reader takes it for an end.
 */
public final class Fill {
    /** Told once that the fill moved past the watched byte or ended; on the fill's thread. */
    public interface Watcher {
        void fillMoved();
    }

    /** How it stands. */
    public enum State {
        RUNNING,
        DONE,
        FAILED
    }

    /** A reader that is further ahead of the fill than this fetches for itself. */
    static final long NEAR_BYTES = 4L << 20;

    private static final int FIRST_CAPACITY = 16 * 1024;

    private final Body body;
    private final Cache cache;
    private final long end;
    private volatile long position;
    private volatile State state = State.RUNNING;
    private volatile boolean changed;
    private final List<Watcher> watchers = new ArrayList<>();
    private Chunk.@Nullable Filling current;
    private @Nullable Runnable onDone;

    Fill(Body body, Cache cache, long from, long end) {
        this.body = body;
        this.cache = cache;
        this.position = from;
        this.end = end;
    }

    /** The next byte to arrive. */
    public long position() {
        return position;
    }

    /** Where it ends, exclusive; -1 when unknown. */
    public long end() {
        return end;
    }

    public State state() {
        return state;
    }

    /** Whether it failed because the origin now has another version. */
    public boolean changed() {
        return changed;
    }

    public Body body() {
        return body;
    }

    /** Runs when the last byte is in; not after a failure. */
    public void onDone(Runnable action) {
        onDone = action;
    }

    /** Whether more bytes are in memory on their way to disk than the bound: stop reading. */
    public boolean overBudget() {
        return cache.pendingBytes() > cache.pendingBound();
    }

    boolean willReach(long wanted) {
        return state == State.RUNNING
                && position <= wanted
                && (end < 0 || wanted < end)
                && (end < 0 || wanted - position <= NEAR_BYTES);
    }

    /**
     * Watches for the byte at {@code wanted}.
     *
     * @return false when there is nothing to wait for: the byte is here or the fill has ended
     */
    public boolean watch(Watcher watcher, long wanted) {
        synchronized (watchers) {
            if (state != State.RUNNING || position > wanted) {
                return false;
            }
            watchers.add(watcher);
            return true;
        }
    }

    /** Whether anyone waits for it now. */
    public boolean watched() {
        synchronized (watchers) {
            return !watchers.isEmpty();
        }
    }

    /** Takes bytes from the origin; reads {@code in} to its end. */
    public void append(ByteBuf in) {
        if (state != State.RUNNING) {
            in.skipBytes(in.readableBytes());
            return;
        }
        long at = position;
        while (in.isReadable()) {
            int index = (int) (at / Body.CHUNK_BYTES);
            int offset = (int) (at % Body.CHUNK_BYTES);
            if (offset == 0) {
                current = open(index, at);
            }
            int count = Math.min(in.readableBytes(), Body.CHUNK_BYTES - offset);
            Chunk.Filling chunk = current;
            if (chunk == null) {
                in.skipBytes(count);
            } else {
                count = Math.min(count, makeRoom(chunk));
                chunk.append(in, count);
            }
            at += count;
            if (at % Body.CHUNK_BYTES == 0) {
                seal(index);
            }
        }
        position = at;
        wake();
    }

    /** The origin's answer ended well. */
    public void finish() {
        long at = position;
        if (body.length() < 0) {
            body.lengthKnown(at);
        }
        if (end >= 0 && at != end) {
            fail(false);
            return;
        }
        if (at % Body.CHUNK_BYTES != 0) {
            seal((int) (at / Body.CHUNK_BYTES));
        }
        end(State.DONE);
        if (onDone != null) {
            onDone.run();
        }
    }

    /** The origin's answer broke off, or {@code versionChanged}. */
    public void fail(boolean versionChanged) {
        if (state != State.RUNNING) {
            return;
        }
        Chunk.Filling chunk = current;
        current = null;
        if (chunk != null) {
            cache.pending(-chunk.data().length);
            body.replace((int) (position / Body.CHUNK_BYTES), chunk, null);
        }
        changed = versionChanged;
        end(State.FAILED);
    }

    private Chunk.@Nullable Filling open(int index, long at) {
        int capacity = end < 0 ? FIRST_CAPACITY : (int) Math.min(Body.CHUNK_BYTES, end - at);
        Chunk.Filling chunk = body.open(index, Math.max(1, capacity));
        if (chunk != null) {
            cache.pending(chunk.data().length);
        }
        return chunk;
    }

    private int makeRoom(Chunk.Filling chunk) {
        if (chunk.room() == 0) {
            cache.pending(chunk.grow(Body.CHUNK_BYTES));
        }
        return chunk.room();
    }

    private void seal(int index) {
        Chunk.Filling chunk = current;
        current = null;
        if (chunk == null) {
            return;
        }
        body.sealed();
        boolean small =
                index == 0
                        && body.length() == chunk.available()
                        && chunk.available() <= Body.MEMORY_BYTES;
        if (small) {
            cache.memory().keep(body, chunk.data(), chunk.available());
        }
        if (small && body.passing()) {
            cache.pending(-chunk.data().length);
            return;
        }
        cache.store(body, index, chunk);
    }

    private void end(State last) {
        body.ended(this);
        synchronized (watchers) {
            state = last;
        }
        wake();
    }

    private void wake() {
        List<Watcher> moved;
        synchronized (watchers) {
            if (watchers.isEmpty()) {
                return;
            }
            moved = List.copyOf(watchers);
            watchers.clear();
        }
        for (Watcher watcher : moved) {
            watcher.fillMoved();
        }
    }
}
