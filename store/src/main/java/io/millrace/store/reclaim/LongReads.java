package io.millrace.store.reclaim;

import io.millrace.extents.StoreId;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Scan;
import io.millrace.store.content.ReadRow;
import io.millrace.store.objects.Core;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which contents are read on other nodes for so long that their grace may end meanwhile: a pin is
 * known to its own process only. Each node notes, pass after pass, what was read in its last pass
 * and is still; the node that frees leaves that alone. A note counts for a grace, so that a node
 * that died keeps nothing for longer. Not thread-safe.
 *
 * <p>Why that is enough: who reads a content began before its deletion, so the note is there two
 * passes later at the latest, long before the deletion's grace is over.
 */
final class LongReads {
    private static final int PAGE = 500;

    private final Core core;
    private final StoreId store;
    private final long graceMillis;
    private Set<Long> before = Set.of();

    LongReads(Core core, Duration grace) {
        this.core = core;
        this.store = core.extents().identity().store();
        this.graceMillis = grace.toMillis();
    }

    /** Notes what is read, and takes back what is not any more; answers how much is noted. */
    long note() {
        Set<Long> now = core.pins().pinnedContents();
        Set<Long> fresh = tidy(now);
        Set<Long> due = new HashSet<>(now);
        due.retainAll(before);
        before = now;
        long noted = fresh.size();
        Batch.Builder batch = Batch.builder();
        byte[] until = new ReadRow(core.nowMillis() + graceMillis).encode();
        for (long content : due) {
            if (!fresh.contains(content)) {
                batch.put(StoreKeys.read(content, store), until);
                noted++;
                batch = noted % PAGE == 0 ? committed(batch) : batch;
            }
        }
        committed(batch);
        return noted;
    }

    /** Goes through the notes; answers those of this node that need not be renewed yet. */
    private Set<Long> tidy(Set<Long> reading) {
        Set<Long> fresh = new HashSet<>();
        long now = core.nowMillis();
        byte[] prefix = StoreKeys.allReads();
        byte[] after = prefix;
        List<Entry> page;
        do {
            page = core.space().scan(Scan.prefixAfter(prefix, after, PAGE));
            Batch.Builder batch = Batch.builder();
            for (Entry note : page) {
                after = note.key();
                long content = StoreKeys.readContent(after);
                boolean mine = Arrays.equals(after, StoreKeys.read(content, store));
                // A note that doesn't read must keep no other from being noted.
                long until = StoreException.readable(() -> untilMillis(note)).orElse(now);
                long left = until - now;
                boolean over = mine ? !reading.contains(content) : left + graceMillis < 0;
                if (over) {
                    batch.holds(after, note.value()).delete(after);
                } else if (mine && left > graceMillis / 2) {
                    fresh.add(content);
                }
            }
            committed(batch);
        } while (page.size() == PAGE);
        return fresh;
    }

    private Batch.Builder committed(Batch.Builder batch) {
        if (batch.bytes() > 0) {
            core.space().tryCommit(batch.relaxed());
        }
        return Batch.builder();
    }

    /** Whether a node reads a content, as far as it has said so. */
    static boolean isRead(Core core, long contentId) {
        long now = core.nowMillis();
        return core.space().scan(Scan.prefix(StoreKeys.reads(contentId), PAGE)).stream()
                .anyMatch(note -> untilMillis(note) > now);
    }

    private static long untilMillis(Entry note) {
        return ReadRow.decode(note.value()).untilMillis();
    }
}
