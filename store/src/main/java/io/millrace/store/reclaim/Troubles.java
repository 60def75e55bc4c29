package io.millrace.store.reclaim;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What went wrong in the background, for readiness and metrics. Thread-safe. */
final class Troubles {
    private final AtomicLong count = new AtomicLong();
    private final Map<String, String> last = new ConcurrentSkipListMap<>();

    /** A pass ended: with a failure, or well. */
    void tell(String pass, @Nullable Throwable failure) {
        if (failure == null) {
            last.remove(pass);
        } else {
            count.incrementAndGet();
            last.put(pass, failure.toString());
        }
    }

    long count() {
        return count.get();
    }

    /** The passes that failed last time, and why. */
    Optional<String> last() {
        return last.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        String.join(
                                "; ",
                                last.entrySet().stream()
                                        .map(e -> e.getKey() + ": " + e.getValue())
                                        .toList()));
    }
}
