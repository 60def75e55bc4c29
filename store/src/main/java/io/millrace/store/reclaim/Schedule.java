package io.millrace.store.reclaim;

import java.time.Duration;

/**
 * How long things are kept, and how often that is looked at.
 *
 * @param grace how long bytes that nothing refers to are kept for readers that began before
 * @param uploadExpiry the age at which an open upload is aborted
 * @param logRetention how long the change log is kept
 * @param interval how often a pass runs by itself; zero: never
 */
public record Schedule(
        Duration grace, Duration uploadExpiry, Duration logRetention, Duration interval) {}
