package io.millrace.live.stream;

import io.millrace.kit.Clocks;
import io.millrace.kit.Deadline;
import io.millrace.live.Trouble;
import io.millrace.live.record.Session;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether a stream's segments reach the store; what keeps them out is told until they do. Guarded
 * by its stream's lock.
 */
final class Storing {
    /** A segment that is lost waits no more: the next one shows whether it is over. */
    private static final Duration AT_LEAST = Duration.ofSeconds(10);

    private final Clocks clocks;
    private @Nullable Trouble trouble;
    private Deadline shown;

    Storing(Clocks clocks) {
        this.clocks = clocks;
        this.shown = clocks.monotonic().deadline(Duration.ZERO);
    }

    void failed(String reason) {
        Trouble before = trouble;
        int times = before == null ? 1 : before.times() + 1;
        trouble =
                new Trouble(
                        Trouble.Kind.NOT_STORED, reason, null, clocks.steady().instant(), times);
        shown = clocks.monotonic().deadline(AT_LEAST);
    }

    /** Looks whether all that was finished is in the store again; called often. */
    void look(@Nullable Session session) {
        if (shown.hasPassed() && (session == null || session.unsent() == 0)) {
            trouble = null;
        }
    }

    List<Trouble> trouble() {
        Trouble now = trouble;
        return now == null ? List.of() : List.of(now);
    }
}
