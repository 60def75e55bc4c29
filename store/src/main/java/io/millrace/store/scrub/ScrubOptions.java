package io.millrace.store.scrub;

import io.millrace.store.space.StoreException;
import java.time.Duration;

/**
 * How the scrub reads.
 *
 * @param bytesPerSecond at the most; 0: no pass begins by itself
 * @param every from the beginning of one pass to that of the next
 */
public record ScrubOptions(long bytesPerSecond, Duration every) {
    /** The rate of a pass that somebody asked for while none begins by itself. */
    static final long WHEN_ASKED = 20L << 20;

    public ScrubOptions {
        if (bytesPerSecond < 0 || every.isNegative()) {
            throw new StoreException(
                    StoreException.Code.INVALID_ARGUMENT,
                    "a scrub reads ≥ 0 bytes a second every ≥ 0 s");
        }
    }

    /** Whether a pass begins by itself, or goes on, when the last one stands so. */
    boolean due(ScrubRow last, long nowMillis) {
        if (bytesPerSecond == 0) {
            return false;
        }
        long since = nowMillis - last.startedMillis();
        // A clock that was set back must not keep a pass away for ever.
        return last.phase() != ScrubRow.Phase.NONE
                || last.pass() == 0
                || since < 0
                || since >= every.toMillis();
    }

    /** No pass begins by itself. */
    public static ScrubOptions off() {
        return new ScrubOptions(0, Duration.ofDays(14));
    }
}
