package io.millrace.store.scrub;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import io.millrace.store.objects.Core;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import io.millrace.work.Tenure;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether the rows are there that objects and parts of open uploads stand on, in the order of
 * their records. Not thread-safe.
 */
final class RecordWalk {
    private static final int PAGE = 100;

    private final Core core;
    private final GapNotes notes;
    private final Pace pace;
    private final Tenure tenure;
    private boolean goesOn = true;
    private @Nullable InterruptedException interrupted;

    RecordWalk(Core core, GapNotes notes, Pace pace, Tenure tenure) {
        this.core = core;
        this.notes = notes;
        this.pace = pace;
        this.tenure = tenure;
    }

    /** Hears how far it is, and how many places are new since the last time. */
    interface Told {
        void at(byte[] rowKey, int damages);
    }

    /**
     * Goes through the records of all nodes: rows are nobody's own.
     *
     * @param position the key of the last record that was looked at; empty: from the start
     * @return whether it came to the end; else the tenure is to end
     */
    boolean run(byte[] position, Told told) throws InterruptedException {
        pace.begin();
        through(StoreKeys.allObjects(), position, told);
        through(StoreKeys.allUploads(), position, told);
        if (interrupted != null) {
            throw interrupted;
        }
        return goesOn;
    }

    private void through(byte[] prefix, byte[] position, Told told) {
        byte[] after = Keys.startsWith(position, prefix) ? position : prefix;
        if (Arrays.compareUnsigned(position, Keys.afterPrefix(prefix)) >= 0) {
            return;
        }
        while (goesOn) {
            List<Entry> page = page(prefix, after);
            int found = 0;
            long bytes = 0;
            for (Entry record : page) {
                found += record.key()[0] == 'M' ? object(record) : upload(record);
                if (!goesOn) {
                    break; // looked at in part
                }
                bytes += record.key().length + record.value().length;
                after = record.key();
            }
            if (bytes > 0 || found > 0) {
                told.at(after, found);
            }
            if (!next(bytes) || page.size() < PAGE) {
                return;
            }
        }
    }

    /** Where a table is damaged the walk ends: the check of the files tells of it. */
    private List<Entry> page(byte[] prefix, byte[] after) {
        return StoreException.readable(
                        () -> core.space().scan(Scan.prefixAfter(prefix, after, PAGE)))
                .orElse(List.of());
    }

    private int object(Entry record) {
        return notes.object(record.key(), this::next);
    }

    private int upload(Entry record) {
        byte[] prefix = StoreKeys.parts(Name.upload(record.key()));
        byte[] after = prefix;
        int found = 0;
        List<Entry> page;
        do {
            page = page(prefix, after);
            for (Entry part : page) {
                after = part.key();
                found += notes.part(record.key(), StoreKeys.partNumber(after), this::next);
            }
        } while (goesOn && page.size() == PAGE);
        return found;
    }

    /** Waits for what the rate asks for. */
    private boolean next(long bytes) {
        try {
            goesOn = goesOn && pace.end(bytes, tenure);
            pace.begin();
        } catch (InterruptedException e) {
            interrupted = e;
            goesOn = false;
        }
        return goesOn;
    }
}
