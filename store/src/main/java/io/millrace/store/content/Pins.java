package io.millrace.store.content;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/** Volumes that hold extents whose commit is still to come: they may not be deleted. */
public final class Pins {
    private final ConcurrentHashMap<Long, Integer> counts = new ConcurrentHashMap<>();

    void pin(Piece piece) {
        counts.merge(piece.ref().volume(), 1, Integer::sum);
    }

    void unpin(List<Piece> pieces) {
        for (Piece piece : pieces) {
            counts.computeIfPresent(
                    piece.ref().volume(), (volume, count) -> count == 1 ? null : count - 1);
        }
    }

    public boolean pinned(long volume) {
        return counts.containsKey(volume);
    }
}
