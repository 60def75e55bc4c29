package io.millrace.store.content;

import io.millrace.store.space.Space;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What may not be deleted under those who use it: volumes with extents whose commit is still to
 * come or that somebody reads, and contents that somebody reads. Thread-safe.
 *
 * <p>Why a check of the pins is enough, however long a thread is held up:
 *
 * <ul>
 *   <li>A writer <em>enters</em> before its bytes are written and leaves when they are pinned. An
 *       extent can only stand in a volume that was not sealed yet; so whoever saw the volume sealed
 *       and then waits until everybody who had entered has left ({@link #writersHavePinned}) finds
 *       the pin, or the owner that a commit made of it.
 *   <li>A reader pins what a record names and then reads the record again. If it still says so, the
 *       owners were there after the pin; so whoever sees no owners and then looks at the pins finds
 *       it.
 * </ul>
 */
public final class Pins {
    private static final Duration TURN = Duration.ofMillis(10);
    private static final int TURNS = 100;

    private final ConcurrentHashMap<Long, Integer> written = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Long, Integer> read = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Long, Integer> contents = new ConcurrentHashMap<>();
    private final AtomicLong tickets = new AtomicLong();
    private final ConcurrentSkipListSet<Long> entered = new ConcurrentSkipListSet<>();

    /** A writer between the beginning of a write and its pin. */
    interface Entry extends AutoCloseable {
        @Override
        void close();
    }

    Entry enter() {
        long ticket = tickets.incrementAndGet();
        entered.add(ticket);
        return () -> entered.remove(ticket);
    }

    /** Waits a moment until all who have entered have left; false when somebody has not. */
    public boolean writersHavePinned() {
        long mark = mark();
        for (int turn = 0; turn < TURNS; turn++) {
            if (quiet(mark)) {
                return true;
            }
            Space.pause(TURN);
        }
        return false;
    }

    /** Everybody who entered until now; for {@link #quiet}. */
    long mark() {
        return tickets.get();
    }

    /** Whether all who had entered at the mark have left. */
    boolean quiet(long mark) {
        Long first = entered.ceiling(0L);
        return first == null || first > mark;
    }

    void pin(Piece piece) {
        add(written, piece.ref().volume());
    }

    void unpin(List<Piece> pieces) {
        pieces.forEach(piece -> remove(written, piece.ref().volume()));
    }

    /** Keeps what a layout names until the answer is run, once. */
    public Runnable hold(Layout layout) {
        return switch (layout) {
            case Layout.Empty e -> () -> {};
            case Layout.OneRow one -> () -> {};
            case Layout.Direct direct -> hold(read, volumes(direct.pieces()));
            case Layout.Rows rows -> hold(contents, List.of(rows.contentId()));
        };
    }

    private static Collection<Long> volumes(List<Piece> pieces) {
        if (pieces.size() == 1) {
            return List.of(pieces.getFirst().ref().volume());
        }
        Set<Long> volumes = new HashSet<>();
        pieces.forEach(piece -> volumes.add(piece.ref().volume()));
        return volumes;
    }

    private static Runnable hold(ConcurrentHashMap<Long, Integer> counts, Collection<Long> ids) {
        ids.forEach(i -> add(counts, i));
        return () -> ids.forEach(i -> remove(counts, i));
    }

    private static void add(ConcurrentHashMap<Long, Integer> counts, long id) {
        counts.merge(id, 1, Integer::sum);
    }

    private static void remove(ConcurrentHashMap<Long, Integer> counts, long id) {
        counts.computeIfPresent(id, (i, count) -> count == 1 ? null : count - 1);
    }

    public boolean pinned(long volume) {
        return written.containsKey(volume) || read.containsKey(volume);
    }

    /** Whether it has extents whose commit is still to come: they may get an owner or may not. */
    public boolean awaited(long volume) {
        return written.containsKey(volume);
    }

    /** The contents that somebody reads now. */
    public Set<Long> pinnedContents() {
        return new HashSet<>(contents.keySet());
    }

    public boolean pinnedContent(long contentId) {
        return contents.containsKey(contentId);
    }
}
