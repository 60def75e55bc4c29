package io.millrace.app;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.kit.Deadline;
import io.millrace.kit.MonotonicClock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives memory back to the system when a crowd has left the doors. The collector shrinks the heap
 * only at a full collection, which a server at rest may not see for days; one collection of what
 * little lives then is a short pause.
 */
final class MemoryRelief implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MemoryRelief.class);
    private static final Duration EVERY = Duration.ofSeconds(3);

    /** A crowd that comes and goes mustn't make the server collect all the time. */
    private static final Duration AT_MOST_EVERY = Duration.ofMinutes(10);

    private static final int CALM_LOOKS = 2;

    /** Fewer connections leave no mark on the heap. */
    private static final double CROWD = 1_000;

    private final MeterRegistry metrics;
    private final Runnable collector;
    private final MonotonicClock clock;
    private final Thread thread;
    private double most;
    private int calm;
    private @Nullable Deadline rest;

    MemoryRelief(MeterRegistry metrics, MonotonicClock clock, Runnable collector) {
        this.clock = clock;
        this.metrics = metrics;
        this.collector = collector;
        this.thread = Thread.ofVirtual().name("memory-relief").unstarted(this::watch);
    }

    /** Watches the doors that are in these metrics until it is closed. */
    static MemoryRelief start(MeterRegistry metrics, MonotonicClock clock) {
        MemoryRelief relief = new MemoryRelief(metrics, clock, System::gc);
        relief.thread.start();
        return relief;
    }

    private void watch() {
        try {
            while (true) {
                Thread.sleep(EVERY);
                look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // it is closed
        }
    }

    void look() {
        double now =
                metrics.find("millrace.door.connections").gauges().stream()
                        .mapToDouble(Gauge::value)
                        .sum();
        most = Math.max(most, now);
        calm = now < most / 4 ? calm + 1 : 0;
        Deadline before = rest;
        boolean rested = before == null || before.hasPassed();
        if (most >= CROWD && calm >= CALM_LOOKS && rested) {
            LOG.info("{} connections have left: giving memory back", (long) (most - now));
            most = now;
            rest = clock.deadline(AT_MOST_EVERY);
            collector.run();
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
