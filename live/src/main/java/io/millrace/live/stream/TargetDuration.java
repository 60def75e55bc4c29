package io.millrace.live.stream;

import io.millrace.formats.hls.MediaPlaylist;
import java.time.Duration;

/**
 * A session's EXT-X-TARGETDURATION. It must not change in a playlist's life, and no segment may be
 * longer than it, rounded (RFC 8216, 4.3.3.1 and 6.2.1); so the first whole segment, which tells
 * the publisher's keyframe interval, settles it, and from then on it bounds the segments. Until
 * then a segment has max(2 × target, 60 s). Settled once, by one thread; read by any.
 */
final class TargetDuration {
    private static final long MICROS = 1_000_000;
    private static final long FIRST_MICROS = 60 * MICROS;

    /** Keyframes jitter; a segment a little longer than the first must still fit. */
    private static final long ROOM_MICROS = 250_000;

    private final long aimMicros;
    private volatile int seconds;

    /**
     * @param settledSeconds 0 when nothing has settled it yet
     */
    TargetDuration(Duration aim, int settledSeconds) {
        this.aimMicros = aim.toNanos() / 1_000;
        this.seconds = settledSeconds;
    }

    boolean settled() {
        return seconds > 0;
    }

    /** EXT-X-TARGETDURATION; 0 before it is settled. */
    int seconds() {
        return seconds;
    }

    /** Settles it by the longest segment so far. */
    void settle(long longestMicros) {
        if (!settled()) {
            double longest = (longestMicros + ROOM_MICROS) / (double) MICROS;
            seconds = MediaPlaylist.targetFor(longest, aimMicros / (double) MICROS);
        }
    }

    /** The longest segment that may be, in microseconds. */
    long limitMicros() {
        return settled()
                ? seconds * MICROS + MICROS / 2 - 1
                : Math.max(2 * aimMicros, FIRST_MICROS);
    }
}
