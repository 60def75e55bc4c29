package io.millrace.kit.http;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** How many requests are being worked on, and how many may be. Thread-safe. */
final class Slots {
    /** For paths that are always answered: more at a time is no monitoring any more. */
    private static final int RESERVED = 64;

    private final Count usual;
    private final Count reserve = new Count(RESERVED);
    private final LongAdder refused = new LongAdder();
    private volatile boolean closing;

    private static final class Count {
        private final int most;
        private final AtomicInteger taken = new AtomicInteger();

        private Count(int most) {
            this.most = most;
        }

        boolean take() {
            if (taken.incrementAndGet() > most) {
                taken.decrementAndGet();
                return false;
            }
            return true;
        }
    }

    Slots(int most) {
        this.usual = new Count(most);
    }

    /** One that a request may take once. */
    Slot slot() {
        return new Slot(usual);
    }

    /** One that is there when all others are taken, or one of them when its own are. */
    Slot reserved() {
        return new Slot(reserve);
    }

    /** No more from now on. */
    void closing() {
        closing = true;
    }

    int taken() {
        return usual.taken.get() + reserve.taken.get();
    }

    long refused() {
        return refused.sum();
    }

    final class Slot {
        private Count of; // changes before it is taken only
        private final AtomicBoolean mine = new AtomicBoolean();

        private Slot(Count of) {
            this.of = of;
        }

        /** Whether the request has one now; it keeps it. */
        boolean take() {
            if (mine.get()) {
                return true;
            }
            if (!closing && of.take()) {
                mine.set(true);
                return true;
            }
            if (!closing && of == reserve && usual.take()) {
                of = usual;
                mine.set(true);
                return true;
            }
            refused.increment();
            return false;
        }

        /** While its thread waits for the client another request may have it. */
        void waitsForClient() {
            if (mine.get()) {
                of.taken.decrementAndGet();
            }
        }

        /** Its thread goes on, even if there are more than there should be for a moment. */
        void goesOn() {
            if (mine.get()) {
                of.taken.incrementAndGet();
            }
        }

        void giveBack() {
            if (mine.compareAndSet(true, false)) {
                of.taken.decrementAndGet();
            }
        }
    }
}
