package io.millrace.work.outgoing;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import io.millrace.kit.MonotonicClock;
import io.millrace.work.outgoing.OutgoingException.Code;
import io.millrace.work.outgoing.OutgoingRows.Place;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The messages that wait and the dead letters, in the key space: a queue for each target, in the
 * order in which attempts are due. Thread-safe.
 */
final class Outbox {
    private static final int IDS = 64;
    private static final int PAGE = 1_000;
    private static final Duration COUNTED = Duration.ofSeconds(5);

    private final KeySpace keySpace;
    private final SenderOptions options;
    private final MonotonicClock clock;
    private final Map<String, Count> counts = new ConcurrentHashMap<>();
    private final Object ids = new Object();
    private long nextId;
    private long lastId = -1;

    /** How many wait, and since when the oldest of them: counted now and then, and added to. */
    record Count(int waiting, long oldestMillis, long atNanos) {
        Count andOne(long madeMillis) {
            long oldest = waiting == 0 ? madeMillis : Math.min(oldestMillis, madeMillis);
            return new Count(waiting + 1, oldest, atNanos);
        }
    }

    /** A message that is due, with the row that it is. */
    record Waiting(byte[] key, byte[] value, Place place, Message message) {}

    Outbox(KeySpace keySpace, SenderOptions options, MonotonicClock clock) {
        this.keySpace = keySpace;
        this.options = options;
        this.clock = clock;
    }

    /** Adds a message to a commit; false, and nothing added, when the queue is full. */
    boolean add(Batch.Builder batch, String target, Message message) {
        if (count(target).waiting() >= options.queued()) {
            return false;
        }
        long now = message.createdMillis();
        batch.put(OutgoingRows.waiting(target, new Place(now, now, number())), message.encode());
        counts.computeIfPresent(target, (name, count) -> count.andOne(now));
        return true;
    }

    private long number() {
        synchronized (ids) {
            if (nextId > lastId) {
                // The block's first id is what is answered, the last one IDS - 1 above.
                nextId = keySpace.idBlock("outgoing", IDS);
                lastId = nextId + IDS - 1;
            }
            return nextId++;
        }
    }

    /** Not more than five seconds old. */
    Count count(String target) {
        return counts.compute(
                target,
                (name, known) ->
                        known != null && !clock.hasElapsed(known.atNanos(), COUNTED)
                                ? known
                                : counted(name));
    }

    private Count counted(String target) {
        long oldest = Long.MAX_VALUE;
        int waiting = 0;
        for (Entry e : all(OutgoingRows.waiting(target), options.queued() + 1)) {
            oldest = Math.min(oldest, OutgoingRows.place(target, e.key()).createdMillis());
            waiting++;
        }
        return new Count(waiting, waiting == 0 ? 0 : oldest, clock.nanos());
    }

    /** The keys of up to so many rows. */
    private List<Entry> all(byte[] prefix, int most) {
        List<Entry> all = new ArrayList<>();
        byte[] after = prefix;
        List<Entry> page;
        do {
            page = keySpace.scan(Scan.prefixAfter(prefix, after, PAGE).onlyKeys());
            all.addAll(page);
            after = page.isEmpty() ? after : page.getLast().key();
        } while (page.size() == PAGE && all.size() < most);
        return all;
    }

    /**
     * Up to so many messages that are due. One that seems due later than any pause lasts was put
     * there before the clock was set back.
     */
    List<Waiting> due(String target, long nowMillis, int limit) {
        List<Waiting> due = new ArrayList<>();
        for (Entry e : keySpace.scan(Scan.prefix(OutgoingRows.waiting(target), limit))) {
            Place place = OutgoingRows.place(target, e.key());
            long wait = place.dueMillis() - nowMillis;
            if (wait <= 0 || wait > options.longestPause().toMillis()) {
                due.add(new Waiting(e.key(), e.value(), place, Message.decode(e.value())));
            }
        }
        return due;
    }

    /** Takes what was delivered out. */
    static void delivered(Batch.Builder batch, Waiting sent) {
        batch.holds(sent.key(), sent.value()).delete(sent.key());
    }

    /** Puts it where its next attempt is due. */
    static void later(
            Batch.Builder batch, String target, Waiting sent, Message next, long dueMillis) {
        Place place = new Place(dueMillis, sent.place().createdMillis(), sent.place().number());
        delivered(batch, sent);
        batch.put(OutgoingRows.waiting(target, place), next.encode());
    }

    /** Puts it aside; answers how many of the oldest went to make room. */
    int dead(Batch.Builder batch, String target, Waiting sent, Message last) {
        delivered(batch, sent);
        List<Entry> there = all(OutgoingRows.dead(target), options.dead());
        int tooMany = Math.clamp(there.size() + 1L - options.dead(), 0, PAGE);
        there.subList(0, Math.min(tooMany, there.size())).forEach(e -> batch.delete(e.key()));
        batch.put(OutgoingRows.dead(target, sent.place().number()), last.encode());
        return Math.min(tooMany, there.size());
    }

    int deadCount(String target) {
        return all(OutgoingRows.dead(target), options.dead()).size();
    }

    /** Dead letters above a number, the oldest first. */
    List<DeadLetter> deadLetters(String target, long after, int limit) {
        byte[] prefix = OutgoingRows.dead(target);
        return keySpace
                .scan(Scan.prefixAfter(prefix, OutgoingRows.dead(target, after), limit))
                .stream()
                .map(e -> DeadLetter.of(OutgoingRows.deadNumber(target, e.key()), e.value()))
                .toList();
    }

    /** Makes a dead letter wait again, due now; false when there is none of that number. */
    boolean retry(String target, long number, long nowMillis) {
        byte[] key = OutgoingRows.dead(target, number);
        byte @Nullable [] value = keySpace.get(key);
        if (value == null) {
            return false;
        }
        Message message = Message.decode(value).fresh();
        Place place = new Place(nowMillis, message.createdMillis(), number);
        return commit(
                Batch.builder()
                        .holds(key, value)
                        .delete(key)
                        .put(OutgoingRows.waiting(target, place), message.encode())
                        .build());
    }

    /** Forgets a dead letter; false when there is none of that number. */
    boolean discard(String target, long number) {
        byte[] key = OutgoingRows.dead(target, number);
        byte @Nullable [] value = keySpace.get(key);
        return value != null && commit(Batch.builder().holds(key, value).delete(key).build());
    }

    /** Forgets what waits, the dead letters and the state of a target. */
    void discardAll(String target) {
        Batch.Builder batch = Batch.builder().delete(OutgoingRows.state(target));
        for (byte[] prefix : List.of(OutgoingRows.waiting(target), OutgoingRows.dead(target))) {
            batch.deleteRange(prefix, Keys.afterPrefix(prefix));
        }
        commit(batch.build());
        counts.remove(target);
    }

    Optional<TargetState> state(String target) {
        return Optional.ofNullable(keySpace.get(OutgoingRows.state(target)))
                .map(TargetState::decode);
    }

    /** The targets that have a state, also those that are set no more. */
    List<String> known() {
        return keySpace.scan(Scan.prefix(OutgoingRows.states(), PAGE).onlyKeys()).stream()
                .map(e -> OutgoingRows.stateOf(e.key()))
                .toList();
    }

    /** False on a conflict. */
    boolean commit(Batch batch) {
        return switch (keySpace.commit(batch)) {
            case CommitOutcome.Committed c -> true;
            case CommitOutcome.Conflict c -> false;
            case CommitOutcome.Unknown u ->
                    throw new OutgoingException(
                            Code.UNAVAILABLE,
                            "the key space could not say whether it took the change");
        };
    }
}
