package io.millrace.live.stream;

import io.millrace.kit.Clocks;
import io.millrace.kit.Deadline;
import io.millrace.live.StreamStatus;
import io.millrace.live.record.SegmentRow;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Where a stream is in its life, and since when. Guarded by its stream's lock. */
final class Presence {
    private final Clocks clocks;
    private final Duration target;
    private Deadline fresh;
    private boolean publishing;
    private boolean delivered;
    private Instant began = Instant.EPOCH;

    /** Of the state, but for SILENT's. */
    private @Nullable Instant since;

    private Instant lastSegment = Instant.EPOCH;

    Presence(Clocks clocks, Duration target) {
        this.clocks = clocks;
        this.target = target;
        this.fresh = clocks.monotonic().deadline(Duration.ZERO);
    }

    /** What an earlier run left: it ended with its last segment, or when it began. */
    void restored(long startedMillis, Collection<SegmentRow> segments) {
        long end =
                segments.stream()
                        .mapToLong(s -> s.startMillis() + s.durationMicros() / 1_000)
                        .max()
                        .orElse(startedMillis);
        since = Instant.ofEpochMilli(Math.min(end, clocks.wall().millis()));
    }

    void came() {
        since = clocks.wall().instant();
        lastSegment = since;
        began = clocks.steady().instant();
        publishing = true;
        delivered = false;
        fresh = clocks.monotonic().deadline(StreamStatus.STALE);
    }

    /** One that brought nothing for long was gone before it left. */
    void left() {
        Instant now = clocks.wall().instant();
        since = lastSegment.plus(StreamStatus.STALE).isBefore(now) ? lastSegment : now;
        publishing = false;
    }

    /**
     * A segment was finished.
     *
     * @return whether it is the first of its push
     */
    boolean segment(SegmentRow row) {
        Instant now = clocks.wall().instant();
        if (publishing && fresh.hasPassed()) {
            since = now;
        }
        Instant end = row.start().plusNanos(row.durationMicros() * 1_000);
        lastSegment = end.isBefore(now) ? end : now;
        fresh = clocks.monotonic().deadline(StreamStatus.stale(target, row.durationMicros()));
        boolean first = publishing && !delivered;
        delivered = true;
        return first;
    }

    /** When the push began, by the steady clock. */
    Instant began() {
        return began;
    }

    StreamStatus.State state(boolean ended) {
        if (!publishing) {
            return ended ? StreamStatus.State.OFFLINE : StreamStatus.State.WAITING;
        }
        return fresh.hasPassed() ? StreamStatus.State.SILENT : StreamStatus.State.LIVE;
    }

    /** Since when the state is as it is; null when the stream was never live. */
    @Nullable Instant since() {
        return publishing && fresh.hasPassed() ? lastSegment : since;
    }
}
