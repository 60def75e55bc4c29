package io.millrace.store.reclaim;

import io.millrace.kit.DiskSpace;
import java.time.Duration;

/**
 * How much the disk's state hurries the work in the background.
 *
 * @param atOnce what was deleted is freed as soon as no reader needs it
 * @param full nothing that brings bytes is taken
 * @param grace how long bytes that nothing refers to are kept
 * @param mostlyDead a volume is emptied when more than so many of 100 of its bytes are dead
 */
record Urgency(boolean atOnce, boolean full, Duration grace, int mostlyDead) {
    private static final int CALM_PERCENT = 50;
    private static final int SHORT_PERCENT = 30;
    private static final int FULL_PERCENT = 5;

    /** Where answers don't wait for the disk: a volume's bytes are on it a second later. */
    private static final Duration NOT_STRICT = Duration.ofSeconds(10);

    /**
     * What no reader needs is freed at once when space is short; the hour's grace is a courtesy.
     */
    static Urgency of(DiskSpace.Level level, boolean isShort, boolean strict, Duration grace) {
        if (!isShort) {
            return new Urgency(false, false, grace, CALM_PERCENT);
        }
        Duration least = strict ? Duration.ZERO : NOT_STRICT;
        boolean full = level == DiskSpace.Level.FULL;
        return new Urgency(
                true,
                full,
                least.compareTo(grace) < 0 ? least : grace,
                full ? FULL_PERCENT : SHORT_PERCENT);
    }
}
