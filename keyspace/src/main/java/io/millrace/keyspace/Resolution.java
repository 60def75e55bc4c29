package io.millrace.keyspace;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The counters of a batch worked out before anything is applied, so that a batch with a mistake
 * leaves no trace in its group.
 */
final class Resolution {
    private final List<Mutation> mutations;
    private final long[] counts;
    private final List<Long> stamps;

    private Resolution(List<Mutation> mutations, long[] counts, List<Long> stamps) {
        this.mutations = mutations;
        this.counts = counts;
        this.stamps = stamps;
    }

    /** Works out every counter against what came before; throws LIMIT where a key is no counter. */
    static Resolution of(Batch batch, Overlay overlay) {
        List<Mutation> mutations = batch.mutations();
        Resolution resolution =
                new Resolution(mutations, new long[mutations.size()], new ArrayList<>(1));
        for (int i = 0; i < mutations.size(); i++) {
            switch (mutations.get(i)) {
                case Mutation.Add add ->
                        resolution.counts[i] =
                                resolution.before(add.key(), i, overlay) + add.delta();
                case Mutation.AppendStamped stamped -> {
                    long stamp = resolution.before(stamped.counterKey(), i, overlay) + 1;
                    resolution.counts[i] = stamp;
                    resolution.stamps.add(stamp);
                }
                case Mutation.Put put -> {}
                case Mutation.Delete delete -> {}
                case Mutation.DeleteRange range -> {}
            }
        }
        return resolution;
    }

    /** The counter after mutation {@code i}. */
    long count(int i) {
        return counts[i];
    }

    List<Long> stamps() {
        return stamps.isEmpty() ? List.of() : List.copyOf(stamps);
    }

    private long before(byte[] key, int index, Overlay overlay) {
        for (int i = index - 1; i >= 0; i--) {
            switch (mutations.get(i)) {
                case Mutation.Put put -> {
                    if (Arrays.equals(put.key(), key)) {
                        return counter(put.value());
                    }
                }
                case Mutation.Delete delete -> {
                    if (Arrays.equals(delete.key(), key)) {
                        return 0;
                    }
                }
                case Mutation.DeleteRange range -> {
                    if (Keys.within(key, range.from(), range.to())) {
                        return 0;
                    }
                }
                case Mutation.Add add -> {
                    if (Arrays.equals(add.key(), key)) {
                        return counts[i];
                    }
                }
                case Mutation.AppendStamped stamped -> {
                    if (Arrays.equals(stamped.counterKey(), key)) {
                        return counts[i];
                    }
                }
            }
        }
        return counter(overlay.get(key));
    }

    private static long counter(byte @Nullable [] value) {
        return Keys.counter(value);
    }
}
