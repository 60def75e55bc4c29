package io.millrace.edge;

import io.millrace.edge.rules.Domain;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counters by domain since the edge started. Thread-safe. */
final class Statistics {

    /** The counters of one domain. */
    static final class Counters {
        final LongAdder requests = new LongAdder();
        final LongAdder hits = new LongAdder();
        final LongAdder misses = new LongAdder();
        final LongAdder revalidated = new LongAdder();
        final LongAdder refused = new LongAdder();
        final LongAdder errors = new LongAdder();
        final LongAdder bytes = new LongAdder();
        final LongAdder originRequests = new LongAdder();

        /** Counts an answer that has ended. */
        void count(Outcome outcome) {
            switch (outcome) {
                case HIT -> hits.increment();
                case MISS, STALE -> misses.increment();
                case REVALIDATED -> revalidated.increment();
                case OWN -> {}
            }
        }
    }

    private final Map<String, Counters> domains = new ConcurrentHashMap<>();
    private final Counters fallback = of(Domain.DEFAULT);

    /** The counters of a domain that settings name; never of a host that a viewer made up. */
    Counters of(Domain domain) {
        return domain.host().equals(Domain.DEFAULT) ? fallback : of(domain.host());
    }

    private Counters of(String host) {
        return domains.computeIfAbsent(host, h -> new Counters());
    }

    Map<String, Counters> all() {
        return domains;
    }
}
