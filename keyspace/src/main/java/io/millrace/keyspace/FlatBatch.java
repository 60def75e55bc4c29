package io.millrace.keyspace;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A batch boiled down to what a set-oriented engine needs: the ranges to delete first, then one
 * final change for each key, keys rising.
 *
 * <p>Equal to applying the mutations in their order: a range delete takes back the earlier changes
 * of the keys in it, and later ones come after all ranges anyway; put and add on one key fold
 * together.
 */
final class FlatBatch {
    static final int GUARD_NONE = 0;
    static final int GUARD_HOLDS = 1;
    static final int GUARD_ABSENT = 2;
    static final int OP_NONE = 0;
    static final int OP_PUT = 1;
    static final int OP_DELETE = 2;
    static final int OP_ADD = 3;

    /** What happens to one key. */
    static final class Slot {
        int guard = GUARD_NONE;
        int guardIndex = -1;
        byte @Nullable [] held;
        int op = OP_NONE;
        byte @Nullable [] value;
        long delta;

        /** Its place among the keys, from 1. */
        int place;
    }

    /** A stamped write, by the counter's slot. */
    record StampedPut(Slot counter, byte[] prefix, byte[] value) {}

    final TreeMap<byte[], Slot> slots = new TreeMap<>(Arrays::compareUnsigned);
    final List<Mutation.DeleteRange> ranges = new ArrayList<>();
    final List<StampedPut> stamped = new ArrayList<>();
    private int contradiction = -1;

    FlatBatch(Batch batch) {
        for (int i = 0; i < batch.guards().size(); i++) {
            guard(batch.guards().get(i), i);
        }
        batch.mutations().forEach(this::mutate);
        int place = 0;
        for (Slot slot : slots.values()) {
            slot.place = ++place;
        }
    }

    /** The index of a guard that another guard of the same batch rules out. */
    OptionalInt contradiction() {
        return contradiction < 0 ? OptionalInt.empty() : OptionalInt.of(contradiction);
    }

    /** The guard of the key at a place, counted from 1. */
    int guardAt(int place) {
        for (Slot slot : slots.values()) {
            if (slot.place == place) {
                return slot.guardIndex;
            }
        }
        throw new IllegalArgumentException("no key at " + place);
    }

    private Slot slot(byte[] key) {
        return slots.computeIfAbsent(key, k -> new Slot());
    }

    private void guard(Guard guard, int index) {
        Slot slot = slot(guard.key());
        int kind =
                switch (guard) {
                    case Guard.Holds g -> GUARD_HOLDS;
                    case Guard.Absent g -> GUARD_ABSENT;
                };
        byte @Nullable [] held =
                switch (guard) {
                    case Guard.Holds g -> g.value();
                    case Guard.Absent g -> null;
                };
        if (slot.guard == GUARD_NONE) {
            slot.guard = kind;
            slot.guardIndex = index;
            slot.held = held;
        } else if (slot.guard != kind || !Arrays.equals(slot.held, held)) {
            contradiction = index;
        }
    }

    private void mutate(Mutation mutation) {
        switch (mutation) {
            case Mutation.Put m -> put(slot(m.key()), m.value());
            case Mutation.Delete m -> {
                Slot slot = slot(m.key());
                slot.op = OP_DELETE;
                slot.value = null;
            }
            case Mutation.DeleteRange m -> deleteRange(m);
            case Mutation.Add m -> add(m.key(), m.delta());
            case Mutation.AppendStamped m -> {
                add(m.counterKey(), 1);
                stamped.add(new StampedPut(slot(m.counterKey()), m.keyPrefix(), m.value()));
            }
        }
    }

    private static void put(Slot slot, byte[] value) {
        slot.op = OP_PUT;
        slot.value = value;
    }

    private void deleteRange(Mutation.DeleteRange range) {
        if (Arrays.compareUnsigned(range.from(), range.to()) >= 0) {
            return;
        }
        for (Map.Entry<byte[], Slot> entry : slots.subMap(range.from(), range.to()).entrySet()) {
            entry.getValue().op = OP_NONE;
            entry.getValue().value = null;
            entry.getValue().delta = 0;
        }
        ranges.add(range);
    }

    private void add(byte[] key, long delta) {
        Slot slot = slot(key);
        switch (slot.op) {
            case OP_PUT -> put(slot, Keys.counter(Keys.counter(slot.value) + delta));
            case OP_DELETE -> put(slot, Keys.counter(delta));
            default -> {
                slot.delta = slot.op == OP_ADD ? slot.delta + delta : delta;
                slot.op = OP_ADD;
            }
        }
    }
}
