package io.millrace.work.outgoing;

import io.millrace.keyspace.Batch;

/** Where a room says what happened, for whoever subscribed to it outside. Thread-safe. */
@FunctionalInterface
public interface Announcements {
    /** Tells nobody. */
    Announcements NONE = (batch, event) -> {};

    /**
     * Adds the event to the commit that makes it true: both are durable, or neither. Adds nothing
     * when nobody subscribed or the queue is full, and never fails.
     */
    void add(Batch.Builder batch, Event event);
}
