package io.millrace.extents;

import io.millrace.kit.MonotonicClock;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** What a disk has left, asked rarely and counted down between. Thread-safe. */
final class DiskSpace {
    private static final MonotonicClock CLOCK = MonotonicClock.system();
    private static final long FRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long FRESH_BYTES = 64L << 20;

    private final Disk disk;
    private long free;
    private long taken;
    private long askedAt;

    DiskSpace(Disk disk) {
        this.disk = disk;
        refresh();
    }

    Disk disk() {
        return disk;
    }

    synchronized void refresh() {
        try {
            free = disk.freeBytes();
        } catch (IOException e) {
            // A file system that does not tell its space: the write itself will say when it is
            // full.
            free = Long.MAX_VALUE;
        }
        taken = 0;
        askedAt = CLOCK.nanos();
    }

    synchronized long free() {
        return free - taken;
    }

    /** Counts bytes down if they leave the reserve untouched. */
    synchronized boolean take(long bytes, long reserve) {
        if (taken + bytes > FRESH_BYTES || CLOCK.nanos() - askedAt > FRESH_NANOS) {
            refresh();
        }
        if (free - taken - bytes < reserve) {
            return false;
        }
        taken += bytes;
        return true;
    }
}
