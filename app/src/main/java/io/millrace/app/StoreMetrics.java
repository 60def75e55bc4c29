package io.millrace.app;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.store.Store;

/** {@code millrace.store.*}: how the store's work in the background goes. */
final class StoreMetrics {
    private StoreMetrics() {}

    static void bind(Store store, MeterRegistry metrics) {
        FunctionCounter.builder(
                        "millrace.store.reclaimer.failures", store, s -> (double) s.failedPasses())
                .description("passes of the reclaimer that failed")
                .register(metrics);
    }
}
