package io.millrace.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.millrace.extents.Extents;
import io.millrace.keyspace.KeySpace;
import java.time.Duration;

/** How long it takes until what is acknowledged is durable. */
final class CommitMetrics {
    private CommitMetrics() {}

    static void bind(KeySpace keySpace, MeterRegistry metrics) {
        Timer commits =
                timer(
                        "millrace.keyspace.commit",
                        "Commits of the key space, from the call to the answer",
                        metrics);
        keySpace.onCommit(nanos -> commits.record(Duration.ofNanos(nanos)));
    }

    static void bind(Extents extents, MeterRegistry metrics) {
        Timer flushes =
                timer("millrace.extents.flush", "Flushes of volumes to their disks", metrics);
        extents.onFlush(nanos -> flushes.record(Duration.ofNanos(nanos)));
    }

    private static Timer timer(String name, String description, MeterRegistry metrics) {
        return Timer.builder(name)
                .description(description)
                .serviceLevelObjectives(
                        Duration.ofMillis(1),
                        Duration.ofMillis(5),
                        Duration.ofMillis(25),
                        Duration.ofMillis(100),
                        Duration.ofMillis(500),
                        Duration.ofMillis(2500))
                .register(metrics);
    }
}
