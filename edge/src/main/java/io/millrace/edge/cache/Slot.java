package io.millrace.edge.cache;

import io.millrace.edge.http.Headers;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All stored variants of one key, newest first, and whether the key is known not to be storable.
 */
public final class Slot extends Sieve.Node {
    /** Variants of one key; the oldest goes when there is another. */
    static final int MOST_VARIANTS = 16;

    private final String key;
    private volatile List<Entry> entries = List.of();
    private volatile long passUntilMillis;
    private volatile long failingUntilMillis;

    Slot(String key) {
        this.key = key;
    }

    public String key() {
        return key;
    }

    /**
     * The newest entry selected by the request's fields, or null. An origin's failure stands before
     * an older copy only as long as it is fresh.
     */
    public @Nullable Entry select(Headers request, long nowMillis) {
        List<Entry> all = entries;
        Entry failure = null;
        for (int i = 0; i < all.size(); i++) {
            Entry entry = all.get(i);
            if (!entry.selectedBy(request)) {
                continue;
            }
            if (!entry.isFailure() || entry.freshness().ttlSeconds(nowMillis) > 0) {
                return entry;
            }
            failure = failure == null ? entry : failure;
        }
        return failure;
    }

    /** The fields the newest entry varies by; requests that differ in them do not share a fetch. */
    public List<String> vary() {
        List<Entry> all = entries;
        return all.isEmpty() ? List.of() : all.getFirst().vary();
    }

    public List<Entry> entries() {
        return entries;
    }

    /** Whether requests go to the origin each by itself for now (hit-for-miss). */
    public boolean passing(long nowMillis) {
        return nowMillis < passUntilMillis;
    }

    public void passUntil(long millis) {
        passUntilMillis = millis;
    }

    /**
     * Whether the origin failed a moment ago, so that a copy which may stand in does so at once.
     */
    public boolean failing(long nowMillis) {
        return nowMillis < failingUntilMillis;
    }

    public void failingUntil(long millis) {
        failingUntilMillis = millis;
    }

    /** Puts an entry first; gives those that it replaces. */
    synchronized List<Entry> put(Entry entry) {
        List<Entry> next = new ArrayList<>(entries.size() + 1);
        List<Entry> gone = new ArrayList<>(1);
        next.add(entry);
        for (Entry other : entries) {
            if (entry.replaces(other) || next.size() == MOST_VARIANTS) {
                gone.add(other);
            } else {
                next.add(other);
            }
        }
        entries = List.copyOf(next);
        return gone;
    }

    synchronized boolean remove(Entry entry) {
        List<Entry> next = new ArrayList<>(entries);
        boolean removed = next.remove(entry);
        entries = List.copyOf(next);
        return removed;
    }

    synchronized List<Entry> clear() {
        List<Entry> gone = entries;
        entries = List.of();
        return gone;
    }
}
