package io.millrace.media.image;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What waits, in fair shares: the next is the oldest of whoever has used the least so far. Used is
 * measured time, so that one expensive picture counts as many cheap ones. Who comes anew, or again
 * after a rest, begins where the one whose turn it was last stands: a rest saves nothing up.
 *
 * <p>An entry may stand with several askers, who want the same; taken by one, the others skip it.
 * Guarded by the queue's lock. (Start-time fair queueing, Goyal, Vin and Cheng, 1996, with what was
 * used in place of what is announced.)
 *
 * @param <J> what waits
 */
final class Turns<J> {
    private final Map<String, Turn<J>> turns = new HashMap<>();
    private long now;

    /** Of one asker. */
    private static final class Turn<J> {
        final Deque<J> waiting = new ArrayDeque<>();
        long used;
        int running;
    }

    /** An entry and whose turn it was. */
    record Next<J>(J job, String asker) {}

    void add(String asker, J job) {
        Turn<J> turn = turns.computeIfAbsent(asker, _ -> new Turn<>());
        if (turn.waiting.isEmpty() && turn.running == 0) {
            turn.used = Math.max(turn.used, now);
        }
        turn.waiting.addLast(job);
    }

    /**
     * Takes the next.
     *
     * @param expectedNanos counts as used until {@link #done} says how much it was
     */
    @Nullable Next<J> poll(long expectedNanos) {
        String asker = null;
        Turn<J> least = null;
        for (Map.Entry<String, Turn<J>> entry : turns.entrySet()) {
            Turn<J> turn = entry.getValue();
            if (!turn.waiting.isEmpty() && (least == null || turn.used < least.used)) {
                asker = entry.getKey();
                least = turn;
            }
        }
        if (least == null || asker == null) {
            return null;
        }
        J job = least.waiting.removeFirst();
        now = Math.max(now, least.used);
        least.used += expectedNanos;
        least.running++;
        for (Turn<J> other : turns.values()) {
            other.waiting.remove(job);
        }
        return new Next<>(job, asker);
    }

    /** An entry of this asker is over, which took {@code usedNanos}. */
    void done(String asker, long expectedNanos, long usedNanos) {
        Turn<J> turn = turns.get(asker);
        if (turn != null) {
            turn.used += usedNanos - expectedNanos;
            turn.running--;
        }
        // As if all who are here had been served at once: nobody is overtaken for ever by those
        // who come later.
        now += usedNanos / Math.max(1, turns.size());
        turns.values().removeIf(this::rests);
        if (turns.values().stream().allMatch(t -> t.waiting.isEmpty() && t.running == 0)) {
            turns.clear();
        }
    }

    /** Takes an entry out, wherever it stands. */
    void remove(J job) {
        turns.values().forEach(t -> t.waiting.remove(job));
        turns.values().removeIf(this::rests);
    }

    /**
     * The youngest entry of whoever has the most waiting, to make room for another of {@code
     * newcomer}; null when that would be the newcomer.
     */
    @Nullable J giveWay(String newcomer) {
        Turn<J> own = turns.get(newcomer);
        int most = own == null ? 1 : own.waiting.size() + 1;
        Turn<J> longest = null;
        for (Turn<J> turn : turns.values()) {
            if (turn != own && turn.waiting.size() > most) {
                most = turn.waiting.size();
                longest = turn;
            }
        }
        return longest == null ? null : longest.waiting.getLast();
    }

    /** Who rests has nothing to be remembered by, unless they are ahead of the others. */
    private boolean rests(Turn<J> turn) {
        return turn.waiting.isEmpty() && turn.running == 0 && turn.used <= now;
    }

    /** Askers known now. */
    int askers() {
        return turns.size();
    }
}
