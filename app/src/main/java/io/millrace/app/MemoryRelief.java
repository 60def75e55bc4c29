package io.millrace.app;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
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

    /** Fewer connections leave no mark on the heap. */
    private static final double CROWD = 1_000;

    private final MeterRegistry metrics;
    private final Runnable collector;
    private final Thread thread;
    private double most;

    MemoryRelief(MeterRegistry metrics, Runnable collector) {
        this.metrics = metrics;
        this.collector = collector;
        this.thread = Thread.ofVirtual().name("memory-relief").unstarted(this::watch);
    }

    /** Watches the doors that are in these metrics until it is closed. */
    static MemoryRelief start(MeterRegistry metrics) {
        MemoryRelief relief = new MemoryRelief(metrics, System::gc);
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
        if (most >= CROWD && now < most / 4) {
            LOG.info("{} connections have left: giving memory back", (long) (most - now));
            most = now;
            collector.run();
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
