package io.millrace.store.scrub;

import io.millrace.extents.StoreId;
import io.millrace.extents.StoreIdentity;
import io.millrace.kit.MonotonicClock;
import io.millrace.store.objects.Core;
import java.time.Duration;

/**
 * Keeps the notes of damage true while the lease is held, whether a pass is under way or not: what
 * reads have met is noted at each turn, what is over goes within a minute. Not thread-safe.
 */
final class Reviews {
    private static final Duration EVERY = Duration.ofMinutes(1);

    private final Core core;
    private final MonotonicClock clock;
    private final Notes notes;
    private final GapNotes gaps;
    private boolean begun;
    private long reviewed;

    /**
     * @param core fenced
     */
    Reviews(Core core, MonotonicClock clock) {
        this.core = core;
        this.clock = clock;
        this.notes = new Notes(core);
        this.gaps = new GapNotes(core);
    }

    /** A turn. The first one looks again at all that was noted before, and for lost volumes. */
    void next() {
        if (!begun) {
            again();
            gone();
            begun = true;
            reviewed = clock.nanos();
        }
        notes.collect();
        gaps.collect();
        if (clock.hasElapsed(reviewed, EVERY)) {
            notes.review(false);
            gaps.review(false);
            reviewed = clock.nanos();
        }
    }

    /** Looks again at all that is noted, and lets go what is whole. */
    void again() {
        notes.review(true);
        gaps.review(true);
    }

    private void gone() {
        ExtentWalk walk = new ExtentWalk(core, notes, new Pace(clock, ScrubOptions.WHEN_ASKED));
        StoreIdentity identity = core.extents().identity();
        walk.gone(identity.store());
        if (identity.unnamed()) {
            walk.gone(StoreId.UNNAMED);
        }
    }
}
