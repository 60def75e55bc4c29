package io.millrace.kit.door;

import org.jspecify.annotations.Nullable;

/**
 * Guests in the order in which they began to keep the door waiting, the longest first; links are
 * the guests' own, so entering and leaving cost the same whatever the number. Guarded by its owner.
 */
final class WaitingList {
    private @Nullable Guest first;
    private @Nullable Guest last;

    @Nullable Guest first() {
        return first;
    }

    void add(Guest guest) {
        guest.list = this;
        guest.before = last;
        guest.after = null;
        Guest tail = last;
        if (tail == null) {
            first = guest;
        } else {
            tail.after = guest;
        }
        last = guest;
    }

    void remove(Guest guest) {
        Guest before = guest.before;
        Guest after = guest.after;
        if (before == null) {
            first = after;
        } else {
            before.after = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.before = before;
        }
        guest.list = null;
        guest.before = null;
        guest.after = null;
    }
}
