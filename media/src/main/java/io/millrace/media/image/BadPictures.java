package io.millrace.media.image;

import io.millrace.kit.Deadline;
import io.millrace.kit.MonotonicClock;
import io.millrace.media.process.RefusedException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Pictures that failed dearly, by content and process, with the answer that they get at once from
 * then on. Bounded; the longest unused goes. In memory alone: a restart tries each once more, which
 * also is what to do after an engine was mended. Thread-safe.
 */
final class BadPictures {
    private final int most;
    private final Duration keep;
    private final MonotonicClock clock;
    private final Map<String, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

    private record Entry(RefusedException refusal, Deadline until) {}

    BadPictures(int most, Duration keep, MonotonicClock clock) {
        this.most = most;
        this.keep = keep;
        this.clock = clock;
    }

    /** The refusal of a picture that is remembered. */
    synchronized Optional<RefusedException> find(String alike) {
        Entry entry = entries.get(alike);
        if (entry == null) {
            return Optional.empty();
        }
        if (entry.until().hasPassed()) {
            entries.remove(alike);
            return Optional.empty();
        }
        RefusedException first = entry.refusal();
        return Optional.of(
                new RefusedException(
                        first.status(),
                        first.code(),
                        first.text()
                                + " It failed before; it is tried again in "
                                + Math.max(1, entry.until().left().toMinutes())
                                + " minutes, or when the object changes."));
    }

    synchronized void remember(String alike, RefusedException refusal) {
        entries.put(alike, new Entry(refusal, clock.deadline(keep)));
        if (entries.size() > most) {
            entries.remove(entries.keySet().iterator().next());
        }
    }

    synchronized int size() {
        return entries.size();
    }
}
