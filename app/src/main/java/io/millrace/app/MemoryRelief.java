package io.millrace.app;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.kit.Deadline;
import io.millrace.kit.MonotonicClock;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import javax.management.JMException;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives memory back to the system when a crowd has left the doors. The collector shrinks the heap
 * only at a full collection, which a server at rest may not see for days; one collection of what
 * little lives then is a short pause. The C library keeps freed memory of its own accord, half a
 * gigabyte of buffers after ten thousand slow readers, until it is asked for it.
 */
final class MemoryRelief implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MemoryRelief.class);
    private static final Duration EVERY = Duration.ofSeconds(3);

    /** A crowd that comes and goes mustn't make the server collect all the time. */
    private static final Duration AT_MOST_EVERY = Duration.ofMinutes(1);

    private static final int CALM_LOOKS = 2;

    /** Fewer connections leave no mark on the heap. */
    private static final double CROWD = 1_000;

    private final MeterRegistry metrics;
    private final Runnable relief;
    private final MonotonicClock clock;
    private final Thread thread;
    private double most;
    private int calm;
    private @Nullable Deadline rest;

    MemoryRelief(MeterRegistry metrics, MonotonicClock clock, Runnable relief) {
        this.clock = clock;
        this.metrics = metrics;
        this.relief = relief;
        this.thread = Thread.ofVirtual().name("memory-relief").unstarted(this::watch);
    }

    /** Watches the doors that are in these metrics until it is closed. */
    static MemoryRelief start(MeterRegistry metrics, MonotonicClock clock) {
        MemoryRelief made = new MemoryRelief(metrics, clock, MemoryRelief::giveBack);
        made.thread.start();
        return made;
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
            relief.run();
        }
    }

    private static void giveBack() {
        System.gc();
        try {
            // As jcmd's System.trim_native_heap, which is malloc_trim(3).
            ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "systemTrimNativeHeap",
                            new Object[0],
                            new String[0]);
        } catch (JMException e) {
            LOG.debug("This Java can't give native memory back", e);
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
