package io.millrace.store.reclaim;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import io.millrace.kit.Deadline;
import io.millrace.store.content.ContentRow;
import io.millrace.store.content.DeletionRow;
import io.millrace.store.content.Layout;
import io.millrace.store.content.PartRow;
import io.millrace.store.content.Piece;
import io.millrace.store.objects.Core;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Frees what was deleted, once its grace is over: takes the owners away from its extents, counts
 * extents that have no owner left as dead, and drops its rows. Each step guards the deletion's
 * record, so nothing is freed twice; a step that is cut off is done again. An error anywhere stops
 * the pass: what can't be read is not free. A content that somebody still reads waits.
 */
final class Reclaimer {
    private static final int PAGE = 500;

    /** Content rows freed in one commit. */
    private static final int ROWS = 10;

    /** How far a pass looks back before the place where the last one ended, for late commits. */
    private static final long LOOK_BACK_MILLIS = 600_000;

    /** How long a pass may take that others wait for. */
    private static final Duration AT_ONCE = Duration.ofSeconds(5);

    private final Core core;
    private final long[] doneUntilMillis = new long[StoreKeys.DELETION_SHARDS];

    /** What did not read first in this pass. */
    private @Nullable StoreException damaged;

    Reclaimer(Core core) {
        this.core = core;
    }

    /**
     * Frees everything deleted before a moment; answers how many deletions were done.
     *
     * @param atOnce also what was deleted since, where nothing but the grace's length speaks
     *     against it, for a few seconds
     * @throws StoreException CORRUPT when something did not read; everything else was freed
     */
    long free(long beforeMillis, boolean atOnce) {
        Deadline end = core.monotonic().deadline(atOnce ? AT_ONCE : Duration.ofDays(1));
        damaged = null;
        long done = 0;
        for (int i = 0; i < StoreKeys.DELETION_SHARDS; i++) {
            int shard = i;
            done += past(() -> freeShard(shard, beforeMillis, atOnce, end));
        }
        StoreException told = damaged;
        if (told != null) {
            throw told;
        }
        return done;
    }

    private long freeShard(int shard, long beforeMillis, boolean atOnce, Deadline end) {
        // Not behind this pass's own end, where the last one's is when the clock was set back.
        long doneBefore = Math.min(doneUntilMillis[shard], beforeMillis);
        byte[] from = StoreKeys.deletions(shard, Math.max(0, doneBefore - LOOK_BACK_MILLIS));
        byte[] to = StoreKeys.deletions(shard, atOnce ? Long.MAX_VALUE : beforeMillis);
        long done = 0;
        boolean all = true;
        List<Entry> page;
        do {
            page = core.space().scan(Scan.range(from, to, PAGE));
            // Asked after the page was read: who reads one of these contents on another node
            // began before its deletion, and that node was registered before.
            boolean alone = atOnce && alone();
            for (Entry deletion : page) {
                long freed = past(() -> freeIfDue(deletion, beforeMillis, alone));
                all &= freed > 0;
                done += freed;
                from = Keys.next(deletion.key());
            }
        } while (page.size() == PAGE && !end.hasPassed());
        if (all && page.size() < PAGE) {
            doneUntilMillis[shard] = beforeMillis;
        }
        return done;
    }

    private long freeIfDue(Entry deletion, long beforeMillis, boolean alone) {
        boolean due = StoreKeys.deletedMillis(deletion.key()) < beforeMillis;
        return (due || alone || pinsAreEnough(deletion)) && free(deletion) ? 1 : 0;
    }

    /** What doesn't read keeps nothing else from being freed. */
    private long past(LongSupplier work) {
        try {
            return work.getAsLong();
        } catch (StoreException e) {
            if (e.code() != StoreException.Code.CORRUPT) {
                throw e;
            }
            damaged = damaged == null ? e : damaged;
            return 0;
        }
    }

    /** Whether this node's pins are all there can be: no other node takes part in the key space. */
    private boolean alone() {
        Scan stores = Scan.prefix(StoreKeys.extentStores(), 2).onlyKeys();
        return core.space().scan(stores).size() < 2;
    }

    /**
     * Whether freeing leaves every reader its bytes: those of an object that was put whole stand in
     * volumes, each pinned on its own node, and small ones are in the reader's memory. Readers of
     * appended and multipart objects look at rows again and again, from any node.
     */
    private static boolean pinsAreEnough(Entry deletion) {
        return switch (DeletionRow.decode(deletion.value())) {
            case DeletionRow.OfObject object -> !(object.layout() instanceof Layout.Rows);
            case DeletionRow.OfPart part -> true;
            case DeletionRow.OfUpload upload -> false;
        };
    }

    private boolean free(Entry deletion) {
        return switch (DeletionRow.decode(deletion.value())) {
            case DeletionRow.OfObject object -> freeObject(deletion, object);
            case DeletionRow.OfPart part ->
                    last(disowned(deletion, part.pieces(), part.partId()), deletion);
            case DeletionRow.OfUpload upload -> freeUpload(deletion, upload.number());
        };
    }

