package io.millrace.app;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.kit.Damage;
import io.millrace.kit.Damages;

/** {@code millrace.corrupt.blocks}: the damaged places met since the start, by kind of file. */
final class DamageMetrics {
    private DamageMetrics() {}

    static void bind(Damages damages, MeterRegistry metrics) {
        for (Damage.Kind kind : Damage.Kind.values()) {
            FunctionCounter.builder("millrace.corrupt.blocks", damages, d -> d.count(kind))
                    .description("places whose bytes are not those that were written")
                    .tag("kind", kind.label())
                    .register(metrics);
        }
    }
}
