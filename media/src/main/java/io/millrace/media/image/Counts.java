package io.millrace.media.image;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What happened to image work since the start, over all classes. Thread-safe. */
final class Counts {
    /** Why a request was turned away. */
    enum Turned {
        /** The class's queue is full and its asker has the most in it. */
        FULL,
        /** It made room for somebody who had less waiting. */
        PUSHED_OUT,
        /** It waited too long for a worker. */
        EXPIRED
    }

    /** Why a worker ended before its time. */
    enum Ended {
        /** Its picture used more processor time than its class allows. */
        CPU,
        /** Its picture took too long by the clock. */
        LATE,
        /** Its picture took too much memory. */
        MEMORY,
        /** It crashed, or somebody killed it. */
        LOST,
        /** Everybody who waited for its picture had gone. */
        ABANDONED
    }

    final LongAdder joined = new LongAdder();
    final LongAdder retried = new LongAdder();
    final LongAdder remembered = new LongAdder();
    final LongAdder gone = new LongAdder();
    final LongAdder started = new LongAdder();
    private final Map<Turned, LongAdder> turned = new ConcurrentHashMap<>();
    private final Map<Ended, LongAdder> ended = new ConcurrentHashMap<>();

    Counts() {
        for (Turned reason : Turned.values()) {
            turned.put(reason, new LongAdder());
        }
        for (Ended reason : Ended.values()) {
            ended.put(reason, new LongAdder());
        }
    }

    void turned(Turned reason) {
        turned.computeIfAbsent(reason, _ -> new LongAdder()).increment();
    }

    void ended(Ended reason) {
        ended.computeIfAbsent(reason, _ -> new LongAdder()).increment();
    }

    Map<String, Long> turned() {
        return words(turned);
    }

    Map<String, Long> ended() {
        return words(ended);
    }

    private static <E extends Enum<E>> Map<String, Long> words(Map<E, LongAdder> counts) {
        Map<String, Long> words = new TreeMap<>();
        counts.forEach(
                (reason, count) ->
                        words.put(
                                reason.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'),
                                count.sum()));
        return words;
    }
}
