package io.millrace.edge;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.millrace.edge.http.Headers;
import io.millrace.kit.MonotonicClock;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.FullHttpRequest;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/** {@code millrace.edge.origin.*}: how the origin answers. Thread-safe. */
final class OriginFigures {
    private final MonotonicClock clock;
    private final Timer heads;
    private final Counter received;
    private final Counter refused;
    private final Map<OriginCall.Failure, Counter> failures =
            new EnumMap<>(OriginCall.Failure.class);

    OriginFigures(MeterRegistry registry, MonotonicClock clock) {
        this.clock = clock;
        this.heads =
                Timer.builder("millrace.edge.origin.head")
                        .description("From a request to the origin to the head of its answer")
                        .serviceLevelObjectives(
                                Duration.ofMillis(1),
                                Duration.ofMillis(5),
                                Duration.ofMillis(25),
                                Duration.ofMillis(100),
                                Duration.ofMillis(500),
                                Duration.ofMillis(2500),
                                Duration.ofSeconds(10))
                        .register(registry);
        this.received =
                Counter.builder("millrace.edge.origin.received")
                        .description("Bodies from the origin")
                        .baseUnit("bytes")
                        .register(registry);
        this.refused = errors(registry, "status-5xx");
        for (OriginCall.Failure failure : OriginCall.Failure.values()) {
            failures.put(failure, errors(registry, failure.reason()));
        }
    }

    private static Counter errors(MeterRegistry registry, String reason) {
        return Counter.builder("millrace.edge.origin.errors")
                .description("Requests that the origin failed, or answered so")
                .tag("reason", reason)
                .register(registry);
    }

    /** The same call, counted. */
    OriginCall counted(OriginCall call) {
        return new Counted(call, clock.nanos());
    }

    private final class Counted implements OriginCall {
        private final OriginCall call;
        private final long startNanos;

        Counted(OriginCall call, long startNanos) {
            this.call = call;
            this.startNanos = startNanos;
        }

        @Override
        public FullHttpRequest request() {
            return call.request();
        }

        @Override
        public boolean repeatable() {
            return call.repeatable();
        }

        @Override
        public void interim(int status, Headers fields) {
            call.interim(status, fields);
        }

        @Override
        public void head(int status, Headers headers, OriginConnection from) {
            heads.record(Duration.ofNanos(clock.nanos() - startNanos));
            if (status >= 500) {
                refused.increment();
            }
            call.head(status, headers, from);
        }

        @Override
        public void data(ByteBuf bytes) {
            received.increment(bytes.readableBytes());
            call.data(bytes);
        }

        @Override
        public void end() {
            call.end();
        }

        @Override
        public void failed(Failure failure) {
            Counter counter = failures.get(failure);
            if (counter != null) {
                counter.increment();
            }
            call.failed(failure);
        }
    }
}
