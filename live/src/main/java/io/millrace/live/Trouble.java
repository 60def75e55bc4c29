package io.millrace.live;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Why a stream is not on air, or not kept, as it should be.
 *
 * @param reason in plain words
 * @param publisher the address of whose push it is; null when it is nobody's
 * @param at when it happened last
 * @param times how often, one after the other
 */
public record Trouble(Kind kind, String reason, @Nullable String publisher, Instant at, int times) {

    /** What happened. */
    public enum Kind {
        /** A publisher was not let in. */
        REFUSED,
        /** A publisher's push ended otherwise than by its own word. */
        DROPPED,
        /** Segments do not reach the store. */
        NOT_STORED
    }

    Trouble again(Instant now, @Nullable String from) {
        return new Trouble(kind, reason, from, now, times + 1);
    }
}
