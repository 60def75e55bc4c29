package io.millrace.app;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.store.Store;
import io.millrace.store.scrub.Scrub;
import java.time.Instant;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** {@code millrace.store.*}: how the store's work in the background goes. */
final class StoreMetrics {
    private StoreMetrics() {}

    static void bind(Store store, MeterRegistry metrics) {
        FunctionCounter.builder(
                        "millrace.store.reclaimer.failures", store, s -> (double) s.failedPasses())
                .description("passes of the reclaimer that failed")
                .register(metrics);
        FunctionCounter.builder(
                        "millrace.store.scrub.read",
                        store.scrub(),
                        s -> (double) s.status().allBytes())
                .description("read by the scrub since the start")
                .baseUnit("bytes")
                .register(metrics);
        gauge(
                store,
                metrics,
                "started",
                "when the scrub's pass began, seconds since 1970; 0 before the first",
                s -> seconds(s.status().started()));
        gauge(
                store,
                metrics,
                "finished",
                "when the scrub's last whole pass ended, seconds since 1970; 0 before that",
                s -> seconds(s.status().finished()));
        gauge(
                store,
                metrics,
                "progress",
                "how far the scrub's pass is, from 0 to 1",
                s -> s.status().progress());
        gauge(
                store,
                metrics,
                "found",
                "damaged places that the scrub's pass met",
                s -> s.status().found());
        gauge(
                store,
                metrics,
                "damaged.objects",
                "objects and parts that are known to be damaged",
                s -> s.found().objects().size());
    }

    private static void gauge(
            Store store,
            MeterRegistry metrics,
            String name,
            String description,
            ToDoubleFunction<Scrub> value) {
        Gauge.builder("millrace.store.scrub." + name, store.scrub(), value)
                .description(description)
                .register(metrics);
    }

    private static double seconds(@Nullable Instant moment) {
        return moment == null ? 0 : moment.toEpochMilli() / 1e3;
    }
}
