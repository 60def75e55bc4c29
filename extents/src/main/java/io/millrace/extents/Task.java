package io.millrace.extents;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A piece of work for a lane, and the thread that may wait for it. */
abstract sealed class Task implements ExtentWriter.Lent {
    private volatile @Nullable Thread waiter;
    private volatile boolean done;
    private volatile @Nullable ExtentsException failure;

    /** The volume to sync before the answer; set by the lane. */
    @Nullable Volume toSync;

    final void complete() {
        done = true;
        LockSupport.unpark(waiter);
    }

    final void fail(ExtentsException cause) {
        failure = cause;
        complete();
    }

    final boolean done() {
        return done;
    }

    /** Parks until the lane has answered; an interrupt is kept for later. */
    @Override
    public final void await() {
        boolean interrupted = false;
        waiter = Thread.currentThread();
        while (!done) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        ExtentsException failed = failure;
        if (failed != null) {
            throw new ExtentsException(failed.code(), String.valueOf(failed.getMessage()), failed);
        }
    }

    /** Payload bytes, for the bound of a group. */
    int bytes() {
        return 0;
    }

    /** A whole extent. */
    static final class Append extends Task {
        final byte[] bytes;
        final int offset;
        final int length;
        final boolean moved;
        @Nullable ExtentRef ref;

        Append(byte[] bytes, int offset, int length, boolean moved) {
            this.moved = moved;
            this.bytes = bytes;
            this.offset = offset;
            this.length = length;
        }

        @Override
        int bytes() {
            return length;
        }
    }

    /**
     * The next piece of an extent that is written piece by piece: whole blocks, except the last
     * bytes. The last piece may be empty.
     */
    static final class Piece extends Task {
        final Region region;
        final byte[] bytes;
        final int length;
        final boolean last;

        Piece(Region region, byte[] bytes, int length, boolean last) {
            this.region = region;
            this.bytes = bytes;
            this.length = length;
            this.last = last;
        }

        @Override
        int bytes() {
            return length;
        }
    }

    /** Gives a region up. */
    static final class Abandon extends Task {
        final Region region;

        Abandon(Region region) {
            this.region = region;
        }
    }

    /** Seals a volume, and deletes it if asked. */
    static final class Retire extends Task {
        final Volume volume;
        final boolean delete;

        Retire(Volume volume, boolean delete) {
            this.volume = volume;
            this.delete = delete;
        }
    }

    /** Syncs what is unsynced and ends the lane. */
    static final class Stop extends Task {}
}
