package io.millrace.gateway;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Requests by operation, dialect and status; bytes in and out; requests in flight. */
final class GatewayMetrics {
    private final MeterRegistry registry;
    private final ConcurrentHashMap<Key, Timer> timers = new ConcurrentHashMap<>();
    private final Counter received;
    private final Counter sent;

    private record Key(String operation, String dialect, int status) {}

    GatewayMetrics(MeterRegistry registry, AtomicInteger inFlight) {
        this.registry = registry;
        this.received =
                Counter.builder("millrace.gateway.received")
                        .baseUnit("bytes")
                        .description("Request bodies as announced or read")
                        .register(registry);
        this.sent =
                Counter.builder("millrace.gateway.sent")
                        .baseUnit("bytes")
                        .description("Answer bodies")
                        .register(registry);
        Gauge.builder("millrace.gateway.in.flight", inFlight, AtomicInteger::get)
                .description("Requests being worked on")
                .register(registry);
    }

    void record(
            String operation, String dialect, int status, long nanos, long bytesIn, long bytesOut) {
        timers.computeIfAbsent(new Key(operation, dialect, status), this::timer)
                .record(Duration.ofNanos(nanos));
        if (bytesIn > 0) {
            received.increment((double) bytesIn);
        }
        if (bytesOut > 0) {
            sent.increment((double) bytesOut);
        }
    }

    private Timer timer(Key key) {
        return Timer.builder("millrace.gateway.requests")
                .description("Requests on the object door")
                .tag("operation", key.operation())
                .tag("dialect", key.dialect())
                .tag("status", Integer.toString(key.status()))
                .serviceLevelObjectives(
                        Duration.ofMillis(1),
                        Duration.ofMillis(5),
                        Duration.ofMillis(25),
                        Duration.ofMillis(100),
                        Duration.ofMillis(500),
                        Duration.ofMillis(2500),
                        Duration.ofSeconds(10))
                .register(registry);
    }
}
