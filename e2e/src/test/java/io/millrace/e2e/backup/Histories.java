package io.millrace.e2e.backup;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What each key's one writer did, in order, and so which states a backup of a moment may hold: the
 * one after the last operation that was acknowledged before it, or after any later one that had
 * begun by its end. Thread-safe for one writer a key.
 */
final class Histories {
    /** The object's content: a block repeated, cut at a length; null: no object. */
    record Content(String seed, long length) {
        byte[] bytes() {
            byte[] block = new byte[4099];
            new Random(seed.hashCode()).nextBytes(block);
            byte[] bytes = new byte[(int) length];
            for (int i = 0; i < bytes.length; i += block.length) {
                System.arraycopy(block, 0, bytes, i, Math.min(block.length, bytes.length - i));
            }
            return bytes;
        }
    }

    /** One operation; not acknowledged: it may have happened or not. */
    private static final class Operation {
        final Instant begun = Instant.now();
        final long begunNanos = System.nanoTime();
        final @Nullable Content after;
        volatile @Nullable Instant acknowledged;
        volatile long acknowledgedNanos = Long.MAX_VALUE;

        Operation(@Nullable Content after) {
            this.after = after;
        }
    }

    private final Map<String, List<Operation>> all = new ConcurrentHashMap<>();

    /** Something that can fail, in which case its effect is open. */
    interface Step {
        void run() throws Exception;
    }

    /** Runs an operation that leaves the key with this content. */
    void run(String key, @Nullable Content after, Step step) throws Exception {
        Operation operation = new Operation(after);
        List<Operation> list = all.computeIfAbsent(key, k -> new ArrayList<>());
        synchronized (list) {
            list.add(operation);
        }
        step.run();
        operation.acknowledgedNanos = System.nanoTime();
        operation.acknowledged = Instant.now();
    }

    Set<String> keys() {
        return new TreeSet<>(all.keySet());
    }

    int operations() {
        return all.values().stream().mapToInt(List::size).sum();
    }

    /** The states that a backup made between two moments may hold; null among them: no object. */
    private List<@Nullable Content> allowed(String key, Instant from, Instant to) {
        List<@Nullable Content> states = new ArrayList<>();
        states.add(null);
        List<Operation> list = all.getOrDefault(key, List.of());
        synchronized (list) {
            for (Operation operation : list) {
                Instant acknowledged = operation.acknowledged;
                if (acknowledged != null && acknowledged.isBefore(from)) {
                    states.clear();
                }
                if (operation.begun.isBefore(to)) {
                    states.add(operation.after);
                }
            }
        }
        return states;
    }

    /** What is wrong with the content that a key has, given the backup's moments; null: nothing. */
    @Nullable String wrong(String key, byte @Nullable [] found, Instant from, Instant to) {
        List<@Nullable Content> allowed = allowed(key, from, to);
        for (Content content : allowed) {
            if (content == null ? found == null : same(content, found)) {
                return null;
            }
        }
        return key
                + " has "
                + (found == null ? "no object" : found.length + " bytes")
                + ", allowed are "
                + allowed;
    }

    /** A span of time in which a key was as it was found. */
    private record Span(long from, long to) {
        boolean has(long moment) {
            return from <= moment && moment <= to;
        }
    }

    /**
     * Whether there is one moment at which every key was as it was found, so that the backup holds
     * a state that was, not pieces of several.
     */
    boolean areOfOneMoment(Map<String, byte[]> found) {
        List<List<Span>> spans = new ArrayList<>();
        List<Long> moments = new ArrayList<>(List.of(Long.MIN_VALUE));
        for (String key : keys()) {
            List<Span> ofKey = spans(key, found.get(key));
            ofKey.forEach(s -> moments.add(s.from()));
            spans.add(ofKey);
        }
        return moments.stream()
                .anyMatch(m -> spans.stream().allMatch(l -> l.stream().anyMatch(s -> s.has(m))));
    }

    /** An operation takes effect between its begin and its acknowledgement. */
    private List<Span> spans(String key, byte @Nullable [] found) {
        List<Operation> list = all.getOrDefault(key, List.of());
        List<Span> spans = new ArrayList<>();
        synchronized (list) {
            if (found == null) {
                spans.add(new Span(Long.MIN_VALUE, list.getFirst().acknowledgedNanos));
            }
            for (int i = 0; i < list.size(); i++) {
                Content after = list.get(i).after;
                if (after == null ? found == null : same(after, found)) {
                    boolean last = i == list.size() - 1;
                    long to = last ? Long.MAX_VALUE : list.get(i + 1).acknowledgedNanos;
                    spans.add(new Span(list.get(i).begunNanos, to));
                }
            }
        }
        return spans;
    }

    private static boolean same(Content content, byte @Nullable [] found) {
        return found != null
                && found.length == content.length()
                && Arrays.equals(content.bytes(), found);
    }
}
