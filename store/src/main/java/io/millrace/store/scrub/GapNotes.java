package io.millrace.store.scrub;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.store.objects.Core;
import io.millrace.store.space.StoreKeys;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what lacks its rows as rows, whoever met it: the scrub or a download. A row goes when the
 * object or part is gone, another, or whole again. Not thread-safe.
 */
final class GapNotes {
    private static final Logger LOG = LoggerFactory.getLogger(GapNotes.class);

    private final Core core;
    private final Gaps gaps;

    /**
     * @param core fenced
     */
    GapNotes(Core core) {
        this.core = core;
        this.gaps = new Gaps(core.space());
    }

    /** Looks at what reads have met since the last call; answers how many places are new. */
    int collect() {
        int added = 0;
        for (byte[] rowKey : core.suspects().take()) {
            added += object(rowKey, Gaps.Pages.ALL);
        }
        return added;
    }

    /** Looks at an object; answers how many places are new. */
    int object(byte[] rowKey, Gaps.Pages pages) {
        return gaps.ofObject(rowKey, pages).map(this::note).orElse(0);
    }

    /** The same, of a part of an open upload. */
    int part(byte[] uploadKey, int number, Gaps.Pages pages) {
        return gaps.ofPart(uploadKey, number, pages).map(this::note).orElse(0);
    }

    private int note(Gaps.Gap gap) {
        GapRow row = new GapRow(core.nowMillis(), gap.name(), gap.place());
        byte[] key = row.key();
        Batch.Builder batch = Batch.builder().absent(key).put(key, row.encode());
        if (!core.space().commit(batch, () -> core.space().get(key) != null)) {
            return 0;
        }
        core.damages().found(gap.place());
        Notes.tell(core.space(), gap.name(), gap.place());
        return 1;
    }

    /**
     * Goes through the rows and lets those go that are over.
     *
     * @param again whether what they name is looked at again, too
     */
    void review(boolean again) {
        Notes.forEach(
                core.space()::scan,
                StoreKeys.gaps(),
                entry -> GapRow.read(entry).ifPresent(row -> review(entry, row, again)));
    }

    private void review(Entry entry, GapRow row, boolean again) {
        Name name = row.name();
        if (!name.alive(core.space())) {
            drop(entry, row);
        } else if (again && look(name).isEmpty()) {
            LOG.info("Whole again: {}", row.place());
            drop(entry, row);
        } else {
            core.damages().found(row.place());
        }
    }

    private Optional<Gaps.Gap> look(Name name) {
        return name.part() == 0
                ? gaps.ofObject(name.rowKey(), Gaps.Pages.ALL)
                : gaps.ofPart(name.rowKey(), name.part(), Gaps.Pages.ALL);
    }

    private void drop(Entry entry, GapRow row) {
        core.space()
                .tryCommit(Batch.builder().holds(entry.key(), entry.value()).delete(entry.key()));
        core.damages().forget(row.place());
    }
}