    private boolean freeObject(Entry deletion, DeletionRow.OfObject object) {
        return switch (object.layout()) {
            case Layout.Empty e -> last(guarded(deletion), deletion);
            case Layout.OneRow one ->
                    last(guarded(deletion).delete(StoreKeys.content(one.contentId(), 0)), deletion);
            case Layout.Direct direct ->
                    last(disowned(deletion, direct.pieces(), object.incarnation()), deletion);
            case Layout.Rows rows -> freeContent(deletion, rows.contentId(), object.incarnation());
        };
    }

    private boolean freeContent(Entry deletion, long contentId, long incarnation) {
        if (core.pins().pinnedContent(contentId) || LongReads.isRead(core, contentId)) {
            return false;
        }
        byte[] own = StoreKeys.sharer(contentId, incarnation);
        byte[] sharers = StoreKeys.sharers(contentId);
        for (Entry sharer : core.space().scan(Scan.prefix(sharers, 2).onlyKeys())) {
            if (!Arrays.equals(sharer.key(), own)) {
                return last(guarded(deletion).delete(own), deletion);
            }
        }
        while (true) {
            List<Entry> page = core.space().scan(Scan.prefix(StoreKeys.contents(contentId), ROWS));
            if (page.isEmpty()) {
                return last(guarded(deletion).delete(own), deletion);
            }
            Batch.Builder batch = guarded(deletion);
            Disowning disowning = new Disowning();
            for (Entry row : page) {
                if (!freeRow(batch, disowning, deletion, contentId, row)) {
                    return false;
                }
            }
            disowning.into(batch, core.space());
            if (!core.space().tryCommit(batch.relaxed())) {
                return false;
            }
        }
    }

    private boolean freeRow(
            Batch.Builder batch, Disowning disowning, Entry deletion, long contentId, Entry row) {
        switch (ContentRow.decode(row.value())) {
            case ContentRow.Inline inline -> {}
            case ContentRow.Extents extents -> disowning.leave(extents.pieces(), contentId);
            case ContentRow.Parts parts -> {
                List<Integer> numbers =
                        parts.spans().stream().map(ContentRow.PartSpan::number).toList();
                if (!freeParts(deletion, contentId, numbers)) {
                    return false;
                }
            }
        }
        // Guarded: compaction, on another node too, may have moved its extents since it was read.
        batch.holds(row.key(), row.value()).delete(row.key());
        return true;
    }

    private boolean freeUpload(Entry deletion, long number) {
        Set<Integer> named = new HashSet<>();
        for (Entry row : core.space().scan(Scan.prefix(StoreKeys.contents(number), 100))) {
            if (ContentRow.decode(row.value()) instanceof ContentRow.Parts parts) {
                parts.spans().forEach(span -> named.add(span.number()));
            }
        }
        byte[] prefix = StoreKeys.parts(number);
        byte[] after = prefix;
        while (true) {
            List<Entry> page = core.space().scan(Scan.prefixAfter(prefix, after, PAGE).onlyKeys());
            List<Integer> others =
                    page.stream()
                            .map(e -> StoreKeys.partNumber(e.key()))
                            .filter(n -> !named.contains(n))
                            .toList();
            if (!freeParts(deletion, number, others)) {
                return false;
            }
            if (page.size() < PAGE) {
                return last(guarded(deletion), deletion);
            }
            after = page.getLast().key();
        }
    }

    private boolean freeParts(Entry deletion, long upload, List<Integer> numbers) {
        for (int from = 0; from < numbers.size(); from += ROWS) {
            Batch.Builder batch = guarded(deletion);
            Disowning disowning = new Disowning();
            for (int number : numbers.subList(from, Math.min(numbers.size(), from + ROWS))) {
                byte[] key = StoreKeys.part(upload, number);
                byte[] record = core.space().get(key);
                if (record != null) {
                    PartRow part = PartRow.decode(record);
                    disowning.leave(part.pieces(), part.partId());
                    // Guarded as above.
                    batch.holds(key, record).delete(key);
                }
            }
            disowning.into(batch, core.space());
            if (!core.space().tryCommit(batch.relaxed())) {
                return false;
            }
        }
        return true;
    }

    private Batch.Builder disowned(Entry deletion, List<Piece> pieces, long ownerId) {
        Batch.Builder batch = guarded(deletion);
        Disowning disowning = new Disowning();
        disowning.leave(pieces, ownerId);
        disowning.into(batch, core.space());
        return batch;
    }

    private static Batch.Builder guarded(Entry deletion) {
        return Batch.builder().holds(deletion.key(), deletion.value());
    }

    private boolean last(Batch.Builder batch, Entry deletion) {
        return core.space().tryCommit(batch.delete(deletion.key()).relaxed());
    }
}
