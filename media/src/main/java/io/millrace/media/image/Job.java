package io.millrace.media.image;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ScheduledFuture;
import org.jspecify.annotations.Nullable;

/** A picture that is waited for, from its first request to its answer. Guarded by the queue. */
final class Job {
    /** Where it is. */
    enum State {
        WAITING,
        RUNNING,
        OVER
    }

    final ImageWork work;
    final List<Ticket> tickets = new ArrayList<>();
    final Set<String> askers = new LinkedHashSet<>();
    Weight weight;
    State state = State.WAITING;

    /** Everybody has gone while it ran: what comes of it is for nobody. */
    boolean abandoned;

    long sinceNanos;
    @Nullable ScheduledFuture<?> expiry;
    @Nullable ImageWorker worker;

    Job(ImageWork work, Weight weight) {
        this.work = work;
        this.weight = weight;
    }
}
