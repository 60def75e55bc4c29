package io.millrace.app;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.access.Access;
import io.millrace.work.outgoing.Sender;
import java.util.List;
import java.util.Locale;

/**
 * {@code millrace.outgoing.*}: calls to hosts of others by target and outcome, and what waits. The
 * meters hold the sender weakly: the server keeps it.
 */
final class OutgoingMetrics {
    private OutgoingMetrics() {}

    static void bind(Sender sender, MeterRegistry metrics) {
        for (String target : List.of(Sender.EVENTS, Access.DEVICE_HOOK)) {
            for (Sender.Outcome outcome : Sender.Outcome.values()) {
                FunctionCounter.builder(
                                "millrace.outgoing.calls", sender, s -> s.count(outcome, target))
                        .description("calls to hosts of others, and messages given up or not taken")
                        .tag("target", target)
                        .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
                        .register(metrics);
            }
        }
        String queue = Sender.EVENTS;
        Gauge.builder("millrace.outgoing.waiting", sender, s -> s.waiting(queue))
                .description("messages that are not delivered yet")
                .tag("target", queue)
                .register(metrics);
        Gauge.builder("millrace.outgoing.oldest", sender, s -> s.oldest(queue).toMillis() / 1e3)
                .description("age of the oldest message that waits")
                .baseUnit("seconds")
                .tag("target", queue)
                .register(metrics);
        Gauge.builder("millrace.outgoing.dead", sender, s -> s.dead(queue))
                .description("messages that were given up and are kept")
                .tag("target", queue)
                .register(metrics);
    }
}
